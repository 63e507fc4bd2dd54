// The workflows as GitHub would read them (actionlint), and what each of them must keep to.
import { describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parse } from "yaml";
import { root } from "../../../cli/layout.ts";
import { cachedBinary } from "../../lab/engine/build/binary.ts";

interface Job {
  if?: string;
  environment?: string;
  permissions?: Record<string, string>;
  "timeout-minutes"?: number;
  steps: { uses?: string; run?: string; with?: Record<string, unknown>; env?: Record<string, string> }[];
}
interface Workflow {
  on: Record<string, unknown>;
  permissions?: unknown;
  concurrency: { group: string; "cancel-in-progress": unknown };
  jobs: Record<string, Job>;
}

const files = globSync(join(root, ".github", "workflows", "*.yml")).toSorted();
const text = (name: string) => readFileSync(join(root, ".github", "workflows", name), "utf8");
const read = (name: string) => parse(text(name)) as Workflow;

/** shellcheck and pyflakes only where somebody happens to have them: what they find must not depend on the machine. */
const actionlint = async (...paths: string[]) =>
  execa(await cachedBinary("actionlint", () => {}), ["-no-color", "-shellcheck=", "-pyflakes=", ...paths], { cwd: root, all: true, reject: false });

describe("actionlint", () => {
  test("finds nothing in them", async () => {
    expect(files.map((file) => basename(file))).toEqual(["deploy.yml", "e2e.yml", "preview.yml"]);
    const { exitCode, all } = await actionlint(...files);
    expect([exitCode, all]).toEqual([0, ""]);
  });

  test.each([
    ["a word that GitHub does not know", (yaml: string) => yaml.replace("timeout-minutes", "timeout-minute"), "unexpected key"],
    ["an event's text in a script", (yaml: string) => yaml.replace("node cli/start.mjs ci plan", "echo ${{ github.event.pull_request.title }}"), "potentially untrusted"],
  ])("finds %s", async (_, change, says) => {
    const folder = join(mkdtempSync(join(tmpdir(), "indie-workflows-")), ".github", "workflows");
    try {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "preview.yml"), change(text("preview.yml")));
      const { exitCode, all } = await actionlint(join(folder, "preview.yml"));
      expect([exitCode, all]).toEqual([1, expect.stringContaining(says)]);
    } finally {
      rmSync(join(folder, "..", ".."), { recursive: true });
    }
  });
});

describe.each(files.map((file) => basename(file)))("%s", (name) => {
  const workflow = read(name);
  const jobs = Object.entries(workflow.jobs);
  const steps = jobs.flatMap(([, job]) => job.steps);

  test("takes every action by a commit, with its version beside it, and no action but GitHub's own", () => {
    const uses = text(name).split("\n").filter((line) => /\buses:/.test(line));
    expect(uses.length).toBe(steps.filter((step) => step.uses !== undefined).length);
    for (const line of uses) expect(line).toMatch(/uses: actions\/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test("gives nothing to all jobs, and to each no more than it needs", () => {
    expect(workflow.permissions).toEqual({});
    const writes = jobs.flatMap(([job, { permissions }]) => Object.entries(permissions!).filter(([, may]) => may !== "read").map(([what]) => `${job}: ${what}`));
    expect(writes).toEqual(name === "preview.yml" ? ["plan: pull-requests"] : []);
    expect(jobs.flatMap(([, { permissions }]) => Object.keys(permissions!)).filter((what) => !["contents", "pull-requests"].includes(what))).toEqual([]);
  });

  test("never runs a stranger's code with the repository's rights, and leaves no token in the clone", () => {
    expect(Object.keys(workflow.on)).not.toContain("pull_request_target");
    expect(Object.keys(workflow.on)).not.toContain("workflow_run");
    const checkouts = steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"));
    for (const checkout of checkouts) expect(checkout.with).toEqual({ "persist-credentials": false });
  });

  test("ends each job after a while", () => {
    for (const [, job] of jobs) expect(job["timeout-minutes"]).toBeLessThanOrEqual(350);
  });

  test("has no expression in a script, only in `env`", () => {
    for (const { run } of steps) expect(run ?? "").not.toContain("${{");
  });

  test("gives secrets to single steps, of jobs in an environment, and never to a fork's code", () => {
    for (const [, job] of jobs) {
      const { steps: _, ...rest } = job;
      expect(JSON.stringify(rest)).not.toContain("secrets.");
      if (!JSON.stringify(job).includes("secrets.")) continue;
      expect(job.environment).toMatch(/^(preview|production)$/);
      if ("pull_request" in workflow.on) expect(job.if).toContain("github.event.pull_request.head.repo.full_name == github.repository");
      // What may write comments is not with what runs the plan.
      for (const { env = {} } of job.steps) if (JSON.stringify(env).includes("secrets.")) expect(env).not.toHaveProperty("GH_TOKEN");
    }
  });
});

test("what others wrote is installed before any secret is there, and without a token", () => {
  const withSecrets = ["preview.yml", "deploy.yml"].flatMap((name) => Object.values(read(name).jobs)).filter((job) => JSON.stringify(job).includes("secrets."));
  expect(withSecrets).toHaveLength(3);
  for (const { steps } of withSecrets) {
    const first = steps.findIndex((step) => step.run !== undefined);
    expect(steps[first]).toEqual({ name: "Install", run: "node cli/start.mjs ci install" });
    // The comment is made also where that failed.
    for (const { env = {} } of steps.filter((step) => step.env?.GH_TOKEN !== undefined)) expect(env).toMatchObject({ npm_config_ignore_scripts: "true" });
    expect(steps.findIndex((step) => /secrets\.|github\.token/.test(JSON.stringify(step)))).toBeGreaterThan(first);
  }
});

test("an update is approved, is alone, and is never ended in the middle", () => {
  const { concurrency, jobs, on } = read("deploy.yml");
  expect(concurrency).toEqual({ group: "deploy", "cancel-in-progress": false });
  expect(jobs.up).toMatchObject({ needs: "plan", environment: "production" });
  expect(on).toEqual({ push: { branches: ["main"] }, workflow_dispatch: null });
});

test("weekly and by hand all tests are run, on upstream's images", () => {
  const { on, jobs } = read("e2e.yml");
  expect(on).toMatchObject({ schedule: [{ cron: expect.stringMatching(/^\d+ \d+ \* \* [0-6]$/) }], workflow_dispatch: null });
  for (const [job, command] of [["upstream", "npm test"], ["long", "npm run test:long"]] as const) {
    expect(jobs[job]!.if).toBe("github.event_name != 'pull_request'");
    expect(jobs[job]!.steps.at(-1)!.run).toBe(`sudo --preserve-env=CI env "PATH=$PATH" LAB_IMAGES=upstream ${command}`);
  }
});

test("a fork's pull request is told why it has no plan", () => {
  const { fork } = read("preview.yml").jobs;
  expect(fork).toMatchObject({ permissions: {}, if: expect.stringContaining("head.repo.full_name != github.repository") });
  expect(fork!.steps[0]!.run).toContain("gets no secrets");
});

test("a preview is asked for whatever the program is made of", () => {
  const { paths } = read("preview.yml").on.pull_request as { paths: string[] };
  for (const path of ["projects.yaml", "Pulumi*.yaml", "index.ts", "components/**", "images/**", "policy/**", "spec/**", "**/*.sql", "package-lock.json"]) expect(paths).toContain(path);
});
