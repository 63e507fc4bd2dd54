import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { execa } from "execa";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "../../../cli/layout.ts";
import { temporary, withTemporaryFolder } from "../../../cli/temporaryFolder.ts";

let runners: string;
beforeEach(() => void (runners = mkdtempSync(join(tmpdir(), "indie-temporary-"))));
afterEach(() => rmSync(runners, { recursive: true }));

test("it is below the runner's own folder, only this user can look into it, and it goes with the work", async () => {
  expect([temporary({}), temporary({ RUNNER_TEMP: runners })]).toEqual([tmpdir(), runners]);
  const modes = await withTemporaryFolder({ RUNNER_TEMP: runners }, "key", async (folder) => {
    writeFileSync(join(folder, "key"), "secret");
    return readdirSync(runners).map((name) => [name.replace(/\w{6}$/, ""), statSync(join(runners, name)).mode & 0o777]);
  });
  expect([modes, readdirSync(runners)]).toEqual([[["indie-ventures-key-", 0o700]], []]);
  await expect(withTemporaryFolder({ RUNNER_TEMP: runners }, "key", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(readdirSync(runners)).toEqual([]);
  expect(["SIGINT", "SIGTERM", "SIGHUP", "exit"].map((event) => process.listeners(event as "exit").filter(({ name }) => ["leave", "remove"].includes(name)))).toEqual([[], [], [], []]);
});

test.each([
  ["SIGINT", 130, ""],
  ["SIGINT", 130, "leaveOnInterrupt();"],
  ["SIGTERM", 143, ""],
  ["SIGHUP", 129, ""],
] as const)("%s: it goes, and the process ends with %d %s", async (signal, code, before) => {
  const held = join(runners, "held");
  mkdirSync(held);
  const script = `import { writeFileSync } from "node:fs";
import { leaveOnInterrupt } from "${root}/cli/interrupt.ts";
import { withTemporaryFolder } from "${root}/cli/temporaryFolder.ts";
${before}
await withTemporaryFolder({ RUNNER_TEMP: "${held}" }, "key", async (folder) => {
  writeFileSync(folder + "/key", "secret");
  writeFileSync("${runners}/begun", "");
  await new Promise((resolve) => setTimeout(resolve, 60_000));
});`;
  const child = execa(process.execPath, ["--input-type=module", "--eval", script], { reject: false });
  let hasEnded = false;
  void child.then(() => (hasEnded = true));
  while (!existsSync(join(runners, "begun")) && !hasEnded) await sleep(20);
  expect(readdirSync(held)).toHaveLength(1);
  child.kill(signal);
  const { exitCode } = await child;
  expect([exitCode, readdirSync(held)]).toEqual([code, []]);
});
