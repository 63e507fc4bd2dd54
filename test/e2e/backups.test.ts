import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { BackupContainer } from "./lib/backupContainer.ts";
import { backupsCutShort, cutRemovalShort, damagedRepository, flip, fullDisks } from "./lib/backupFaults.ts";
import { createTables, ownerSql, supabase } from "./lib/clients.ts";
import { docker, type ProjectOutputs, TestStack } from "./lib/testStack.ts";
import { Writer } from "./lib/writer.ts";

const NAMES = ["blog", "shop"] as const;
type Name = (typeof NAMES)[number];

/** A third one is there to be purged. */
const OLD = "  - { name: old, architecture: shared, state: removed }\n";
const projects = (blog = ""): string => `defaults: { backups: { schedule: off } }
projects:
  - { name: blog, architecture: shared${blog} }
  - { name: shop, architecture: isolated, services: { studio: off } }
`;

let stack: TestStack;
let backups: BackupContainer;
let outputs: Record<Name, ProjectOutputs>;
/** A folder that outlives the stack's volumes. */
let repository: string;
/** Of users who signed in before anything happened. */
const tokens = {} as Record<Name, string>;

/** What each had before anything happened. */
const before = {} as Record<Name, unknown>;
/** What was seen while the first backups were made. */
const first = { said: "", failures: [] as string[] };

const PASSWORD = "a password of before";
const BYTES = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251));

/** For the tests that have a file of their own. */
const there = () => ({ stack, backups, outputs, repository });

async function newStack(text: string): Promise<TestStack> {
  const made = await TestStack.create(text, { protectData: "true", backupRepository: repository, backupPassword: "a password of the repository" });
  return made;
}

beforeAll(async () => {
  repository = join(await mkdtemp(), "repository");
  await mkdir(repository);
  stack = await newStack(projects() + OLD.replace(", state: removed", ""));
  await stack.up();
  backups = new BackupContainer(stack);
  outputs = (await stack.outputs()) as Record<Name, ProjectOutputs>;
  const awkward = await readFile(new URL("lib/awkward.sql", import.meta.url), "utf8");
  for (const name of NAMES) {
    const project = outputs[name];
    await createTables(project);
    await ownerSql(project, awkward);
    await ownerSql(project, `alter role ${name}_owner in database ${name} set search_path = '"$user"', public, extensions; alter database ${name} set work_mem = '5MB'`);
    const client = supabase(project.url, project.anonKey);
    const { data, error } = await client.auth.signUp({ email: `me@${name}.example.com`, password: PASSWORD });
    expect(error).toBeNull();
    tokens[name] = data.session!.access_token;
    const storage = supabase(project.url, project.serviceRoleKey).storage;
    expect((await storage.createBucket("pictures")).error).toBeNull();
    expect((await storage.from("pictures").upload(`a folder/of ${name}.bin`, BYTES, { contentType: "image/x-own", cacheControl: "77" })).error).toBeNull();
    before[name] = await everythingOf(name);
  }
  await ownerSql((await stack.outputs()).old!, "create table kept as select 42 as answer");
  const writers = NAMES.map((name) => new Writer(outputs[name], "during"));
  first.said = await backups.done("backup", ...NAMES);
  for (const writer of writers) await writer.stop();
  first.failures = writers.flatMap(({ failures }) => failures);
}, 600_000);

afterAll(async () => {
  await stack?.remove();
  if (repository) await execa("rm", ["-rf", join(repository, "..")]);
}, 120_000);

async function mkdtemp(): Promise<string> {
  return (await execa("mktemp", ["--directory", "--tmpdir", "indie-ventures-e2e-repository-XXXXXX"])).stdout;
}

/** All that a project's people would miss, told in a form that can be compared. */
async function everythingOf(name: Name): Promise<unknown> {
  const project = outputs[name];
  const client = supabase(project.url, project.anonKey);
  const session = await client.auth.signInWithPassword({ email: `me@${name}.example.com`, password: PASSWORD });
  const object = await fetch(`${project.url}/storage/v1/object/pictures/a%20folder/of%20${name}.bin`, { headers: { apikey: project.anonKey, authorization: `Bearer ${tokens[name]}` } });
  const query = async (text: string) => (await ownerSql(project, text)).rows;
  return {
    signIn: session.error,
    oldToken: (await client.auth.getUser(tokens[name])).data.user?.email,
    notes: (await client.from("notes").select("body")).data,
    // A role that may not is told so, and one that may sees it.
    denied: (await client.from("open_notes").select("body")).error?.code ?? "none",
    object: [object.status, object.headers.get("content-type"), object.headers.get("cache-control"), Buffer.from(await object.arrayBuffer()).equals(BYTES)],
    moods: await query("select m, p, g from moods"),
    weird: await query(`select * from "we""ird\nname"."ta'ble" order by 1`),
    sequence: await query("select last_value, is_called from counter"),
    large: await query("select convert_from(lo_get(4711), 'UTF8') as text"),
    settings: await query("select current_setting('work_mem') as memory, current_setting('search_path') as path"),
    grants: await query("select relname, a::text as acl from pg_class, unnest(relacl) as a where relnamespace = 'public'::regnamespace order by 1, 2"),
    defaults: await query("select defaclrole::regrole::text, defaclobjtype, defaclnamespace::regnamespace::text, a::text as acl from pg_default_acl, unnest(defaclacl) as a order by 1, 2, 3, 4"),
    owners: await query("select c.oid::regclass::text as name, relowner::regrole::text from pg_class c where relnamespace::regnamespace::text in ('auth', 'storage', 'realtime') and relkind in ('r', 'p') order by 1"),
    policies: await query("select schemaname, tablename, policyname, roles::text, qual from pg_policies order by 1, 2, 3"),
    extensions: await query("select extname, extowner::regrole::text from pg_extension order by 1"),
    published: await query("select pubname, schemaname, tablename from pg_publication_tables order by 1, 2, 3"),
    rows: await query("select client from hits order by id"),
  };
}

describe("a backup", () => {
  test("of all projects, while both are written to: no request fails, each is proven, and the copy is a state that existed", async () => {
    expect(first.failures).toEqual([]);
    for (const name of NAMES) expect(first.said).toMatch(new RegExp(`^${name}: backup \\d{8}T\\d{6}Z is proven: restored in [\\d.]+ s and compared$`, "m"));
    for (const name of NAMES) await ownerSql(outputs[name], "delete from hits");
    // A state that existed has the rows up to one of them, and none behind it.
    await backups.done("restore", ...NAMES, "--without-safety-backup");
    for (const name of NAMES) {
      const { rows } = await ownerSql(outputs[name], "select substr(client, 8)::int as index from hits order by 1");
      expect(rows.map(({ index }) => index)).toEqual(rows.map((_, index) => index));
      expect(rows.length).toBeGreaterThan(0);
      await ownerSql(outputs[name], "delete from hits");
      expect(await everythingOf(name)).toEqual(before[name]);
    }
  }, 300_000);

  test("the outputs say when the last one was proven, and no update is needed for that", async () => {
    await stack.pulumi(["up", "--yes", "--skip-preview", "--expect-no-changes"]);
    const now = await stack.allOutputs();
    for (const name of NAMES) {
      expect(Date.parse(now[name]!.backups.lastProvenRestore!)).toBeGreaterThan(Date.now() - 600_000);
      expect(now[name]!.backups.provenBackups).toBe(1);
    }
  }, 120_000);

  test("with an object that a superuser owns and the image has not: refused by name, and it does not count", async () => {
    await stack.sql("blog", "create function public.of_superuser() returns int language sql as 'select 1'");
    const { exitCode, said } = await backups.job("backup", "blog");
    await stack.sql("blog", "drop function public.of_superuser()");
    expect(exitCode).toBe(1);
    expect(said).toContain('it holds what is neither the project\'s nor the image\'s: "FUNCTION public of_superuser()" of "supabase_admin"');
    expect((await backups.status()).blog!.provenBackups).toBe(1);
  }, 120_000);

  test("with an object of Storage that has no file: it does not count, and says which", async () => {
    await stack.sql("shop", "insert into storage.objects (bucket_id, name, version) values ('pictures', 'lost', 'v1')");
    const { exitCode, said } = await backups.job("backup", "shop");
    await stack.sql("shop", "set session_replication_role = replica; delete from storage.objects where name = 'lost'");
    expect(exitCode).toBe(1);
    expect(said).toContain("1 objects of Storage have no file in the backup, such as \"pictures/lost/v1\"");
  }, 120_000);

  test("a flipped byte in the repository is found, and the backup counts no more until it is whole again", async () => {
    const packs = (await readdir(join(repository, "data"), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    const flipped = await Promise.all(packs.map(({ parentPath, name }) => flip(join(parentPath, name))));
    const proven = /^blog +(\S+) +manual +proven/m.exec(await backups.done("list", "blog"))![1]!;
    const { exitCode, said } = await backups.job("prove", "blog", "--backup", proven);
    for (const back of flipped) await back();
    expect([exitCode, said]).toEqual([1, expect.stringContaining("is not proven, and does not count")]);
    expect((await backups.status()).blog!.provenBackups).toBe(0);
    await backups.done("prove", "blog", "--backup", proven);
    expect((await backups.status()).blog!.provenBackups).toBe(1);
  }, 180_000);

  test("a repository that is gone is said, and is not begun anew behind one's back", async () => {
    await rename(repository, `${repository}.away`);
    await mkdir(repository);
    await docker("restart", backups.name);
    const { exitCode, said } = await backups.job("backup", "blog");
    expect([exitCode, said]).toEqual([1, expect.stringContaining("The repository is gone")]);
    expect(await readdir(repository)).toEqual([]);
    await execa("rmdir", [repository]);
    await rename(`${repository}.away`, repository);
    await docker("restart", backups.name);
    await backups.done("list");
  }, 180_000);
});

backupsCutShort(there);

const damage = async (name: Name) => {
  await ownerSql(outputs[name], "drop table moods cascade; delete from notes; delete from auth.users; revoke all on hits from anon; create table too_much (i int)");
  await supabase(outputs[name].url, outputs[name].serviceRoleKey).storage.from("pictures").remove([`a folder/of ${name}.bin`]);
};

describe("a restore", () => {
  test("--dry-run changes nothing; a restore brings all of it back; a rollback what was there before", async () => {
    await damage("blog");
    const damaged = await everythingOf("blog").catch(String);
    expect(await backups.done("restore", "blog", "--dry-run")).toContain("Nothing was changed (--dry-run)");
    expect(await everythingOf("blog").catch(String)).toEqual(damaged);
    await backups.done("restore", "blog");
    await ownerSql(outputs.blog, "delete from hits");
    expect(await everythingOf("blog")).toEqual(before.blog);
    await backups.done("rollback", "blog");
    expect((await ownerSql(outputs.blog, "select to_regclass('too_much') is not null as there")).rows).toEqual([{ there: true }]);
    await backups.done("restore", "blog", "--without-safety-backup");
    await ownerSql(outputs.blog, "delete from hits");
  }, 300_000);

  test("killed in the middle of the exchange, the next job ends it", async () => {
    await damage("shop");
    await backups.killAt("phase in", "restore", "shop", "--without-safety-backup");
    await backups.done("list");
    await ownerSql(outputs.shop, "delete from hits");
    expect(await everythingOf("shop")).toEqual(before.shop);
    expect(await stack.sql("postgres", "select datname from pg_database where datname like 'supabase_restore%'")).toBe("");
  }, 180_000);

  test("neither needs an update of the stack", async () => {
    await stack.pulumi(["preview", "--expect-no-changes"]);
  }, 60_000);
});

damagedRepository(there);
fullDisks(there, () => everythingOf("shop"));

describe("state: removed", () => {
  test("the address says so, no login works, the last backup is proven; and the entry may not go yet", async () => {
    await cutRemovalShort(there());
    await stack.writeProjects(projects(", state: removed") + OLD);
    await stack.up();
    expect((await fetch(`${outputs.blog.url}/rest/v1/`, { headers: { apikey: outputs.blog.anonKey } })).status).toBe(410);
    await expect(ownerSql(outputs.blog, "select 1")).rejects.toThrow(/not permitted to log in|not currently accepting/);
    const status = await backups.status();
    expect([status.blog!.removal!.phase, status.old!.removal!.phase]).toEqual(["locked", "locked"]);
    await stack.pulumi(["preview", "--expect-no-changes"]);
    await stack.writeProjects((projects() + OLD).replace(/^.*name: blog.*\n/m, ""));
    const { all } = await stack.pulumi(["preview"], { reject: false });
    expect(all).toContain('"blog" is gone from the file');
    expect(all).toContain("npm run indie -- purge blog");
  }, 240_000);

  test("a purge deletes what was removed, and nothing else; what is not removed is refused", async () => {
    expect(await backups.job("purge", "shop")).toEqual({ exitCode: 1, said: expect.stringContaining('"shop" is not removed') });
    await backups.killAt("deleting its database", "purge", "old");
    await backups.done("purge", "old");
    expect((await stack.sql("postgres", "select datname from pg_database where datname in ('blog', 'old', 'shop') order by 1")).split("\n")).toEqual(["blog", "shop"]);
  }, 120_000);

  test("state: present brings one back, with its keys and sessions; the entry of one that is purged may go", async () => {
    await stack.writeProjects(projects());
    await stack.up();
    expect(await everythingOf("blog")).toEqual(before.blog);
    expect((await backups.status()).blog!.removal).toBeUndefined();
    expect(await stack.sql("postgres", "select rolname from pg_roles where rolname like 'old%'")).toBe("");
    expect(await backups.done("list", "old")).toMatch(/^old +\S+ +final +proven/m);
    await stack.pulumi(["preview", "--expect-no-changes"]);
  }, 240_000);
});

describe("a server that is lost, and its state with it", () => {
  test("all projects come back from the repository on an empty one: passwords, tokens, files with their types, grants", async () => {
    const lost = stack;
    await lost.remove();
    expect(existsSync(lost.directory)).toBe(false);
    stack = await newStack("projects: []\n");
    await stack.up();
    backups = new BackupContainer(stack);
    const saved = JSON.parse(await backups.done("seeds")) as Record<string, { seed: string }>;
    expect(Object.keys(saved)).toEqual(["blog", "old", "shop"]);
    for (const [name, { seed }] of Object.entries(saved)) await stack.pulumi(["config", "set", "--secret", `indie-ventures:seeds.${name}`], { input: seed, stdin: undefined });
    await stack.writeProjects(`${projects()}${OLD.replace(", state: removed", "")}  - { name: blog-copy, architecture: shared }\n`);
    await stack.up();
    outputs = (await stack.outputs()) as Record<Name, ProjectOutputs>;
    await backups.done("restore", "blog", "shop", "old", "--without-safety-backup");
    for (const name of NAMES) {
      await ownerSql(outputs[name], "delete from hits");
      expect(await everythingOf(name)).toEqual(before[name]);
    }
    // Also the one that was purged.
    expect((await ownerSql((await stack.outputs()).old!, "select answer from kept")).rows).toEqual([{ answer: 42 }]);
  }, 600_000);

  test("a backup of one project becomes another's, with its own owner and keys", async () => {
    const copy = (await stack.outputs())["blog-copy"]!;
    expect(copy.anonKey).not.toBe(outputs.blog.anonKey);
    expect(await backups.done("restore", "blog-copy", "--from", "blog", "--without-safety-backup")).toContain("it has other keys than the backup");
    const { error } = await supabase(copy.url, copy.anonKey).auth.signInWithPassword({ email: "me@blog.example.com", password: PASSWORD });
    expect(error).toBeNull();
    expect((await ownerSql(copy, "select tableowner from pg_tables where tablename = 'moods'")).rows).toEqual([{ tableowner: "blog_copy_owner" }]);
    const object = await supabase(copy.url, copy.serviceRoleKey).storage.from("pictures").download("a folder/of blog.bin");
    expect([object.error, object.data?.type]).toEqual([null, "image/x-own"]);
  }, 120_000);
});
