// The steps of preview.yml, run as the workflow runs them, with fakes of gh and pulumi on PATH.
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spellings } from "../../e2e/lib/secretSearch.ts";
import { Clone, SECRETS } from "./clone.ts";

let clone: Clone;
beforeAll(() => void (clone = new Clone()));
beforeEach(() => clone.reset());
afterAll(() => clone?.remove());

const summary = () => (existsSync(clone.summary) ? readFileSync(clone.summary, "utf8") : "");

test("0: a comment with the plan, of this commit, and no label", async () => {
  clone.preview("auth");
  const { exitCode, all } = await clone.pullRequest();
  expect([exitCode, all]).toEqual([0, expect.stringMatching(/Plan for prod\.[^]*comment made/)]);
  const [comment, ...others] = clone.comments();
  expect(others).toEqual([]);
  expect(comment!.body).toMatch(/^<!-- indie plan: prod -->\n### Plan for `prod`\n\n\*\*.*No data is removed/);
  expect(comment!.body).toContain("Policies: none is violated.");
  expect(comment!.body).toMatch(/\n_The plan of commit 0123456789ab; \[the run\]\(https:\/\/github\.com\/acme\/server\/actions\/runs\/42\)\._\n$/);
  expect(clone.labels()).toEqual([]);
  expect(summary()).toContain("### Plan for `prod`");
  expect(clone.said("pulumi.calls")).toMatch(/^preview .*--stack prod --policy-pack policy --event-log /m);
});

test("the comment of before is updated, the one of a person who quotes it is left alone, and so are other bots'", async () => {
  const [theirs, bots, ours] = [
    { id: 1, body: "<!-- indie plan: prod -->\nlook at this", user: { type: "User" } },
    { id: 2, body: "quoting <!-- indie plan: prod -->", user: { type: "Bot" } },
    { id: 3, body: "<!-- indie plan: prod -->\nof before", user: { type: "Bot" } },
  ];
  clone.put("comments.json", JSON.stringify([theirs, bots, ours]));
  clone.preview("auth");
  expect((await clone.pullRequest()).all).toContain("comment updated");
  expect(clone.comments()).toEqual([theirs, bots, { ...ours, body: expect.stringContaining("commit 0123456789ab") }]);
  await clone.pullRequest();
  expect(clone.comments()).toHaveLength(3);
});

test("3: the label is set, beside others; the next plan without it takes it away, and no other", async () => {
  clone.put("labels.json", JSON.stringify(["bug"]));
  clone.preview("deleted");
  const { exitCode, all } = await clone.pullRequest();
  expect([exitCode, clone.labels()]).toEqual([0, ["bug", "data at risk"]]);
  expect(all).toContain("::warning title=Data is removed::of blog");
  expect(clone.comments()[0]!.body).toContain("DATA IS REMOVED: blog");
  await clone.pullRequest();
  expect(clone.labels()).toEqual(["bug", "data at risk"]);
  clone.preview("auth");
  await clone.pullRequest();
  expect(clone.labels()).toEqual(["bug"]);
});

test("1: the preview's words are the comment, and the check is red", async () => {
  clone.put("labels.json", JSON.stringify(["data at risk"]));
  clone.preview("mistake");
  const { exitCode } = await clone.pullRequest();
  // What the commit before did to data, this one may do as well.
  expect([exitCode, clone.labels()]).toEqual([1, ["data at risk"]]);
  expect(clone.comments()[0]!.body).toMatch(/\*\*The preview failed\.\*\* Nothing was changed\.[^]*unknown field "domain"/);
});

test("a policy that is violated: its words are the comment, and the check is red", async () => {
  clone.preview("auth");
  clone.put("preview.code", "1");
  clone.put("events", '{"policyEvent":{"message":"The container \\"blog-auth\\" publishes its port.","policyName":"published-ports","enforcementLevel":"mandatory"}}\n');
  expect((await clone.pullRequest()).exitCode).toBe(1);
  expect(clone.comments()[0]!.body).toContain('published-ports (mandatory): The container "blog-auth" publishes its port.');
});

test("a plan that is too long for GitHub is cut, and says whose it is", async () => {
  clone.preview("auth", (preview) => ({ ...preview, diagnostics: [{ severity: "warning", message: "a line of a warning\n".repeat(5_000) }] }));
  expect((await clone.pullRequest()).exitCode).toBe(0);
  const body = clone.comments()[0]!.body;
  expect(body.length).toBeLessThanOrEqual(65_536);
  expect(body.length).toBeGreaterThan(60_000);
  expect(body).toMatch(/^<!-- indie plan: prod -->[^]*the rest is left out[^]*_The plan of commit 0123456789ab; .*_\n$/);
});

test.each([
  ["the state can not be read", () => clone.put("preview.stderr", "error: incorrect passphrase"), /\*\*The preview failed\.\*\*[^]*is not the one that this stack's secrets/],
  ["Pulumi says nothing of use", () => clone.put("preview.stderr", "error: no stack named 'prod' found"), /no stack named 'prod' found/],
])("where %s, that is the comment", async (_, break_, words) => {
  clone.put("preview.code", "255");
  break_();
  expect((await clone.pullRequest()).exitCode).toBe(1);
  expect(clone.comments()[0]!.body).toMatch(words);
});

test("where the plan's step did not come to a plan, the comment of before does not stay as if it were of this commit", async () => {
  clone.preview("deleted");
  await clone.pullRequest();
  expect(clone.labels()).toEqual(["data at risk"]);
  const { exitCode, all } = await clone.pullRequest({ PULUMI_CONFIG_PASSPHRASE: "" });
  expect([exitCode, all]).toEqual([1, expect.stringContaining("PULUMI_CONFIG_PASSPHRASE: without it")]);
  expect(clone.comments().map(({ body }) => body)).toEqual([expect.stringMatching(/^<!-- indie plan: prod -->[^]*There is no plan of this commit[^]*commit 0123456789ab/)]);
  expect(clone.labels()).toEqual(["data at risk"]);
  // What a CI shows that has no step of ours for it, as GitLab.
  const left = (name: string) => join(clone.folder, "runner", "indie-plan", name);
  expect(readFileSync(left("plan.md"), "utf8")).toMatch(/^<!-- indie plan: prod -->\n### Plan for `prod`\n\n\*\*There is no plan of this commit\.\*\*/);
  expect(existsSync(left("plan.json"))).toBe(false);
});

test("of the folder that a variable names, the plan of before goes and nothing else: it may be the clone itself", async () => {
  clone.preview("auth");
  const here = (name: string) => join(clone.folder, name);
  for (const name of ["plan.json", "plan.md"]) writeFileSync(here(name), "of before");
  await clone.step("plan", { INDIE_PLAN_FOLDER: clone.folder, PULUMI_CONFIG_PASSPHRASE: "" });
  expect(["projects.yaml", "cli/ci.ts", "plan.json"].map((name) => existsSync(here(name)))).toEqual([true, true, false]);
  expect(readFileSync(here("plan.md"), "utf8")).toContain("There is no plan of this commit");
});

test("what GitHub refuses is said, and the check is red; the label comes first", async () => {
  clone.preview("deleted");
  clone.put("gh.down", "");
  const { exitCode, all } = await clone.pullRequest();
  expect([exitCode, all]).toEqual([1, expect.stringMatching(/`gh api .*labels.*` failed:\n.*Resource not accessible by integration/)]);
});

test("no secret is in a log, a summary or a comment: none of the stack, of the runner, or of GitHub's", async () => {
  const planted = "sb_secret_planted0123456789abcdef";
  const state = { inputs: { envs: [`KEY=${planted}`], stdin: planted, memory: 96 }, outputs: { secret: planted } };
  const runners = Object.values(SECRETS).join(" and ");
  for (const code of ["0", "1"]) {
    clone.preview("auth", (preview) => {
      const steps = (preview.steps as { urn: string }[]).map((step) => (step.urn.endsWith("::blog-auth") ? { ...step, oldState: state, newState: state } : step));
      return { ...preview, steps, config: { ...(preview.config as object), "indie-ventures:token": planted }, diagnostics: [{ severity: code === "0" ? "warning" : "error", message: `cannot use ${runners}` }] };
    });
    clone.put("preview.code", code);
    clone.put("preview.stderr", `failed with ${runners}`);
    const { all } = await clone.pullRequest();
    const shown = [all, summary(), ...clone.comments().map(({ body }) => body)].join("\n");
    expect(shown).toContain("cannot use [secret] and [secret]");
    for (const secret of [planted, ...Object.values(SECRETS), "ghs_16C7e42F292c6912E7710c838347Ae178B4a"]) for (const spelling of spellings(secret)) expect(shown).not.toContain(spelling);
  }
});

test("Pulumi has the secrets but no token of GitHub's, and nothing that is empty", async () => {
  clone.preview("auth");
  await clone.step("plan", { PULUMI_ACCESS_TOKEN: "" });
  const env = clone.said("pulumi.env").split("\n");
  for (const [name, value] of Object.entries(SECRETS)) expect(env).toContain(`${name}=${value}`);
  expect(env.filter((line) => /^(GH_TOKEN|PULUMI_ACCESS_TOKEN|DOCKER_HOST)=/.test(line))).toEqual([]);
});
