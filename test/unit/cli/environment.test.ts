import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderEnvironmentFile } from "../../../cli/decide.ts";
import { callersFirst, readEnvironment } from "../../../cli/environment.ts";
import type { Env } from "../../../cli/run.ts";

const FOLDER = "file:///home/ada/.local/state/indie-ventures/pulumi?metadata=skip";
const S3 = "s3://state-of-acme?region=eu-central-1";
/** As set-up wrote it before the state was moved. */
const WRITTEN = { PULUMI_BACKEND_URL: FOLDER, PULUMI_CONFIG_PASSPHRASE_FILE: "/old/passphrase", PULUMI_RUN_PROGRAM: "true", DOCKER_HOST: "tcp://old:2376", DOCKER_TLS_VERIFY: "1" };

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "environment-"))));
afterEach(() => rmSync(folder, { recursive: true }));

/** @param callers besides PATH */
async function read(callers: Env): Promise<Env> {
  const file = join(folder, "env");
  writeFileSync(file, renderEnvironmentFile({ path: { before: ["/tools"], after: [] }, variables: WRITTEN }));
  return (await readEnvironment(file, { PATH: `${folder}:/usr/bin:/bin`, ...callers }))!;
}

test("what set-up wrote, with its folder of tools", async () => {
  expect(await read({ HOME: "/home/ada" })).toMatchObject({ ...WRITTEN, HOME: "/home/ada", PATH: `/tools:${folder}:/usr/bin:/bin` });
  expect(await readEnvironment(join(folder, "none"), {})).toBeUndefined();
});

test("the caller's own state and engine win, as for `indie up`", async () => {
  const own = { PULUMI_BACKEND_URL: S3, PULUMI_CONFIG_PASSPHRASE_FILE: "/new/passphrase", DOCKER_HOST: "unix:///run/user/1000/docker.sock" };
  const env = await read(own);
  expect(env).toMatchObject({ ...own, PATH: expect.stringMatching(/^\/tools:/) });
  // The other engine's certificates are not this one's.
  expect(env).not.toHaveProperty("DOCKER_TLS_VERIFY");
});

test.each<[string, Env, Env]>([
  ["a value of several lines and a quote", { PULUMI_CONFIG_PASSPHRASE: "it's\none" }, { PULUMI_CONFIG_PASSPHRASE: "it's\none", PULUMI_CONFIG_PASSPHRASE_FILE: "/old/passphrase" }],
  ["a passphrase that is empty", { PULUMI_CONFIG_PASSPHRASE: "" }, { PULUMI_CONFIG_PASSPHRASE: "" }],
  ["an empty text says nothing", { PULUMI_BACKEND_URL: "", DOCKER_HOST: "", DOCKER_CONTEXT: "" }, WRITTEN],
  ["a token is for Pulumi Cloud", { PULUMI_ACCESS_TOKEN: "pul-0123456789" }, { PULUMI_BACKEND_URL: undefined, PULUMI_ACCESS_TOKEN: "pul-0123456789" }],
  ["a token, and where it is for", { PULUMI_ACCESS_TOKEN: "pul-0123456789", PULUMI_BACKEND_URL: S3 }, { PULUMI_BACKEND_URL: S3 }],
  ["what the tools need is ours, for `indie up` too", { PULUMI_RUN_PROGRAM: "false" }, { PULUMI_RUN_PROGRAM: "true" }],
])("%s", async (_, callers, expected) => {
  const env = await read(callers);
  for (const [name, value] of Object.entries(expected)) expect([name, env[name]]).toEqual([name, value]);
});

test("a token does not take a service of one's own away", () => {
  const service = { PULUMI_BACKEND_URL: "https://pulumi.example.com" };
  expect(callersFirst(service, { PULUMI_ACCESS_TOKEN: "pul-0123456789" })).toMatchObject(service);
});

test("the caller's docker context is another engine, and Pulumi's plugin is told where it is", async () => {
  writeFileSync(join(folder, "docker"), '#!/bin/sh\ntest -z "$DOCKER_HOST" && echo "tcp://$DOCKER_CONTEXT:2376"\n');
  chmodSync(join(folder, "docker"), 0o755);
  const env = await read({ DOCKER_CONTEXT: "vm" });
  expect([env.DOCKER_HOST, env.DOCKER_CONTEXT, env.DOCKER_TLS_VERIFY]).toEqual(["tcp://vm:2376", "vm", undefined]);
});
