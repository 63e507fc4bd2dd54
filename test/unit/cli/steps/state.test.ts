import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../../../cli/layout.ts";
import { reporter } from "../../../../cli/report.ts";
import { stateStep } from "../../../../cli/steps/state.ts";

let stateDir: string;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "state-"));
});
afterEach(() => rmSync(stateDir, { recursive: true }));

const step = (env: Record<string, string> = {}, salted = false) =>
  stateStep({ report: reporter(() => {}), env: { HOME: stateDir, ...env }, stack: "dev", stackFile: { salted, config: {}, secrets: [] }, stateDir });

test("a fresh machine gets a file backend and a passphrase that only its owner can read", async () => {
  const file = join(stateDir, "passphrase");
  await expect(step()).resolves.toEqual({ PULUMI_BACKEND_URL: `file://${stateDir}/pulumi?metadata=skip`, PULUMI_CONFIG_PASSPHRASE_FILE: file });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, "utf8").trim()).toMatch(/^[\w-]{43}$/);
  expect(readdirSync(stateDir).sort()).toEqual(["dev.clone", "passphrase", "pulumi"]);
});

test("the passphrase is never written over", async () => {
  await step();
  const passphrase = readFileSync(join(stateDir, "passphrase"), "utf8");
  await step({}, true);
  expect(readFileSync(join(stateDir, "passphrase"), "utf8")).toBe(passphrase);
});

test("what the user has is respected, and no passphrase is made beside it", async () => {
  const found = await step({ PULUMI_BACKEND_URL: "file:///theirs", PULUMI_CONFIG_PASSPHRASE: "" });
  expect(found).toEqual({ PULUMI_BACKEND_URL: "file:///theirs" });
  expect(existsSync(join(stateDir, "passphrase"))).toBe(false);
});

test("a login of the user's is respected", async () => {
  mkdirSync(join(stateDir, ".pulumi"));
  writeFileSync(join(stateDir, ".pulumi", "credentials.json"), '{"current":"https://api.pulumi.com"}');
  await expect(step()).resolves.toEqual({});
});

test("a stack whose passphrase is lost is not given another", async () => {
  await expect(step({}, true)).rejects.toThrow(/encryptionsalt[^]*passphrase/);
  expect(existsSync(join(stateDir, "passphrase"))).toBe(false);
});

test("two clones do not share a stack by accident", async () => {
  const other = join(stateDir, "other");
  mkdirSync(other);
  writeFileSync(join(other, "Pulumi.yaml"), "name: indie-ventures\n");
  writeFileSync(join(stateDir, "dev.clone"), `${other}\n`);
  await expect(step()).rejects.toThrow(`belongs to the clone in ${other}`);
  rmSync(other, { recursive: true });
  await step();
  expect(readFileSync(join(stateDir, "dev.clone"), "utf8")).toBe(`${root}\n`);
});
