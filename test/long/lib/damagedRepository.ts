import { beforeAll, describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { BackupContainer } from "../../e2e/lib/backupContainer.ts";
import type { There } from "../../e2e/lib/backupFaults.ts";
import { corrupt, flip } from "../../e2e/lib/repository.ts";
import { contentOf } from "../../e2e/lib/serverState.ts";
import { docker } from "../../e2e/lib/testStack.ts";

/** All backups of `blog` that there ever were are in the repository, and one of them is proven. */
export function damagedRepository(there: () => There): void {
  describe("a repository that is damaged", () => {
    beforeAll(async () => {
      await there().backups.done("backup", "blog");
    });

    test("its config, or a wrong password: no job is done, and it is said", async () => {
      const { backups, repository } = there();
      const back = await flip(join(repository, "config"));
      const damaged = await backups.job("list");
      await back();
      expect(damaged).toEqual({ exitCode: 1, said: expect.stringMatching(/^The repository can not be opened: Fatal: config or key \w+ is damaged/) });
      const { exitCode, all } = await execa("docker", ["exec", "--env", "RESTIC_PASSWORD=wrong", backups.name, "node", "main.ts", "list"], { reject: false, all: true });
      expect([exitCode, all]).toEqual([1, expect.stringContaining("The repository can not be opened: Fatal: wrong password or no key found")]);
    });

    test.each([["with its safety backup", []], ["without", ["--without-safety-backup"]]])("its data: no restore goes on, %s, and the project is as it was", async (_, options) => {
      const { stack, backups, repository } = there();
      const before = await contentOf(stack, backups, "blog");
      const back = await corrupt(repository);
      const { exitCode, said } = await backups.job("restore", "blog", ...options);
      await back();
      expect([exitCode, said.includes("phase out")]).toEqual([1, false]);
      expect(await contentOf(stack, backups, "blog")).toBe(before);
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

const newestProven = async (backups: BackupContainer, project: string): Promise<string> =>
  new RegExp(`^${project} +(\\S+) +\\w+ +proven`, "m").exec(await backups.done("list", project))![1]!;

/** The id of the snapshot with all of a backup. */
export async function snapshotOf({ name }: BackupContainer, backup: string): Promise<string> {
  const found = JSON.parse(await docker("exec", name, "restic", "snapshots", "--json", "--tag", `backup=${backup},part=set`)) as { id: string }[];
  return found.at(-1)!.id;
}

/** Moves a file of the repository away for as long as something is done. */
async function without<T>(path: string, use: () => Promise<T>): Promise<T> {
  await rename(path, `${path}.away`);
  try {
    return await use();
  } finally {
    await rename(`${path}.away`, path);
  }
}
