// The pages on pull and merge requests name what the workflows take, and what they show is something that runs.
import { expect, test } from "@jest/globals";
import { execa } from "execa";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { root } from "../../../cli/layout.ts";

const read = (...path: string[]) => readFileSync(join(root, ...path), "utf8");
const page = read("docs", "pull-requests.md");
const workflows = globSync(join(root, ".github", "workflows", "*.yml")).map((file) => readFileSync(file, "utf8")).join("\n");

test("each secret and variable of the workflows is in the table, and each environment", () => {
  const names = [...workflows.matchAll(/\b(?:secrets|vars)\.([A-Z_]+)/g)].map(([, name]) => name!);
  expect(new Set(names).size).toBeGreaterThan(8);
  const rows = page.split("\n").filter((line) => line.startsWith("| `"));
  for (const name of new Set(names)) expect(rows.filter((row) => row.includes(`\`${name}\``))).not.toEqual([]);
  for (const [, environment] of workflows.matchAll(/^ +environment: (\w+)$/gm)) expect(page).toContain(`\`${environment}\``);
});

test("GitLab's file is YAML with the same steps, of the same files, and its script is a shell's", async () => {
  const text = /```yaml not run here: .*\n([^]*?)```/.exec(read("docs", "gitlab.md"))![1]!;
  interface Job {
    script: string[];
    after_script: string[];
    rules: { if: string; changes?: string[] }[];
    resource_group: string;
  }
  const { plan, deploy } = parse(text) as { plan: Job; deploy: Job };
  expect([plan.script, deploy.script]).toEqual([["node cli/start.mjs ci plan"], ["node cli/start.mjs ci up"]]);
  expect([deploy.resource_group, plan.rules[0]!.if]).toEqual(["production", expect.stringContaining("$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID")]);
  const { paths } = (parse(read(".github", "workflows", "preview.yml")) as { on: { pull_request: { paths: string[] } } }).on.pull_request;
  const begins = (path: string) => path.split(/[*/]/)[0]!;
  for (const path of paths.filter((each) => !/^(\.github|package)/.test(each))) expect(plan.rules[0]!.changes!.map(begins)).toContain(begins(path));
  expect((await execa("sh", ["-n"], { input: plan.after_script.join("\n") })).exitCode).toBe(0);
});
