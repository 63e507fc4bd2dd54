// Ctrl-C as a terminal sends it: to the whole group of processes that it runs.
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { execa } from "execa";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "../../../cli/layout.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "indie-interrupt-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const isThere = (name: string) => existsSync(join(folder, name));

/** A command of ours that has work under way: a program that takes so many seconds, and says when it is done. */
async function working(seconds: number) {
  const script = `import { finishFirst, leaveOnInterrupt } from "${root}/cli/interrupt.ts";
import { runner } from "${root}/cli/run.ts";
leaveOnInterrupt();
const run = runner("${folder}", process.env);
const program = () => run("/bin/sh", ["-c", "echo $$ > begun; sleep ${seconds}; touch done"]);
const { result, isInterrupted } = await finishFirst(program, (text) => console.log(text));
console.log(isInterrupted, result.exitCode);`;
  const child = execa(process.execPath, ["--input-type=module", "--eval", script], { detached: true, reject: false, all: true, cwd: folder });
  while (!isThere("begun") || readFileSync(join(folder, "begun"), "utf8") === "") await sleep(20);
  return { child, ctrlC: () => process.kill(-child.pid!, "SIGINT") };
}

const WAIT = "Ctrl-C: what is under way is brought to its end first. Ctrl-C again leaves at once";

test("what is under way comes to its end, and is not told of it", async () => {
  const { child, ctrlC } = await working(1);
  ctrlC();
  const { all, exitCode } = await child;
  expect([all, exitCode, isThere("done")]).toEqual([`${WAIT}\ntrue 0`, 0, true]);
});

test("without Ctrl-C nothing is said", async () => {
  expect((await (await working(0)).child).all).toBe("false 0");
});

test("npm hands on the one that the terminal has sent already: both are one", async () => {
  const { child, ctrlC } = await working(1);
  ctrlC();
  await sleep(100);
  child.kill("SIGINT");
  expect((await child).all).toBe(`${WAIT}\ntrue 0`);
});

test("a second one leaves at once, and ends what is under way", async () => {
  const { child, ctrlC } = await working(60);
  ctrlC();
  await sleep(1500);
  ctrlC();
  const { all, exitCode } = await child;
  expect([all, exitCode, isThere("done")]).toEqual([WAIT, 130, false]);
  const pid = readFileSync(join(folder, "begun"), "utf8").trim();
  while (existsSync(`/proc/${pid}`)) await sleep(20);
});
