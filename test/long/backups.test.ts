// Every phase of every job of the backup container, cut short in every way (facts/ops.md §6, T-KILLSCRIPT). The phases are those that an undisturbed
// run says, so that one that is added later is tested by itself.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { BackupContainer, type Fault, type JobRan } from "../e2e/lib/backupContainer.ts";
import { createTables, ownerSql, supabase } from "../e2e/lib/clients.ts";
import { contentOf, leftBehind } from "../e2e/lib/serverState.ts";
import { docker, type ProjectOutputs, TestStack } from "../e2e/lib/testStack.ts";

const PROJECTS = `defaults: { backups: { schedule: off }, services: { realtime: off, studio: off } }
projects:
  - { name: blog, architecture: shared }
  - { name: copy, architecture: shared }
  - { name: old, architecture: shared }
`;

let stack: TestStack;
let backups: BackupContainer;
let outputs: Record<string, ProjectOutputs>;
let repository: string;
/** What each project has in its backup, and what it has otherwise. */
const saved: Record<string, string> = {};

const STATE = "/var/lib/indie-ventures";
const contentOfProject = (name: string) => contentOf(stack, backups, name);

beforeAll(async () => {
  repository = join((await execa("mktemp", ["--directory", "--tmpdir", "indie-ventures-long-repository-XXXXXX"])).stdout, "repository");
  await mkdir(repository);
  stack = await TestStack.create(PROJECTS, { protectData: "true", backupRepository: repository, backupPassword: "a password of the repository" });
  await stack.up();
  backups = new BackupContainer(stack);
  outputs = await stack.outputs();
  const awkward = await readFile(new URL("../e2e/lib/awkward.sql", import.meta.url), "utf8");
  await createTables(outputs.blog!);
  await ownerSql(outputs.blog!, awkward);
  for (const name of ["blog", "old"]) {
    await ownerSql(outputs[name]!, "create table kept as select i, repeat(md5(i::text), 50) as text from generate_series(1, 2000) i");
    const { storage } = supabase(outputs[name]!.url, outputs[name]!.serviceRoleKey);
    expect((await storage.createBucket("pictures")).error).toBeNull();
    expect((await storage.from("pictures").upload("one.bin", Buffer.alloc(1_000_000, name))).error).toBeNull();
    saved[name] = await contentOfProject(name);
  }
}, 600_000);

afterAll(async () => {
  await stack?.remove();
  if (repository) await execa("rm", ["-rf", join(repository, "..")]);
}, 120_000);

/** What the project has is no more what is in its backup, in its database and in its files. */
async function change(name: string): Promise<string> {
  if ((await contentOfProject(name)) !== saved[name]) return contentOfProject(name);
  await ownerSql(outputs[name]!, "delete from kept where i > 1000; create table too_much (i int)");
  const { storage } = supabase(outputs[name]!.url, outputs[name]!.serviceRoleKey);
  await storage.from("pictures").remove(["one.bin"]);
  await storage.from("pictures").upload("other.bin", Buffer.alloc(1000, name));
  const changed = await contentOfProject(name);
  expect(changed).not.toBe(saved[name]);
  return changed;
}

const linesOf = (ran: string): string[] => ran.split("\n").filter((line) => /^[a-z-]+: /.test(line));

/** How many phases a job has, by a run that nothing happens to. */
async function phases(...words: string[]): Promise<number> {
  const { exitCode, stdout } = await execa("docker", ["exec", backups.name, "node", "main.ts", ...words]);
  expect(exitCode).toBe(0);
  return linesOf(stdout).length;
}

interface Cut {
  words: string[];
  /** Which phase. */
  line: number;
  fault: Fault;
  /** Databases that are closed for good. */
  closed?: string[];
}

/** Cuts a job short and looks at what is left once the container, or the next command, has put it in order. */
async function cutShort({ words, line, fault, closed }: Cut): Promise<JobRan> {
  const before = await newestProven();
  const ran = await backups.faultAt({ line, after: (line % 3) * 150 }, fault, ...words);
  if (fault === backups.killJob) await backups.done("list");
  else await backups.inOrder();
  expect(await leftBehind(stack, backups, closed)).toEqual([]);
  // A half one does not count, and takes no good one away.
  const now = await newestProven();
  for (const [project, id] of before) expect(now.get(project)! >= id).toBe(true);
  if (!ran.said.includes("writing down in the repository")) expect(now).toEqual(before);
  return ran;
}

/** Of each project the newest backup that counts. */
async function newestProven(): Promise<Map<string, string>> {
  const found = (await backups.done("list")).matchAll(/^(\S+) +(\S+) +\S+ +proven /gm);
  // The newest of a project stands first.
  return new Map([...found].map(([, project, id]) => [project!, id!] as const).toReversed());
}

/** Each phase, cut short by each of the faults in turn, or by all of them. */
async function everyPhase(words: string[], count: number, faults: Fault[], each: (cut: Cut) => Promise<void>): Promise<void> {
  for (let line = 0; line < count; line++) await each({ words, line, fault: faults[line % faults.length]! });
}

const restartPostgres: Fault = () => docker("restart", "--time", "0", `iv-${stack.name}-postgres`);
const killScratch: Fault = async () => {
  await docker("kill", `iv-${stack.name}-scratch`);
  await docker("start", `iv-${stack.name}-scratch`);
};

describe("a backup", () => {
  const words = ["backup", "blog"];
  let count: number;

  test("undisturbed", async () => {
    await phases(...words);
    // From the second one on, there is one that is kept no longer.
    count = await phases(...words);
    expect(count).toBeGreaterThan(12);
  }, 300_000);

  test.each([
    ["its process alone is killed", () => backups.killJob],
    ["the container is killed", () => backups.killContainer],
    ["Postgres restarts", () => restartPostgres],
    ["the scratch Postgres is killed", () => killScratch],
  ])("in every phase %s", async (_, fault) => {
    await everyPhase(words, count, [fault()], async (cut) => {
      const { exitCode, said } = await cutShort(cut);
      // What fails says why, in our words.
      if (exitCode === 1) expect(said).toMatch(/run the same command again|went away in the middle/);
      expect(await contentOfProject("blog")).toBe(saved.blog);
      await backups.done(...words);
    });
    await backups.done("prove", "blog");
  }, 3_600_000);
});

describe("a restore", () => {
  /** Neither the one nor the other is no state that the project may be in. */
  const eachPhase = (name: string, words: string[], count: number, faults: Fault[]) =>
    everyPhase(words, count, faults, async (cut) => {
      const changed = await change(name);
      await cutShort(cut);
      expect([saved[name], changed]).toContain(await contentOfProject(name));
      if (words.includes("--dry-run")) expect(await contentOfProject(name)).toBe(changed);
      await backups.done(...words);
      expect(await contentOfProject(name)).toBe(words.includes("--dry-run") ? changed : saved[name]);
    });

  test.each([
    ["its process alone is killed", () => backups.killJob],
    ["the container is killed", () => backups.killContainer],
    ["Postgres restarts", () => restartPostgres],
  ])("over the project: in every phase %s", async (_, fault) => {
    const words = ["restore", "blog", "--without-safety-backup"];
    await eachPhase("blog", words, await phases(...words), [fault()]);
  }, 3_600_000);

  test("with its safety backup, killed in every phase", async () => {
    const words = ["restore", "blog"];
    await eachPhase("blog", words, await phases(...words), [backups.killJob, backups.killContainer]);
  }, 3_600_000);

  test("--dry-run, killed in every phase", async () => {
    const words = ["restore", "blog", "--dry-run"];
    await eachPhase("blog", words, await phases(...words), [backups.killContainer, backups.killJob]);
    await backups.done("restore", "blog", "--without-safety-backup");
  }, 3_600_000);

  test.each([
    ["killed in every phase", () => [backups.killJob, backups.killContainer]],
    ["the scratch Postgres is killed in every phase", () => [killScratch]],
  ])("of another project's backup: %s", async (_, faults) => {
    const words = ["restore", "copy", "--from", "blog", "--without-safety-backup"];
    const count = await phases(...words);
    saved.copy ??= await contentOfProject("copy");
    await eachPhase("copy", words, count, faults());
  }, 3_600_000);

  test("taken back, killed in every phase", async () => {
    await change("blog");
    await backups.done("restore", "blog");
    const count = await phases("rollback", "blog");
    await everyPhase(["rollback", "blog"], count, [backups.killJob, backups.killContainer], async (cut) => {
      const changed = await change("blog");
      await backups.done("restore", "blog");
      await cutShort(cut);
      const now = await contentOfProject("blog");
      expect([saved.blog, changed]).toContain(now);
      // It had gone through: then it is what was taken back.
      if (now === saved.blog) await backups.done("rollback", "blog");
      expect(await contentOfProject("blog")).toBe(changed);
    });
    await backups.done("restore", "blog", "--without-safety-backup");
  }, 3_600_000);
});

describe("a removal", () => {
  /** As `state: removed` has it (components/projectDatabase.ts). */
  const logins = (on: boolean) =>
    stack.sql("postgres", `select format('alter role %I ${on ? "login" : "nologin"}', rolname) from pg_roles where rolname like 'old\\_%' \\gexec`);
  const open = () => stack.sql("postgres", "alter database old allow_connections true");
  /** As `state: present` does (components/backups.ts, BRING_BACK). */
  const bringBack = async () => {
    await docker("exec", backups.name, "sh", "-c", `rm -f ${STATE}/removals/old.json && node main.ts status`);
    await open();
  };

  test("killed in every phase: goes on, loses nothing, and can be taken back", async () => {
    await logins(false);
    const count = await phases("remove", "old");
    expect(count).toBeGreaterThan(12);
    await bringBack();
    await everyPhase(["remove", "old"], count, [backups.killJob, backups.killContainer], async (cut) => {
      await cutShort({ ...cut, closed: ["old"] });
      await backups.done("remove", "old");
      expect((await backups.status()).old!.removal!.phase).toBe("locked");
      await bringBack();
      expect(await contentOfProject("old")).toBe(saved.old);
    });
    await backups.done("remove", "old");
  }, 3_600_000);

  test("the purge after it, killed in every phase: nothing goes before its backup is proven once more; then all of it", async () => {
    // Not run undisturbed: it can be done once only. Each is killed one phase later than the last, and the last ends it.
    for (let line = 0; ; line++) {
      const fault = line % 2 === 0 ? backups.killJob : backups.killContainer;
      const ended = await cutShort({ words: ["purge", "old"], line, fault, closed: ["old"] }).catch((error: Error) => error);
      if (ended instanceof Error) {
        // It ended before it said so much.
        expect(ended.message).toContain("it ended before it said");
        break;
      }
      const isThere = (await stack.sql("postgres", "select 1 from pg_database where datname = 'old'")) === "1";
      const { phase } = (await backups.status()).old!.removal!;
      expect(isThere || phase !== "locked").toBe(true);
      if (!isThere) break;
      if (phase !== "locked") continue;
      await open();
      expect(await contentOfProject("old")).toBe(saved.old);
      await stack.sql("postgres", "alter database old allow_connections false");
    }
    await backups.done("purge", "old");
    expect((await backups.status()).old!.removal!.phase).toBe("purged");
    expect(await stack.sql("postgres", "select datname from pg_database where datname = 'old'")).toBe("");
    expect(await docker("exec", backups.name, "find", "/var/lib/storage/files/old", "-mindepth", "1")).toBe("");
    await backups.done("prove", "old");
  }, 3_600_000);
});
