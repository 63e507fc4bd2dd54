// Every phase of every job of the backup container, cut short in every way (facts/ops.md §6, T-KILLSCRIPT). The phases are the lines that an
// undisturbed run says, so that one that is added later is tested by itself.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Fault, JobRan } from "../e2e/lib/backupContainer.ts";
import { leftBehind } from "../e2e/lib/serverState.ts";
import { docker } from "../e2e/lib/testStack.ts";
import { BackedUpStack } from "./lib/backedUpStack.ts";

let there: BackedUpStack;

beforeAll(async () => {
  there = await BackedUpStack.create(["blog", "copy", "old"], ["blog", "old"]);
});

afterAll(async () => {
  await there?.remove();
});

/** They are methods of what is there only later. */
const killJob: Fault = (pid) => there.backups.killJob(pid);
const killContainer: Fault = (pid) => there.backups.killContainer(pid);
const restartPostgres: Fault = () => docker("restart", "--time", "0", `iv-${there.stack.name}-postgres`);
const killScratch: Fault = async () => {
  await docker("kill", `iv-${there.stack.name}-scratch`);
  await docker("start", `iv-${there.stack.name}-scratch`);
};

interface Cut {
  words: string[];
  /** Which phase. */
  line: number;
  fault: Fault;
  /** Databases that are closed for good. */
  closed?: string[];
}

/** Cuts a job short, and looks at what is left once the container itself, or the next command, has put it in order. */
async function cutShort({ words, line, fault, closed }: Cut): Promise<JobRan> {
  const { stack, backups } = there;
  const before = await there.newestProven();
  // At its beginning, and somewhat later.
  const ran = await backups.faultAt({ line, after: (line % 3) * 150 }, fault, ...words);
  if (fault === killJob) await backups.done("list");
  else await backups.inOrder();
  expect(await leftBehind(stack, backups, closed)).toEqual([]);
  // A half one does not count, and takes no good one away.
  const now = await there.newestProven();
  for (const [project, id] of before) expect(now.get(project)! >= id).toBe(true);
  if (!ran.said.includes("writing down in the repository")) expect(now).toEqual(before);
  return ran;
}

/** A number of faults, one after the other; which phase is hit by which: each by one. */
async function everyPhase(words: string[], count: number, faults: Fault[], each: (cut: Cut) => Promise<void>): Promise<void> {
  for (let line = 0; line < count; line++) {
    try {
      await each({ words, line, fault: faults[line % faults.length]! });
    } catch (error) {
      throw new Error(`${words.join(" ")}, phase ${line} of ${count}`, { cause: error });
    }
  }
}

describe("a backup", () => {
  const words = ["backup", "blog"];

  test.each([
    ["in every phase its process alone is killed", [killJob]],
    ["in every third phase its container, Postgres or the scratch Postgres is killed", [killContainer, restartPostgres, killScratch]],
  ])("%s", async (_, faults) => {
    await there.backups.done(...words);
    // From the second one on, there is one that is kept no longer.
    const count = await there.phases(...words);
    expect(count).toBeGreaterThan(12);
    await everyPhase(words, count, faults, async (cut) => {
      const { exitCode, said } = await cutShort(cut);
      // What fails says why, in our words.
      if (exitCode === 1) expect(said).toMatch(/went away in the middle|does not start/);
      expect(await there.contentOf("blog")).toBe(there.saved.blog);
      await there.backups.done(...words);
    });
    await there.backups.done("prove", "blog");
  });
});

describe("a restore", () => {
  /** A mixture of the one and the other is no state that the project may be in. */
  async function eachPhase(name: string, words: string[], faults: Fault[]): Promise<void> {
    const { backups, saved } = there;
    const isDry = words.includes("--dry-run");
    await everyPhase(words, await there.phases(...words), faults, async (cut) => {
      saved[name] ??= await there.contentOf(name);
      const changed = await there.change(name);
      await cutShort(cut);
      expect(isDry ? [changed] : [saved[name], changed]).toContain(await there.contentOf(name));
      await backups.done(...words);
      expect(await there.contentOf(name)).toBe(isDry ? changed : saved[name]);
    });
  }

  const overProject = ["restore", "blog", "--without-safety-backup"];

  test.each([
    ["in every phase its process alone is killed", [killJob]],
    ["in every second phase its container or Postgres is killed", [killContainer, restartPostgres]],
  ])("over the project: %s", async (_, faults) => {
    await eachPhase("blog", overProject, faults);
  });

  test.each([
    ["with its safety backup", "blog", ["restore", "blog"]],
    ["--dry-run", "blog", ["restore", "blog", "--dry-run"]],
    ["of another project's backup", "copy", ["restore", "copy", "--from", "blog", "--without-safety-backup"]],
  ])("%s: killed in every phase", async (_, name, words) => {
    await there.backups.done(...overProject);
    await eachPhase(name, words, [killJob, killContainer]);
  });

  test("of another project's backup: in every phase the scratch Postgres is killed", async () => {
    await eachPhase("copy", ["restore", "copy", "--from", "blog", "--without-safety-backup"], [killScratch]);
  });

  test("taken back: killed in every phase", async () => {
    const { backups, saved } = there;
    await backups.done(...overProject);
    await there.change("blog");
    await backups.done("restore", "blog");
    const count = await there.phases("rollback", "blog");
    await everyPhase(["rollback", "blog"], count, [killJob, killContainer], async (cut) => {
      const changed = await there.change("blog");
      await backups.done("restore", "blog");
      await cutShort(cut);
      const now = await there.contentOf("blog");
      expect([saved.blog, changed]).toContain(now);
      // Where it had gone through, once more would take itself back.
      if (now === saved.blog) await backups.done("rollback", "blog");
      expect(await there.contentOf("blog")).toBe(changed);
    });
    await backups.done(...overProject);
  });
});

describe("a removal", () => {
  const open = () => there.stack.sql("postgres", "alter database old allow_connections true");
  const phase = async () => (await there.backups.status()).old!.removal!.phase;

  /** Of a database that is closed: as it would be, if it were brought back. */
  async function contentOfClosed(): Promise<string> {
    await open();
    const content = await there.contentOf("old");
    await there.stack.sql("postgres", "alter database old allow_connections false");
    return content;
  }

  /** As `state: present` does (components/backups.ts, BRING_BACK). */
  async function bringBack(): Promise<void> {
    await there.backups.done("bring-back", "old");
    await open();
  }

  test("killed in every phase: it goes on, loses nothing, and can be taken back", async () => {
    // As `state: removed` has them (components/projectDatabase.ts).
    await there.stack.sql("postgres", "select format('alter role %I nologin', rolname) from pg_roles where rolname like 'old\\_%' \\gexec");
    const words = ["remove", "old"];
    const count = await there.phases(...words);
    expect(count).toBeGreaterThan(12);
    await bringBack();
    await everyPhase(words, count, [killJob, killContainer], async (cut) => {
      await cutShort({ ...cut, closed: ["old"] });
      await there.backups.done(...words);
      expect(await phase()).toBe("locked");
      await bringBack();
      expect(await there.contentOf("old")).toBe(there.saved.old);
    });
    await there.backups.done(...words);
  });

  test("the purge after it, killed in every phase: nothing goes before its backup is proven once more; then all of it", async () => {
    const isThere = async () => (await there.stack.sql("postgres", "select 1 from pg_database where datname = 'old'")) === "1";
    const words = ["purge", "old"];
    // It can be done once only: each is killed one phase later than the one before, until there is nothing more to keep.
    for (let line = 0; (await phase()) === "locked"; line++) {
      await cutShort({ words, line, fault: line % 2 === 0 ? killJob : killContainer, closed: ["old"] });
      if ((await phase()) === "locked") expect(await contentOfClosed()).toBe(there.saved.old);
    }
    // The rest of it begins with the phase that it was killed in.
    if ((await phase()) === "purging") {
      expect(await there.backups.job("bring-back", "old")).toEqual({ exitCode: 1, said: expect.stringMatching(/"old" (?:is being|was) purged/) });
      await cutShort({ words, line: 1, fault: killContainer, closed: ["old"] });
    }
    await there.backups.done(...words);
    expect([await phase(), await isThere()]).toEqual(["purged", false]);
    expect(await docker("exec", there.backups.name, "find", "/var/lib/storage/files/old", "-mindepth", "1")).toBe("");
    await there.backups.done("prove", "old");
  });
});
