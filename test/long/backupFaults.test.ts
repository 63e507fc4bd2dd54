// Disks that are full in every phase (facts/ops.md §6, T-DISK), a repository that is damaged in every way, tables that others are about to empty.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import { readdir, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { ownerSql } from "../e2e/lib/clients.ts";
import { waitsForLock } from "../e2e/lib/kill.ts";
import { corruptFile, flip } from "../e2e/lib/repository.ts";
import { leftBehind } from "../e2e/lib/serverState.ts";
import { SmallDisk } from "../e2e/lib/smallDisk.ts";
import { docker } from "../e2e/lib/testStack.ts";
import { BackedUpStack } from "./lib/backedUpStack.ts";
import { damagedRepository, snapshotOf } from "./lib/damagedRepository.ts";

let there: BackedUpStack;

beforeAll(async () => {
  there = await BackedUpStack.create(["blog"], ["blog"]);
  await there.backups.done("backup", "blog");
});

afterAll(async () => {
  await there?.remove();
});

const STATE = "/var/lib/indie-ventures";
const newest = async () => (await there.newestProven()).get("blog");

damagedRepository(() => there);

describe("a disk that is full in each phase", () => {
  const JOBS = { backup: ["backup", "blog"], prove: ["prove", "blog"], restore: ["restore", "blog", "--without-safety-backup"] };
  /** Each with the jobs that write to it. A proof is the second half of a backup. */
  const DISKS: [of: string, service: string, path: string, megabytes: number, jobs: (keyof typeof JOBS)[]][] = [
    ["the repository's", "backup", "/repository", 200, ["backup"]],
    ["the backups' own", "backup", STATE, 200, ["backup", "restore"]],
    ["the scratch Postgres'", "scratch", "/var/lib/postgresql/data", 400, ["prove"]],
    ["Postgres'", "postgres", "/var/lib/postgresql/data", 700, ["restore"]],
    ["the stored files'", "backup", "/var/lib/storage", 200, ["restore"]],
  ];

  /** Until Postgres has got over it. */
  async function postgresAnswers(): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      const asked = await there.stack.sql("postgres", "select 1").catch((error: Error) => error);
      if (!(asked instanceof Error)) return;
      if (attempt === 240) throw asked;
      await sleep(500);
    }
  }

  async function eachPhase(words: string[], disk: SmallDisk): Promise<void> {
    const { backups, stack, saved } = there;
    await backups.done(...words);
    const count = await there.phases(...words);
    for (let line = 0; line < count; line++) {
      const changed = words[0] === "restore" ? await there.change("blog") : saved.blog;
      const before = await newest();
      const { exitCode, said } = await backups.faultAt({ line }, () => disk.fill(), ...words);
      const failed = `${words.join(" ")}, phase ${line}: ${said}`;
      // It says so; or it was through before it noticed.
      if (exitCode !== 0 && !/A disk is full|went away in the middle|does not start|MB left|tried again/.test(said)) throw new Error(failed);
      await disk.makeRoom();
      await postgresAnswers();
      // The next job does at once what the container does within half a minute.
      await backups.done("list");
      expect([failed, await leftBehind(stack, backups)]).toEqual([failed, []]);
      expect([changed, saved.blog]).toContain(await there.contentOf("blog"));
      expect((await newest())! >= before!).toBe(true);
      await backups.done(...words);
      expect(await there.contentOf("blog")).toBe(saved.blog);
    }
  }

  test.each(DISKS)("%s", async (_, service, path, megabytes, jobs) => {
    const container = `iv-${there.stack.name}-${service}`;
    const disk = await SmallDisk.underContainer(container, path, megabytes);
    try {
      await postgresAnswers();
      for (const job of jobs) await eachPhase(JOBS[job], disk);
    } finally {
      await disk.remove(container);
      await postgresAnswers();
    }
  });
});

test("a backup whose tables others are about to empty lets them in, and is begun once more", async () => {
  const { blog } = there.outputs;
  await ownerSql(blog!, "create schema changing; create table changing.emptied as select i from generate_series(1, 3) i; create table changing.held (i int)");
  const [holder, emptier] = [1, 2].map(() => new pg.Client({ connectionString: blog!.dbUrl })) as [pg.Client, pg.Client];
  for (const client of [holder, emptier]) await client.connect();
  // The backup's own session has the first of the two, and waits for the second.
  await holder.query("begin; lock table changing.held");
  const made = there.backups.job("backup", "blog");
  await waitsForLock(there.stack, "application_name = 'indie-ventures-backup'");
  const emptied = emptier.query("truncate changing.emptied");
  await waitsForLock(there.stack, "query = 'truncate changing.emptied'");
  await holder.query("commit");
  await emptied;
  const { exitCode, said } = await made;
  for (const client of [holder, emptier]) await client.end();
  await ownerSql(blog!, "drop schema changing cascade");
  expect([exitCode, said]).toEqual([0, expect.stringMatching(/^blog: dumping its database once more: others were about to change a table$[^]*^blog: backup \S+ is proven/m)]);
});

describe("a damaged repository", () => {
  const whole = () => `${there.repository}.whole`;
  const restic = (...args: string[]) => docker("exec", there.backups.name, "restic", "--quiet", ...args);

  beforeEach(async () => {
    await there.backups.done("backup", "blog");
    await execa("cp", ["--archive", there.repository, whole()]);
  });

  afterEach(async () => {
    // The folder itself is mounted.
    await execa("find", [there.repository, "-mindepth", "1", "-delete"]);
    await execa("cp", ["--archive", `${whole()}/.`, there.repository]);
    await execa("rm", ["-r", whole()]);
  });

  /** The one that most of the data is in. */
  async function largestPack(): Promise<string> {
    const files = (await readdir(join(there.repository, "data"), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    const sizes = await Promise.all(files.map(async ({ parentPath, name }) => ({ path: join(parentPath, name), size: (await stat(join(parentPath, name))).size })));
    return sizes.toSorted((one, other) => other.size - one.size)[0]!.path;
  }

  const indexes = async () => (await readdir(join(there.repository, "index"))).map((name) => join(there.repository, "index", name));

  test.each([
    ["a pack is gone", async () => execa("rm", [await largestPack()])],
    ["a pack is cut off", async () => truncate(await largestPack(), 1000)],
    ["an index is gone", async () => execa("rm", await indexes())],
    ["an index is damaged", async () => Promise.all((await indexes()).map(flip))],
  ])("%s: found, and mended as docs/backups.md says", async (_, damage) => {
    const before = await newest();
    await damage();
    expect(await there.backups.job("prove", "blog")).toEqual({ exitCode: 1, said: expect.stringMatching(/is not proven, and does not count|can not be opened/) });
    expect(await newest()).not.toBe(before);
    expect((await there.backups.status()).blog!.lastFailure).toBeDefined();
    expect(await there.backups.job("backup", "blog")).toMatchObject({ exitCode: 1 });
    await restic("repair", "index", "--no-cache");
    await there.backups.done("backup", "blog");
    expect((await newest())! > before!).toBe(true);
  });

  test("bytes of a pack are others: found, and mended as docs/backups.md says", async () => {
    const before = await newest();
    const pack = await largestPack();
    await corruptFile(pack);
    expect(await there.backups.job("prove", "blog")).toMatchObject({ exitCode: 1 });
    expect(await newest()).not.toBe(before);
    await restic("repair", "packs", pack.split("/").at(-1)!);
    await there.backups.done("backup", "blog");
    expect((await newest())! > before!).toBe(true);
  });

  test("a snapshot is damaged: that backup counts no more, and no other is kept from being made", async () => {
    const before = (await newest())!;
    await flip(join(there.repository, "snapshots", await snapshotOf(there.backups, before)));
    await execa("docker", ["exec", there.backups.name, "rm", "-rf", `${STATE}/cache`]);
    expect(await there.backups.done("list")).toContain(`backup ${before} counts no more`);
    expect(await newest()).not.toBe(before);
    await there.backups.done("backup", "blog");
    expect((await newest())! > before).toBe(true);
  });
});
