// The pages on pull and merge requests name what the workflows take, and what they show is something that runs.
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { execa } from "execa";
import { chmodSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
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

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "pull-requests-"))));
afterEach(() => rmSync(folder, { recursive: true }));

function program(name: string, text: string): void {
  mkdirSync(join(folder, "bin"), { recursive: true });
  writeFileSync(join(folder, "bin", name), text);
  chmodSync(join(folder, "bin", name), 0o755);
}

interface Job {
  script: string[];
  after_script: string[];
  rules: { if: string; changes?: string[] }[];
  resource_group: string;
}
const gitlab = () => parse(/```yaml not run here: .*\n([^]*?)```/.exec(read("docs", "gitlab.md"))![1]!) as { plan: Job; deploy: Job };

test("GitLab's file is YAML with the same steps, of the same files, and its script is a shell's", async () => {
  const { plan, deploy } = gitlab();
  const install = /^env -i PATH="\$PATH" HOME="\$HOME" node cli\/start\.mjs ci install( #.*)?$/;
  expect([plan.script, deploy.script]).toEqual([[expect.stringMatching(install), "node cli/start.mjs ci plan"], [expect.stringMatching(install), "node cli/start.mjs ci up"]]);
  expect([deploy.resource_group, plan.rules[0]!.if]).toEqual(["production", expect.stringContaining("$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID")]);
  const { paths } = (parse(read(".github", "workflows", "preview.yml")) as { on: { pull_request: { paths: string[] } } }).on.pull_request;
  const begins = (path: string) => path.split(/[*/]/)[0]!;
  for (const path of paths.filter((each) => !/^(\.github|package)/.test(each))) expect(plan.rules[0]!.changes!.map(begins)).toContain(begins(path));
  expect((await execa("sh", ["-n"], { input: plan.after_script.join("\n") })).exitCode).toBe(0);
});

test("what GitLab installs with has no secret", async () => {
  program("node", '#!/bin/sh\nenv\n');
  const { stdout } = await execa("sh", ["-c", gitlab().plan.script[0]!], { env: { PATH: `${join(folder, "bin")}:/usr/bin:/bin`, HOME: folder, PULUMI_CONFIG_PASSPHRASE: "correct horse", GITLAB_TOKEN: "glpat" }, extendEnv: false });
  const ofShell = ["PWD", "OLDPWD", "SHLVL", "_"];
  expect(stdout.split("\n").map((line) => line.split("=")[0]!).filter((name) => !ofShell.includes(name)).toSorted()).toEqual(["HOME", "PATH"]);
});

/** What GitLab is told after a job that left these files: the note's text, and what becomes of the label. */
async function noted(files: Record<string, string>): Promise<{ note: string; label: string | undefined }> {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, "plan"), { recursive: true });
    writeFileSync(join(folder, "plan", name), text);
  }
  program("curl", `#!/bin/sh\nprintf '%s\\n' "$*" >>calls\ncase "$*" in *per_page*) printf '%s' '[{"id":7,"body":"<!-- indie plan: prod -->\\nof before"}]' ;; esac\n`);
  const env = { PATH: `${join(folder, "bin")}:/usr/bin:/bin`, INDIE_STACK: "prod", CI_MERGE_REQUEST_IID: "3", CI_API_V4_URL: "https://gitlab", CI_PROJECT_ID: "1", GITLAB_TOKEN: "glpat" };
  await execa("sh", ["-c", gitlab().plan.after_script.join("\n")], { cwd: folder, env, extendEnv: false });
  const calls = readFileSync(join(folder, "calls"), "utf8");
  expect(calls).toContain("--request PUT --data-urlencode body@plan/plan.md https://gitlab/projects/1/merge_requests/3/notes/7");
  return { note: readFileSync(join(folder, "plan", "plan.md"), "utf8"), label: /--data-urlencode (\w+)=data at risk https:\/\/gitlab\/projects\/1\/merge_requests\/3$/m.exec(calls)?.[1] };
}

// The script's own program, which not every computer has.
const withJq = existsSync("/usr/bin/jq") ? test : test.skip;

withJq.each([
  ["data is removed", { "plan.md": "page", "plan.json": '{"failed":false,"dataRemoved":["blog"]}' }, "page", "add_labels"],
  ["none is", { "plan.md": "page", "plan.json": '{"failed":false,"dataRemoved":[]}' }, "page", "remove_labels"],
  ["the preview failed", { "plan.md": "page", "plan.json": '{"failed":true,"dataRemoved":[]}' }, "page", undefined],
  ["the step refused to begin", { "plan.md": "no plan" }, "no plan", undefined],
  ["the step did not come so far", {}, "<!-- indie plan: prod -->\n**There is no plan of this commit.** The log of the job says why.\n", undefined],
])("GitLab's note and label where %s", async (_, files, note, label) => expect(await noted(files)).toEqual({ note, label }));

const table = page.slice(page.indexOf("## When it says no"));
const documented = [...table.matchAll(/^\| (?:`` (.+?) ``|`([^`]+)`) \| (\d) \| /gm)].map(([, double, single, code]) => [(double ?? single)!, Number(code)] as const);

const CI = { INDIE_STACK: "prod", PULUMI_BACKEND_URL: "s3://state", PULUMI_CONFIG_PASSPHRASE: "correct horse" };
/** How each is provoked: the step, and its variables. */
const PROVOKED: Record<string, { words: string[]; env?: Record<string, string> }> = {
  "This is missing (docs/pull-requests.md):": { words: ["plan"] },
  "… is …. The workflow sets it: docs/pull-requests.md": { words: ["comment"], env: { INDIE_STACK: "prod", GITHUB_REPOSITORY: "acme/server" } },
  "DOCKER_HOST is reached by SSH, and there is no program": { words: ["plan"], env: { ...CI, DOCKER_HOST: "ssh://root@server", SSH_PRIVATE_KEY: "key", SSH_KNOWN_HOSTS: "server" } },
  "`gh api …` failed:": { words: ["comment"], env: { ...CI, GITHUB_REPOSITORY: "acme/server", PULL_REQUEST: "7" } },
  "ci takes one word:": { words: ["plan", "--refresh"] },
};

const asPattern = (message: string): RegExp => new RegExp(`^✗ ${message.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".+?")}`);

test("each message of the table is provoked here, and no other", () => expect(documented.map(([message]) => message)).toEqual(Object.keys(PROVOKED)));

test.each(documented)("%s", async (message, exitCode) => {
  const { words, env = {} } = PROVOKED[message]!;
  program("gh", "#!/bin/sh\necho 'gh: Not Found (HTTP 404)' >&2\nexit 1\n");
  const ran = await execa(process.execPath, ["--disable-warning=ExperimentalWarning", join(root, "cli", "ci.ts"), ...words], {
    env: { PATH: join(folder, "bin"), HOME: folder, INDIE_PLAN_FOLDER: join(folder, "plan"), ...env },
    extendEnv: false,
    reject: false,
  });
  expect([ran.stderr, ran.exitCode]).toEqual([expect.stringMatching(asPattern(message)), exitCode]);
});
