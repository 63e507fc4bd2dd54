// The faults that a backup may meet, as tests of the stack that backups.test.ts has: one of each kind. All points: test/long.
import { afterAll, describe, expect, test } from "@jest/globals";
import type { BackupContainer, Fault } from "./backupContainer.ts";
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
 * Moments of a backup of `blog`, which has two that are proven: of three of one day restic's rule keeps the first, while it has fewer days
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

    test("while the scratch Postgres starts: the next job has one", async () => {
      const { stack, backups } = there();
      await backups.faultAt({ line: "starting a scratch Postgres", after: 300 }, backups.killJob, "prove", "blog");
      await backups.done("prove", "blog");
      expect(await leftBehind(stack, backups)).toEqual([]);
    });

    test("while it has the repository to itself: its programs end with it, and the next job does not wait for who is dead", async () => {
      const { stack, backups } = there();
      const whileLocked: Fault = (pid) => docker("exec", backups.name, "bash", "-c", 'until [ -n "$(ls /repository/locks)" ]; do :; done; kill -KILL "$1"', "bash", pid);
      await backups.faultAt({ line: "taking out of the repository" }, whileLocked, "backup", "blog");
      // Others are the container's own: it begins at any time to put in order what was left.
      expect((await leftBehind(stack, backups)).filter((left) => /^process restic .*\b(?:forget|prune)\b/.test(left))).toEqual([]);
      await backups.done("list");
      expect(await leftBehind(stack, backups)).toEqual([]);
      expect((await backups.status()).blog!.provenBackups).toBe(2);
    });
  });
}

export function fullDisks(there: () => There): void {
  describe("a disk that is full", () => {
    const disks: SmallDisk[] = [];
    const small = async (path: string) => {
      const disk = await SmallDisk.underContainer(there().backups.name, path, 100);
      disks.push(disk);
      return disk;
    };

    afterAll(async () => {
      for (const disk of disks) await disk.remove(there().backups.name);
    });

    test("the repository's, in the middle of a backup: it fails, says why, and is noted; with room the same command succeeds", async () => {
      const { backups } = there();
      const { provenBackups, lastProvenBackup } = (await backups.status()).shop!;
      const disk = await small("/repository");
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
      const disk = await small("/var/lib/indie-ventures");
      const middle = await backups.faultAt({ line: "reading backup" }, () => disk.fill(), "prove", "shop");
      expect(middle).toEqual({ exitCode: 1, said: expect.stringMatching(/could not be proven now: .*make room/) });
      await disk.makeRoom();
      expect((await backups.status()).shop!.provenBackups).toBe(provenBackups);
    });
  });
}

/** As the update does it, and killed when the database is closed already and nobody has noted that. The update goes on from there. */
export async function cutRemovalShort({ stack, backups }: There): Promise<void> {
  await stack.sql("postgres", "select format('alter role %I nologin', rolname) from pg_roles where rolname like 'old\\_%' \\gexec");
  await backups.killAt("closing its database", "remove", "old");
  await stack.sql("postgres", "alter database old allow_connections false");
}
