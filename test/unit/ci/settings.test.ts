import { expect, test } from "@jest/globals";
import { execa } from "execa";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { commentBody, decideLabel, findOurs, LABEL } from "../../../cli/ci/comment.ts";
import { faults, faultsOfUp, planFolder, redacted, secretsOf, withoutEmpty } from "../../../cli/ci/settings.ts";
import { withSsh } from "../../../cli/ci/ssh.ts";
import { failedPlan } from "../../../cli/plan/makePlan.ts";
import type { Plan } from "../../../cli/plan/model.ts";
import type { Env } from "../../../cli/run.ts";

const S3 = { INDIE_STACK: "prod", PULUMI_BACKEND_URL: "s3://state", PULUMI_CONFIG_PASSPHRASE: "correct horse", RUNNER_ENVIRONMENT: "self-hosted" };
const CLOUD = { INDIE_STACK: "prod", PULUMI_ACCESS_TOKEN: "pul-0123456789", RUNNER_ENVIRONMENT: "github-hosted", DOCKER_HOST: "ssh://root@server" };

test.each<[string, Env, string[]]>([
  ["a runner on the server, state in S3", S3, []],
  ["the same, state in a folder of the server", { ...S3, PULUMI_BACKEND_URL: "file:///srv/state" }, []],
  ["Pulumi Cloud, which needs no passphrase", CLOUD, []],
  ["a Pulumi Cloud of one's own", { ...CLOUD, PULUMI_BACKEND_URL: "https://pulumi.example.com" }, []],
  ["no GitHub at all", { ...S3, RUNNER_ENVIRONMENT: undefined }, []],
  ["nothing", {}, ["INDIE_STACK", "where the state is"]],
  ["a stack that is none", { ...S3, INDIE_STACK: "--all" }, ["INDIE_STACK"]],
  ["no passphrase", { ...S3, PULUMI_CONFIG_PASSPHRASE: undefined }, ["PULUMI_CONFIG_PASSPHRASE"]],
  ["a passphrase in a file", { ...S3, PULUMI_CONFIG_PASSPHRASE: undefined, PULUMI_CONFIG_PASSPHRASE_FILE: "/srv/passphrase" }, []],
  ["state on a runner that is thrown away", { ...CLOUD, PULUMI_BACKEND_URL: "file://state", PULUMI_CONFIG_PASSPHRASE: "correct horse" }, ["PULUMI_BACKEND_URL"]],
  ["GitHub's own runner for a server", { ...CLOUD, DOCKER_HOST: undefined }, ["the server"]],
  ["the same by name", { ...CLOUD, DOCKER_HOST: "unix:///var/run/docker.sock" }, ["the server"]],
  ["a key, and no server that it is for", { ...CLOUD, SSH_PRIVATE_KEY: "key" }, ["SSH_KNOWN_HOSTS"]],
])("%s", (_, env, begins) => {
  const found = faults(env);
  expect(found).toEqual(begins.map((word) => expect.stringMatching(new RegExp(`^${word}`))));
});

test("an update runs on the server itself, whatever its socket", () => {
  expect(faultsOfUp(S3)).toEqual([]);
  expect(faultsOfUp({ ...S3, DOCKER_HOST: "unix:///run/user/1000/docker.sock" })).toEqual([]);
  expect(faultsOfUp(CLOUD)).toEqual([expect.stringContaining("a runner on the server")]);
});

test("an empty text is none", () => expect(withoutEmpty({ a: "", b: "c", d: undefined })).toEqual({ b: "c" }));

test("the plan is left in the runner's folder, or where one says", () => {
  expect([planFolder({ RUNNER_TEMP: "/r" }), planFolder({ RUNNER_TEMP: "/r", INDIE_PLAN_FOLDER: "plan" })]).toEqual(["/r/indie-plan", "plan"]);
});

test("secrets are hidden, the lines of a key too, and the longer before what is part of it", () => {
  const secrets = secretsOf({ PULUMI_ACCESS_TOKEN: "pul-0123456789", OTHER_TOKEN: "pul-0123456789-and-more", SSH_PRIVATE_KEY: "-----BEGIN-----\nabcdefghijkl\n", PATH: "/usr/local/bin", SHORT_TOKEN: "short" });
  expect(redacted("pul-0123456789-and-more pul-0123456789 abcdefghijkl /usr/local/bin short", secrets)).toBe("[secret] [secret] [secret] /usr/local/bin short");
});

const failing = failedPlan("prod", { config: {}, steps: [], diagnostics: [] });

test.each<[string, Plan | undefined, string[], string]>([
  ["data is removed", { ...failing, failed: false, dataRemoved: ["blog"] }, [], "add"],
  ["it is there already", { ...failing, failed: false, dataRemoved: ["blog"] }, [LABEL], "leave"],
  ["nothing is removed any more", { ...failing, failed: false }, [LABEL, "bug"], "remove"],
  ["nothing is removed", { ...failing, failed: false }, ["bug"], "leave"],
  ["the preview failed, which says nothing of data", failing, [LABEL], "leave"],
  ["there is no plan", undefined, [LABEL], "leave"],
  ["there is no plan, and was no label", undefined, [], "leave"],
])("the label: %s", (_, plan, labels, decision) => expect(decideLabel(plan, labels)).toBe(decision));

test("a comment of a deleted account is nobody's, and one of another stack is not ours", () => {
  const of = (id: number, stack: string, user: { type: string } | null) => ({ id, body: `<!-- indie plan: ${stack} -->\n`, user });
  const bot = { type: "Bot" };
  expect(findOurs([of(1, "prod", null), of(2, "staging", bot), of(3, "prod", bot)], "prod")).toBe(3);
  expect(findOurs([of(2, "production", bot)], "prod")).toBeUndefined();
});

test("whose plan it is has its place in however short a comment", () => {
  const long = { ...failing, errors: ["a line\n".repeat(1_000)] };
  const body = commentBody({ stack: "prod", plan: long, commit: "0123456789abcdef", run: "https://run" }, 600);
  expect(body.length).toBeLessThanOrEqual(600);
  expect(body).toMatch(/left out[^]*\n_The plan of commit 0123456789ab; \[the run\]\(https:\/\/run\)\._\n$/);
  expect(commentBody({ stack: "prod", plan: failing })).not.toContain("_The plan");
});

test("an ssh with the key, for that server only, which does not stay; nothing where there is no key", async () => {
  expect(await withSsh({ PATH: "/usr/bin" }, async (bin) => bin)).toBeUndefined();
  await expect(withSsh({ PATH: "/nowhere", SSH_PRIVATE_KEY: "k", SSH_KNOWN_HOSTS: "h" }, async () => {})).rejects.toThrow("no program `ssh`");
  const [path, runners] = ["it's ssh ", "runner "].map((name) => mkdtempSync(join(tmpdir(), name))) as [string, string];
  writeFileSync(join(path, "ssh"), '#!/bin/sh\nprintf "%s\\n" "$@"\n');
  chmodSync(join(path, "ssh"), 0o755);
  try {
    await withSsh({ PATH: path, RUNNER_TEMP: runners, SSH_PRIVATE_KEY: "line 1\nline 2", SSH_KNOWN_HOSTS: "server ssh-ed25519 AAAA" }, async (bin) => {
      const { stdout } = await execa(join(bin!, "ssh"), ["-l", "root", "server", "docker system dial-stdio"]);
      const folder = dirname(bin!);
      const key = join(folder, "key");
      expect(dirname(folder)).toBe(runners);
      expect(stdout.split("\n")).toEqual(expect.arrayContaining(["-i", key, "StrictHostKeyChecking=yes", `UserKnownHostsFile=${join(folder, "known_hosts")}`, "docker system dial-stdio"]));
      expect([readFileSync(key, "utf8"), statSync(key).mode & 0o777, statSync(folder).mode & 0o777]).toEqual(["line 1\nline 2\n", 0o600, 0o700]);
    });
    expect(readdirSync(runners)).toEqual([]);
  } finally {
    for (const folder of [path, runners]) rmSync(folder, { recursive: true });
  }
});
