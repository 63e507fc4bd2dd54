// The step of deploy.yml that updates the server, as a process, with fakes of pulumi and docker on PATH.
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { Clone, SECRETS } from "./clone.ts";

let clone: Clone;
beforeAll(() => void (clone = new Clone()));
beforeEach(() => clone.reset());
afterAll(() => clone?.remove());

test("the update is asked nothing, is of the stack, and policies are asked", async () => {
  clone.put("up.stdout", "Updating (prod)\n");
  const { exitCode, all } = await clone.step("up");
  expect([exitCode, all]).toEqual([0, expect.stringMatching(/Updating \(prod\)[^]*http:\/\/blog\.example\.com/)]);
  expect(clone.said("pulumi.calls")).toMatch(/^up --yes --stack prod --policy-pack policy$/m);
  for (const secret of Object.values(SECRETS)) expect(all).not.toContain(secret.replace(SECRETS.PULUMI_BACKEND_URL, "\0"));
});

test("an update that failed fails the job, with one code whatever Pulumi's was", async () => {
  clone.put("up.code", "255");
  clone.put("up.stderr", "error: update failed\n");
  expect(await clone.step("up")).toEqual({ exitCode: 1, all: expect.stringContaining("update failed") });
});

test.each([
  ["a secret is missing", { PULUMI_BACKEND_URL: "" }, "where the state is"],
  ["the server is elsewhere", { DOCKER_HOST: "ssh://root@server" }, "a runner on the server"],
  ["the runner is GitHub's", { RUNNER_ENVIRONMENT: "github-hosted" }, "this runner's own Docker Engine is not it"],
])("where %s nothing is begun", async (_, env, words) => {
  expect(await clone.step("up", env)).toEqual({ exitCode: 1, all: expect.stringContaining(words) });
  expect(clone.said("pulumi.calls")).toBe("");
});

test("what is to be installed is there before a secret is, and asks for none", async () => {
  const none = Object.fromEntries(Object.keys(SECRETS).map((name) => [name, ""]));
  expect(await clone.step("install", { ...none, INDIE_STACK: "" })).toEqual({ exitCode: 0, all: expect.stringMatching(/✓ pulumi \d[^]*✓ plugins command/) });
  expect(clone.said("pulumi.calls").split("\n").filter(Boolean).every((line) => /^(version|plugin ls)/.test(line))).toBe(true);
});

test("another word is no step", async () => {
  expect(await clone.step("destroy")).toEqual({ exitCode: 2, all: expect.stringContaining('ci takes one word: install, plan, comment, up; not "destroy".') });
});
