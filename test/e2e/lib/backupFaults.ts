// The faults that a backup may meet, as tests of the stack that backups.test.ts has: one of each kind. All points: test/long.
import { afterAll, describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { BackupContainer, Fault } from "./backupContainer.ts";
import { ownerSql } from "./clients.ts";
import { eventually } from "./eventually.ts";
import { flip } from "./repository.ts";
import { leftBehind } from "./serverState.ts";
import { SmallDisk } from "./smallDisk.ts";
import { docker, type ProjectOutputs, type TestStack } from "./testStack.ts";

export interface There {
  stack: TestStack;
  backups: BackupContainer;
  outputs: Record<string, ProjectOutputs>;
  /** The folder. */
  repository: string;
}

/**
 * Two moments of a backup of `blog`, which has two that are proven: of three of one day restic's rule keeps the first, while it has fewer days
 * than it should keep, and the last (https://restic.readthedocs.io/en/stable/060_forget.html).
 */
export function backupsCutShort(there: () => There): void {
  describe("a backup that is cut short", () => {
    test("with its container: that puts in order what it left, and what was not proven does not count", async () => {
      const { stack, backups } = there();
      const { provenBackups } = (await backups.status()).blog!;
      await backups.faultAt({ line: "saving dump", after: 200 }, backups.killContainer, "backup", "blog");
      await backups.inOrder();
      expect(await leftBehind(stack, backups)).toEqual([]);
      expect((await backups.status()).blog!.provenBackups).toBe(provenBackups);
    });

    test("while it has the repository to itself: its programs end with it, and the next job does not wait for who is dead", async () => {
      const { stack, backups } = there();
      const whileLocked: Fault = (pid) => docker("exec", backups.name, "bash", "-c", 'until [ -n "$(ls /repository/locks)" ]; do :; done; kill -KILL "$1"', "bash", pid);
      await backups.faultAt({ line: "taking out of the repository" }, whileLocked, "backup", "blog");
      expect((await leftBehind(stack, backups)).filter((left) => left.startsWith("process"))).toEqual([]);
      await backups.done("list");
      expect(await leftBehind(stack, backups)).toEqual([]);
      expect((await backups.status()).blog!.provenBackups).toBe(2);
    });
  });
}

/** Of `blog` there is more than one proven backup. */
export function damagedRepository(there: () => There): void {
  describe("a repository that is damaged", () => {
    test("its config, or a wrong password: no job is done, and it is said", async () => {
      const { backups, repository } = there();
      const back = await flip(join(repository, "config"));
      const damaged = await backups.job("list");
      await back();
      expect(damaged).toEqual({ exitCode: 1, said: expect.stringMatching(/^The repository can not be opened: Fatal: config or key \w+ is damaged/) });
      const { exitCode, all } = await execa("docker", ["exec", "--env", "RESTIC_PASSWORD=wrong", backups.name, "node", "main.ts", "list"], { reject: false, all: true });
      expect([exitCode, all]).toEqual([1, expect.stringContaining("The repository can not be opened: Fatal: wrong password or no key found")]);
    });

    test("a snapshot that is gone: that backup counts no more, and the one before it is the last that does", async () => {
      const { backups, repository } = there();
      const newest = await newestProven(backups, "blog");
      const before = (await backups.status()).blog!;
      const said = await without(join(repository, "snapshots", await snapshotOf(backups, newest)), () => backups.done("list", "blog"));
      expect(said).toContain(`blog: backup ${newest} counts no more: its snapshot "set" is not in the repository, or can not be read there`);
      const { blog: after } = await backups.status();
      expect(after).toMatchObject({ provenBackups: before.provenBackups - 1, lastFailure: { text: expect.stringContaining("counts no more") } });
      expect(after!.lastProvenBackup! < before.lastProvenBackup!).toBe(true);
    });

    test("an index that is gone: what can not be restored is not proven; with it back it is, and the failure is over", async () => {
      const { backups, repository } = there();
      const newest = /^blog +(\S+) +\w+ +NOT PROVEN: its snapshot/m.exec(await backups.done("list", "blog"))![1]!;
      const withoutIndex = await without(join(repository, "index"), async () => {
        await mkdir(join(repository, "index"));
        const ran = await backups.job("prove", "blog", "--backup", newest);
        await rm(join(repository, "index"), { recursive: true });
        return ran;
      });
      expect(withoutIndex).toEqual({ exitCode: 1, said: expect.stringContaining("is not proven, and does not count") });
      await backups.done("prove", "blog", "--backup", newest);
      expect(await newestProven(backups, "blog")).toBe(newest);
      expect((await backups.status()).blog!.lastFailure).toBeUndefined();
    });
  });
}

export const newestProven = async (backups: BackupContainer, project: string): Promise<string> =>
  new RegExp(`^${project} +(\\S+) +\\w+ +proven`, "m").exec(await backups.done("list", project))![1]!;

/** The id of the snapshot with all of a backup. */
export async function snapshotOf({ name }: BackupContainer, backup: string): Promise<string> {
  const found = JSON.parse(await docker("exec", name, "restic", "snapshots", "--json", "--tag", `backup=${backup},part=set`)) as { id: string }[];
  return found.at(-1)!.id;
}

/** Moves a file of the repository away for as long as something is done. */
export async function without<T>(path: string, use: () => Promise<T>): Promise<T> {
  await rename(path, `${path}.away`);
  try {
    return await use();
  } finally {
    await rename(`${path}.away`, path);
  }
}

/** The data of `shop` is as it was before anything happened, and is so again. */
export function fullDisks(there: () => There, everythingOfShop: () => Promise<unknown>): void {
  describe("a disk that is full", () => {
    const disks: { disk: SmallDisk; container: string }[] = [];
    const small = async (container: string, path: string, megabytes: number) => {
      const disk = await SmallDisk.underContainer(container, path, megabytes);
      disks.push({ disk, container });
      return disk;
    };

    afterAll(async () => {
      for (const { disk, container } of disks) await disk.remove(container);
    });

    test("the repository's, in the middle of a backup: it fails, says why, and is noted; with room the same command succeeds", async () => {
      const { backups } = there();
      const { provenBackups, lastProvenBackup } = (await backups.status()).shop!;
      const disk = await small(backups.name, "/repository", 100);
      const middle = await backups.faultAt({ line: "dumping its database" }, () => disk.fill(), "backup", "shop");
      expect(middle).toEqual({ exitCode: 1, said: expect.stringMatching(/shop: FAILED: .*no space left on device.*make room, then run the same command again/) });
      // And where there is none to begin with.
      expect(await backups.job("backup", "shop")).toEqual({ exitCode: 1, said: expect.stringMatching(/the disk of the repository has 0 MB left/) });
      expect((await backups.status()).shop).toMatchObject({ provenBackups, lastProvenBackup, lastFailure: { text: expect.stringContaining("has 0 MB left") } });
      await disk.makeRoom();
      await backups.done("backup", "shop");
      expect((await backups.status()).shop!.lastFailure).toBeUndefined();
    });

    test("the backups' own, in the middle of a proof: the backup counts as before", async () => {
      const { backups } = there();
      const { provenBackups } = (await backups.status()).shop!;
      const disk = await small(backups.name, "/var/lib/indie-ventures", 100);
      const middle = await backups.faultAt({ line: "reading backup" }, () => disk.fill(), "prove", "shop");
      expect(middle).toEqual({ exitCode: 1, said: expect.stringMatching(/could not be proven now: .*make room/) });
      await disk.makeRoom();
      expect((await backups.status()).shop!.provenBackups).toBe(provenBackups);
    });

    test("Postgres', in the middle of a restore: nothing is changed, and with room the same command succeeds", async () => {
      const { stack, backups, outputs } = there();
      await ownerSql(outputs.shop!, "create table much as select repeat(md5(i::text), 30) as text from generate_series(1, 20000) i");
      await backups.done("backup", "shop");
      const before = await everythingOfShop();
      const disk = await small(`iv-${stack.name}-postgres`, "/var/lib/postgresql/data", 700);
      const middle = await backups.faultAt({ line: "restoring the dump into it" }, () => disk.fill(), "restore", "shop", "--without-safety-backup");
      expect(middle).toEqual({ exitCode: 1, said: expect.stringMatching(/run the same command again/) });
      await disk.makeRoom();
      // Postgres may have started anew, and services find it again by themselves.
      await eventually(everythingOfShop, before);
      await backups.done("restore", "shop", "--without-safety-backup");
      expect(await leftBehind(stack, backups)).toEqual([]);
      await eventually(everythingOfShop, before);
      await ownerSql(outputs.shop!, "drop table much");
      await backups.done("backup", "shop");
    });
  });
}

/** As the update does it, and killed when the database is closed already and nobody has noted that. The update goes on from there. */
export async function cutRemovalShort({ stack, backups }: There): Promise<void> {
  await stack.sql("postgres", "select format('alter role %I nologin', rolname) from pg_roles where rolname like 'old\\_%' \\gexec");
  await backups.killAt("closing its database", "remove", "old");
  await stack.sql("postgres", "alter database old allow_connections false");
}
