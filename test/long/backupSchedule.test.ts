// What the backup container does by itself, and over its restarts.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Times } from "../../images/backup/schedule.ts";
import { leftBehind } from "../e2e/lib/serverState.ts";
import { docker } from "../e2e/lib/testStack.ts";
import { BackedUpStack } from "./lib/backedUpStack.ts";

let there: BackedUpStack;

beforeAll(async () => {
  there = await BackedUpStack.create(["blog"], ["blog"]);
});

afterAll(async () => {
  await there?.remove();
});

const DAY = 24 * 60 * 60 * 1000;
const ago = (days: number) => new Date(Date.now() - days * DAY).toISOString();
const NIGHTLY = "0 3 * * *";

/** The folder behind the container's state: to be written to while it is stopped. */
const state = async () => docker("volume", "inspect", "--format", "{{.Mountpoint}}", `iv-${there.stack.name}-backup-state`);
const times = async () => JSON.parse(await readFile(join(await state(), "times", "blog.json"), "utf8")) as Times;

/** Stops it, turns its clock so far back, and starts it. @returns when it was started */
async function startAfter(last: Times, schedule?: string): Promise<string> {
  const { name } = there.backups;
  await docker("stop", name);
  const project = join(await state(), "projects", "blog.json");
  const described = JSON.parse(await readFile(project, "utf8")) as { backups: { schedule?: string } };
  await writeFile(project, JSON.stringify({ ...described, backups: { ...described.backups, schedule } }));
  // It may not have looked at the new project yet.
  await mkdir(join(await state(), "times"), { recursive: true });
  await writeFile(join(await state(), "times", "blog.json"), JSON.stringify(last));
  return start();
}

async function start(): Promise<string> {
  const at = new Date().toISOString();
  await docker("start", there.backups.name);
  return at;
}

/** What it said since then, once it has said that. */
async function said(since: string, what: string | RegExp): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    const { all } = await execa("docker", ["logs", "--since", since, there.backups.name], { all: true });
    if (typeof what === "string" ? all.includes(what) : what.test(all)) return all;
    if (attempt === 1200) throw new Error(`not said: ${what}\n${all}`);
    await sleep(250);
  }
}

const scheduled = async () => [...(await there.backups.done("list", "blog")).matchAll(/^blog +(\S+) +scheduled +proven/gm)].map(([, id]) => id!);

describe("a schedule", () => {
  test("one that fell into a time when nothing ran is made up for at the start, once", async () => {
    const first = await startAfter({ backup: ago(3), drill: ago(0) }, NIGHTLY);
    await said(first, /backup \S+ is proven/);
    const made = await scheduled();
    expect(made).toHaveLength(1);
    await docker("stop", there.backups.name);
    const again = await start();
    // It looks each half minute.
    await sleep(45_000);
    expect(await said(again, "")).not.toContain("saving its files");
    expect(await scheduled()).toEqual(made);
  });

  test("killed in the middle with its container: made again at the next start, once; and it is said that it was", async () => {
    const first = await startAfter({ backup: ago(3), drill: ago(0) }, NIGHTLY);
    await said(first, "measuring what it holds");
    await docker("kill", there.backups.name);
    const second = await start();
    await said(second, "saving its files");
    expect((await there.backups.status()).blog!.lastFailure!.text).toMatch(/^the backup begun at \S+ was cut short/);
    await said(second, /backup \S+ is proven/);
    // What is not kept any longer it takes out after that.
    while ((await times()).running !== undefined) await sleep(250);
    expect(await leftBehind(there.stack, there.backups)).toEqual([]);
    expect((await there.backups.status()).blog!.lastFailure).toBeUndefined();
  });

  test("killed each time: not for ever", async () => {
    let since = await startAfter({ backup: ago(3), drill: ago(0) }, NIGHTLY);
    for (let kill = 0; kill < 2; kill++) {
      await said(since, "measuring what it holds");
      await docker("kill", there.backups.name);
      since = await start();
    }
    await sleep(45_000);
    expect(await said(since, "")).not.toContain("saving its files");
    expect((await there.backups.status()).blog!.lastFailure!.text).toMatch(/was cut short/);
  });
});

describe("the weekly drill", () => {
  test("runs when it is due, whatever the schedule; killed in the middle, it is made up for", async () => {
    await there.backups.done("backup", "blog");
    const first = await startAfter({ backup: ago(0), drill: ago(8) });
    await said(first, "restoring the dump into it");
    await docker("kill", there.backups.name);
    const second = await start();
    expect(await said(second, "is proven again")).toMatch(/drill: backup \S+ is proven again/);
    expect(Date.parse((await times()).drill)).toBeGreaterThan(Date.parse(first) - DAY);
    await sleep(45_000);
    expect((await said(second, "")).match(/is proven again/g)).toHaveLength(1);
  });

  test("finds the newest broken: the outputs say so, and the last proven restore is that of the one before", async () => {
    const { backups, stack, repository } = there;
    // Before what is kept no longer is taken out: so there are two.
    await backups.done("backup", "blog");
    const older = (await there.newestProven()).get("blog")!;
    const mark = new Date().toISOString();
    await sleep(1100);
    await there.change("blog");
    await backups.killAt("is proven:", "backup", "blog");
    const newest = (await there.newestProven()).get("blog")!;
    expect(newest > older).toBe(true);
    await execa("find", [join(repository, "data"), "-type", "f", "-newermt", mark, "-delete"]);
    const since = await startAfter({ backup: ago(0), drill: ago(8) });
    const log = await said(since, `blog: FAILED: backup ${newest} was proven, and is not any more`);
    expect(log).toContain(`drill: backup ${newest} is proven no more`);
    expect(log).toContain(`drill: backup ${older} is proven again`);
    await stack.up();
    const { backups: shown } = (await stack.allOutputs()).blog!;
    expect(shown.lastFailure!.text).toContain(`backup ${newest} was proven, and is not any more`);
    expect(shown.lastProvenBackup!.replace(/[-:]|\.\d+/g, "")).toBe(older);
  });
});
