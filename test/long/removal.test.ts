import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { execa } from "execa";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { BackupContainer } from "../e2e/lib/backupContainer.ts";
import { createTables, ownerSql, supabase } from "../e2e/lib/clients.ts";
import { putInOrder } from "../e2e/lib/killAndRecover.ts";
import { corrupt, takeAway } from "../e2e/lib/repository.ts";
import { type ProjectOutputs, TestStack } from "../e2e/lib/testStack.ts";

// T-DROP (facts/ops.md §6): whatever a person does while a project is taken away, its data is there until a proven backup lets it go. One story:
// each part begins where the one before it left the server.

const entry = (state = ""): string => `defaults: { backups: { schedule: off } }\nprojects:\n  - { name: blog, architecture: shared${state} }\n`;
const REMOVED = entry(", state: removed");
const NONE = "projects: []\n";
const BYTES = Buffer.from("a file of blog's");

let stack: TestStack;
let backups: BackupContainer;
let repository: string;
let blog: ProjectOutputs;
/** Made by hand while it was in use. */
let early: string;

beforeAll(async () => {
  const { stdout } = await execa("mktemp", ["--directory", "--tmpdir", "indie-ventures-long-repository-XXXXXX"]);
  repository = join(stdout, "repository");
  await mkdir(repository);
  stack = await TestStack.create(entry(), { protectData: "true", backupRepository: repository, backupPassword: "a password of the repository" });
  await stack.up();
  backups = new BackupContainer(stack);
  blog = (await stack.outputs()).blog!;
  await createTables(blog);
  const { storage } = supabase(blog.url, blog.serviceRoleKey);
  expect((await storage.createBucket("pictures")).error).toBeNull();
  expect((await storage.from("pictures").upload("one.bin", BYTES)).error).toBeNull();
  [early] = /\d{8}T\d{6}Z/.exec(await backups.done("backup", "blog"))!;
  await ownerSql(blog, "insert into hits (client) values ('keep me')");
});

afterAll(async () => {
  await stack?.remove();
  if (repository) await execa("rm", ["-rf", join(repository, "..")]);
});

const failed = async (run: Promise<unknown>): Promise<string> =>
  run.then(
    () => {
      throw new Error("it should have failed");
    },
    (error: { all?: unknown }) => String(error.all),
  );
const phase = async (): Promise<string | undefined> => (await backups.status()).blog?.removal?.phase;
const isOpen = () => stack.sql("postgres", "select datallowconn from pg_database where datname = 'blog'");

/** The database can be read, and its files; afterwards both are as they were. */
async function stillThere(): Promise<void> {
  const open = await isOpen();
  expect(open).not.toBe("");
  await stack.sql("postgres", "alter database blog allow_connections true");
  const rows = await stack.sql("blog", "select client from public.hits");
  await stack.sql("postgres", `alter database blog allow_connections ${open === "t"}`);
  expect(rows).toBe("keep me");
  const { stdout } = await execa("docker", ["exec", backups.name, "sh", "-c", "cat $(find /var/lib/storage/files/blog -type f)"]);
  expect(stdout).toBe(String(BYTES));
}

/** It works as before, with the keys of before. */
async function isWhole(): Promise<void> {
  expect((await stack.outputs()).blog).toEqual(blog);
  expect((await ownerSql(blog, "select client from hits")).rows).toEqual([{ client: "keep me" }]);
  const { data } = await supabase(blog.url, blog.serviceRoleKey).storage.from("pictures").download("one.bin");
  expect(Buffer.from(await data!.arrayBuffer())).toEqual(BYTES);
}

const resources = async (): Promise<{ urn: string }[]> => {
  const { stdout } = await stack.pulumi(["stack", "export"]);
  return (JSON.parse(String(stdout)) as { deployment: { resources: { urn: string }[] } }).deployment.resources;
};
const urnOf = async (end: string): Promise<string> => (await resources()).find(({ urn }) => urn.endsWith(end))!.urn;

test.each([
  ["gone", takeAway, /The repository is gone[^]*Put it back/],
  ["corrupted", corrupt, /is not proven, so nothing of it is deleted, and it stays off\. Mend that, then run the same command again; or write state: present/],
] as const)("a removal with the repository %s fails and deletes nothing, and the project comes back without it", async (_, spoil, says) => {
  await stack.writeProjects(REMOVED);
  const back = await spoil(repository);
  try {
    expect(await failed(stack.up())).toMatch(says);
    expect(await phase()).not.toBe("locked");
    await stillThere();
    await stack.writeProjects(entry());
    await stack.up();
    await isWhole();
  } finally {
    await back();
  }
});

test("with the repository back the same word takes it away", async () => {
  await stack.writeProjects(REMOVED);
  await stack.up();
  expect([await phase(), await isOpen()]).toEqual(["locked", "f"]);
  await stillThere();
});

const inContainer = (script: string, ...words: string[]) => execa("docker", ["exec", backups.name, "node", "-e", script, ...words]);
/** Changes a file of the container's, and gives what puts it back. */
async function changed(file: string, script: string): Promise<() => Promise<void>> {
  const path = `/var/lib/indie-ventures/${file}`;
  const { stdout } = await execa("docker", ["exec", backups.name, "cat", path]);
  await inContainer(`const fs = require("fs"), path = process.argv[1], value = JSON.parse(fs.readFileSync(path)); ${script}; fs.writeFileSync(path, JSON.stringify(value))`, path);
  return async () => {
    await execa("docker", ["exec", "-i", backups.name, "sh", "-c", 'cat > "$1"', "sh", path], { input: stdout });
  };
}
const final = async () => /^blog +(\S+) +final/m.exec(await backups.done("list", "blog"))![1]!;

test.each<[string, () => Promise<() => Promise<void>>, RegExp]>([
  ["is gone", () => takeAway(repository), /The repository is gone/],
  ["is corrupted", () => corrupt(repository), /is not proven, so nothing is deleted/],
  [
    "restores to something else than was measured",
    async () => changed(`catalog/blog/${await final()}.json`, 'value.measure.tables["public.hits"].checksum = "1"'),
    /is not proven, so nothing is deleted: table public\.hits has other rows/,
  ],
  [
    "is not the dump that was written",
    async () => changed(`catalog/blog/${await final()}.json`, 'value.dump.sha256 = "0".repeat(64)'),
    /is not proven, so nothing is deleted: .*the dump in the repository is not the one that was written/,
  ],
  ["is older than the last session", () => changed("removals/blog.json", `value.backup = ${JSON.stringify(early)}`), /is older than its last session: nothing is deleted/],
])("a purge whose backup %s is refused", async (_, spoil, says) => {
  const back = await spoil();
  const { exitCode, said } = await backups.job("purge", "blog");
  await back();
  expect([exitCode, said]).toEqual([1, expect.stringMatching(says)]);
  expect(await phase()).toBe("locked");
  await stillThere();
  // It was found, and counts no more until it is proven again.
  await backups.done("prove", "blog", "--backup", await final());
});

test("destroy, an entry that goes too early, a replacement: each is refused, and all stays", async () => {
  const before = await stack.ours();
  expect(await failed(stack.pulumi(["destroy", "--yes", "--skip-preview"]))).toContain("this stack protects its data");
  await stack.writeProjects(NONE);
  expect(await failed(stack.pulumi(["preview"]))).toMatch(/"blog" is gone from the file[^]*npm run indie -- purge blog/);
  await stack.writeProjects(REMOVED);
  // It is not protected any more, so that it can be forgotten; Postgres has but one of the name.
  const database = await urnOf(":Database::blog");
  expect(await failed(stack.pulumi(["up", "--yes", "--skip-preview", "--target-replace", database]))).toMatch(/database "blog" already exists/);
  expect(await stack.ours()).toEqual(before);
  expect([await phase(), await isOpen()]).toEqual(["locked", "f"]);
  await stillThere();
});

test("taken out of the state while it is locked, it comes back into it, shut as it was; so it is after a refresh", async () => {
  await stack.pulumi(["state", "delete", await urnOf(":Database::blog"), "--yes", "--force", "--target-dependents"]);
  expect(await failed(stack.up())).toMatch(/database "blog" already exists/);
  await stillThere();
  expect((await putInOrder(stack)).join()).toMatch(/taken back into Pulumi's state, which had lost them: database blog/);
  await stack.up();
  expect([await phase(), await isOpen()]).toEqual(["locked", "f"]);
  await stack.pulumi(["up", "--yes", "--skip-preview", "--refresh"]);
  expect([await phase(), await isOpen()]).toEqual(["locked", "f"]);
  await stillThere();
  await stack.pulumi(["preview", "--expect-no-changes"]);
});

test("the protection taken off while it is locked: it stays, locked, and so does its backup; on again, it comes back whole", async () => {
  await stack.configure({ protectData: "false" });
  await stack.up();
  expect([await phase(), await isOpen()]).toEqual(["locked", "f"]);
  await stillThere();
  expect(await backups.done("list", "blog")).toMatch(/^blog +\S+ +final +proven/m);
  await stack.configure({ protectData: "true" });
  await stack.writeProjects(entry());
  await stack.up();
  await isWhole();
});

test("what the backups are told of it, replaced by a target: they know it, and back it up", async () => {
  await stack.pulumi(["up", "--yes", "--skip-preview", "--target-replace", await urnOf(":Command::blog-backup")]);
  expect(await backups.done("backup", "blog")).toContain("is proven");
  await isWhole();
});

test("purged, and a project of the same name made: it is a new one, and the old one's last backup can become its", async () => {
  await stack.writeProjects(REMOVED);
  await stack.up();
  await backups.done("purge", "blog");
  expect(await isOpen()).toBe("");
  // Its entry may stay as long as it likes: it is no new project's.
  await stack.up();
  await stack.pulumi(["preview", "--expect-no-changes"]);
  await stack.writeProjects(entry());
  expect(await failed(stack.pulumi(["preview"]))).toContain('"blog" was purged');
  await stack.writeProjects(NONE);
  await stack.up();
  await stack.writeProjects(entry());
  await stack.up();
  const anew = (await stack.outputs()).blog!;
  expect(anew.anonKey).not.toBe(blog.anonKey);
  expect((await ownerSql(anew, "select to_regclass('hits') as there")).rows).toEqual([{ there: null }]);
  expect(await backups.done("restore", "blog", "--without-safety-backup")).toContain("it has other keys than the backup");
  expect((await ownerSql(anew, "select client from hits")).rows).toEqual([{ client: "keep me" }]);
});

test("with no protection a removed project's data goes with its entry, and its proven backup stays", async () => {
  await stack.writeProjects(REMOVED);
  await stack.configure({ protectData: "false" });
  await stack.up();
  const last = await final();
  await stack.writeProjects(NONE);
  await stack.up();
  expect(await isOpen()).toBe("");
  expect(await backups.done("prove", "blog", "--backup", last)).toContain(`backup ${last} is proven`);
});

test("with no protection the entry of one that was purged may go, too", async () => {
  await stack.writeProjects(entry());
  await stack.up();
  await stack.writeProjects(REMOVED);
  await stack.up();
  await backups.done("purge", "blog");
  await stack.writeProjects(NONE);
  await stack.up();
  expect([await isOpen(), await stack.sql("postgres", "select rolname from pg_roles where rolname like 'blog%'")]).toEqual(["", ""]);
  await stack.pulumi(["preview", "--expect-no-changes"]);
});
