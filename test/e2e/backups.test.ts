import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import type { Manifest } from "../../images/backup/manifest.ts";
import type { BackupContainer, JobRan } from "./lib/backupContainer.ts";
import { backupsCutShort, cutRemovalShort, fullDisks } from "./lib/backupFaults.ts";
import { ownerSql, supabase } from "./lib/clients.ts";
import { CONSISTENT, inconsistent } from "./lib/consistency.ts";
import { eventually } from "./lib/eventually.ts";
import { PASSWORD } from "./lib/everything.ts";
import { hold, waitsForLock } from "./lib/kill.ts";
import { type Name, NAMES, OLD, OLD_PRESENT, projects, ProjectsToLose } from "./lib/projectsToLose.ts";
import { corrupt, takeAway } from "./lib/repository.ts";
import { docker, type ProjectOutputs, type TestStack } from "./lib/testStack.ts";
import { webhook, type Webhook } from "./lib/webhook.ts";
import { Writer } from "./lib/writer.ts";

let there: ProjectsToLose;
let stack: TestStack;
let backups: BackupContainer;
let outputs: Record<Name, ProjectOutputs>;
let repository: string;
/** Who is told of failures. */
let told: Webhook;

let before: ProjectsToLose["before"];
/** What was seen while the first backups were made. */
const first = { list: {} as JobRan, said: "", failures: [] as string[], written: [] as number[] };

beforeAll(async () => {
  told = await webhook();
  there = await ProjectsToLose.create(async (made) => {
    await made.pulumi(["config", "set", "--secret", "--path", "indie-ventures:notify.webhook"], { input: told.url, stdin: undefined });
  });
  ({ stack, backups, outputs, repository, before } = there);
  first.list = await backups.job("list");
  const writers = NAMES.map((name) => new Writer(outputs[name], "during", { bucket: "pictures" }));
  first.said = await backups.done("backup", ...NAMES);
  for (const writer of writers) await writer.stop();
  first.failures = writers.flatMap(({ failures }) => failures);
  first.written = writers.flatMap(({ files, passed }) => [files, passed.overwritten, passed.deleted]);
});

afterAll(async () => {
  await there?.remove();
  await told?.close();
});

const everythingOf = (name: Name): Promise<unknown> => there.everythingOf(name);
const damage = async (name: Name) => {
  await ownerSql(outputs[name], "drop table moods, keys cascade; delete from vault.secrets; delete from notes; delete from auth.users; revoke all on hits from anon; create table too_much (i int)");
  await supabase(outputs[name].url, outputs[name].serviceRoleKey).storage.from("pictures").remove([`a folder/of ${name}.bin`]);
};

describe("a backup", () => {
  test("there is none before the first, and who looks for one makes no repository", () =>
    expect(first.list).toEqual({ exitCode: 1, said: expect.stringContaining("There is no repository in this server's own volume or folder of backups") }));

  test("of all projects, while both are written to: no request fails, each is proven, and the copy is a state that existed", async () => {
    expect(first.failures).toEqual([]);
    expect(first.written.every((times) => times > 1)).toBe(true);
    for (const name of NAMES) expect(first.said).toMatch(new RegExp(`^${name}: backup \\d{8}T\\d{6}Z is proven: restored in [\\d.]+ s and compared$`, "m"));
    for (const name of NAMES) await ownerSql(outputs[name], "delete from hits");
    // A state that existed has the rows up to one of them, and none behind it.
    await backups.done("restore", ...NAMES, "--without-safety-backup");
    for (const name of NAMES) {
      const { rows } = await ownerSql(outputs[name], "select substr(client, 8)::int as index from hits order by 1");
      expect(rows.map(({ index }) => index)).toEqual(rows.map((_, index) => index));
      expect(rows.length).toBeGreaterThan(0);
      expect(await inconsistent(stack, backups, name, outputs[name])).toEqual(CONSISTENT);
      // Of nothing it would be no wonder.
      expect(await stack.sql(outputs[name].database, "select exists (select from public.echoes), exists (select from storage.objects where name like 'written/%')")).toBe("t|t");
      await ownerSql(outputs[name], "delete from hits");
      await eventually(() => everythingOf(name), before[name]);
    }
  });

  test("shows nothing to who has the repository without its password: no key, no row, no name", async () => {
    const planted = [outputs.blog.serviceRoleKey, outputs.shop.jwtSecret, PASSWORD, "welcome", "blog_owner", "shop_owner"];
    const files = (await readdir(repository, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(5);
    for (const { parentPath, name } of files) {
      const bytes = await readFile(join(parentPath, name));
      expect([name, planted.filter((text) => bytes.includes(text))]).toEqual([name, []]);
    }
  });

  test("of one project holds nothing of the other's: no file, no row, no role, no key", async () => {
    const read = (snapshot: string, ...words: string[]) => docker("exec", backups.name, "bash", "-c", words.join(" "), "bash", snapshot, "/var/lib/indie-ventures/staging");
    for (const [name, other] of [["blog", "shop"], ["shop", "blog"]] as const) {
      const snapshots = JSON.parse(await docker("exec", backups.name, "restic", "snapshots", "--json", "--tag", `project=${name}`)) as { id: string; tags: string[] }[];
      const paths = (await Promise.all(snapshots.map(({ id }) => read(id, 'restic ls "$1"')))).join("\n").split("\n");
      expect([paths.some((path) => path.endsWith(`/of ${name}.bin`)), paths.filter((path) => path.includes(other))]).toEqual([true, []]);
      const { id } = snapshots.find(({ tags }) => tags.includes("part=set"))!;
      const rows = await read(id, 'set -eo pipefail; restic dump "$1" "$2/database.dump" > /tmp/of-one.dump; pg_restore --file=- /tmp/of-one.dump; rm /tmp/of-one.dump');
      const rest = await read(id, 'set -e; for file in manifest extras roles keys project; do restic dump "$1" "$2/$file.json"; done');
      const planted = (of: Name) => [`me@${of}.example.com`, `of ${of}.bin`, `${of}_owner`, outputs[of].jwtSecret];
      expect(planted(name).map((text) => `${rows}${rest}`.includes(text))).toEqual([true, true, true, true]);
      expect(planted(other).filter((text) => `${rows}${rest}`.includes(text))).toEqual([]);
    }
  });

  test("the outputs say when the last one was proven, and no update is needed for that", async () => {
    await stack.pulumi(["up", "--yes", "--skip-preview", "--expect-no-changes"]);
    const now = await stack.allOutputs();
    for (const name of NAMES) {
      expect(Date.parse(now[name]!.backups.lastProvenRestore!)).toBeGreaterThan(Date.now() - 600_000);
      expect(now[name]!.backups.provenBackups).toBe(1);
    }
  });

  test("with an object that a superuser owns and the image has not: refused by name, and it does not count", async () => {
    await stack.sql("blog", "create function public.of_superuser() returns int language sql as 'select 1'");
    const { exitCode, said } = await backups.job("backup", "blog");
    await stack.sql("blog", "drop function public.of_superuser()");
    expect(exitCode).toBe(1);
    expect(said).toContain('it holds what is neither the project\'s nor the image\'s: "FUNCTION public of_superuser()" of "supabase_admin"');
    expect((await backups.status()).blog!.provenBackups).toBe(1);
  });

  test("with an object of Storage that has no file: it does not count, and says which", async () => {
    await stack.sql("shop", "insert into storage.objects (bucket_id, name, version) values ('pictures', 'lost', 'v1')");
    const { exitCode, said } = await backups.job("backup", "shop");
    await stack.sql("shop", "set session_replication_role = replica; delete from storage.objects where name = 'lost'");
    expect(exitCode).toBe(1);
    expect(said).toContain("1 objects of Storage have no file in the backup, such as \"pictures/lost/v1\"");
  });

  test("a flipped byte in the repository is found, and the backup counts no more until it is whole again", async () => {
    const back = await corrupt(repository);
    const proven = /^blog +(\S+) +manual +proven/m.exec(await backups.done("list", "blog"))![1]!;
    const { exitCode, said } = await backups.job("prove", "blog", "--backup", proven);
    await back();
    expect([exitCode, said]).toEqual([1, expect.stringContaining("is not proven, and does not count")]);
    expect((await backups.status()).blog!.provenBackups).toBe(0);
    await backups.done("prove", "blog", "--backup", proven);
    expect((await backups.status()).blog!.provenBackups).toBe(1);
  });

  test("a repository that is gone is said, and is not begun anew behind one's back", async () => {
    const back = await takeAway(repository);
    const { exitCode, said } = await backups.job("backup", "blog");
    expect([exitCode, said]).toEqual([1, expect.stringContaining("The repository is gone")]);
    expect(await readdir(repository)).toEqual([]);
    expect((await backups.status()).blog!.lastFailure!.text).toContain("The repository is gone");
    await back();
    await backups.done("list");
  });

  test("each failure was told once, and that it works again; without a secret", async () => {
    // Whose newest is what failed works again when a newer one is proven, and not an older one.
    await backups.done("backup", ...NAMES);
    const of = (name: Name) => told.got.filter(({ project }) => project === name).map(({ text }) => text);
    const fail = (name: Name, why: string) => expect.stringMatching(`^Server ${stack.name}: backups of "${name}" fail: ${why}`);
    const work = (name: Name) => expect.stringMatching(new RegExp(`^Server ${stack.name}: backups of "${name}" work again: backup \\S+ is proven$`));
    const notProven = String.raw`backup \S+ is not proven: `;
    expect(of("blog")).toEqual([fail("blog", `${notProven}The dump is refused: it holds what is neither`), fail("blog", "backup \\S+ was proven, and is not any more: "), fail("blog", "The repository is gone"), work("blog")]);
    expect(of("shop")).toEqual([fail("shop", `${notProven}1 objects of Storage have no file`), work("shop")]);
    expect(told.got.map((notice) => Object.keys(notice))).toEqual(told.got.map(() => ["stack", "project", "at", "text"]));
    expect(JSON.stringify(told.got)).not.toMatch(/a password of|a-token/);
  });

  test("that begins while a table is emptied and filled again has its rows; and a file that is there at that moment alone", async () => {
    await ownerSql(outputs.blog, "create schema changing; create table changing.refilled as select i from generate_series(1, 3) i");
    const pictures = supabase(outputs.blog.url, outputs.blog.serviceRoleKey).storage.from("pictures");
    const client = new pg.Client({ connectionString: outputs.blog.dbUrl });
    await client.connect();
    await client.query("begin; truncate changing.refilled; insert into changing.refilled select generate_series(1, 4)");
    const made = backups.faultAt({ line: "measuring what it holds" }, () => pictures.remove(["passing.txt"]), "backup", "blog");
    await waitsForLock(stack, "application_name = 'indie-ventures-backup'");
    // The files of before are saved by then.
    expect((await pictures.upload("passing.txt", "of a moment")).error).toBeNull();
    await client.query("commit");
    const { exitCode, said } = await made;
    // And nobody has to wait for a backup that is made.
    await client.query("set lock_timeout = '10s'; drop schema changing cascade");
    await client.end();
    expect([exitCode, said]).toEqual([0, expect.stringMatching(/^blog: backup \S+ is proven/m)]);
    const id = /^blog: backup (\S+) is proven/m.exec(said)![1]!;
    const { measure, trees } = JSON.parse((await backups.read(`/var/lib/indie-ventures/catalog/blog/${id}.json`))!) as Manifest;
    expect(measure.tables["changing.refilled"]!.rows).toBe(4);
    expect(trees).toEqual({ before: expect.any(String), during: expect.any(String), set: expect.any(String) });
    expect(await stack.sql("blog", "select count(*) from storage.objects where name = 'passing.txt'")).toBe("0");
    await backups.done("restore", "blog", "--backup", id, "--without-safety-backup");
    await eventually(async () => (await pictures.download("passing.txt")).data?.text(), "of a moment");
    await pictures.remove(["passing.txt"]);
    await ownerSql(outputs.blog, "drop schema changing cascade; delete from hits");
  });
});

backupsCutShort(() => there);

describe("a restore", () => {
  test("--dry-run changes nothing; a restore brings all of it back; a rollback what was there before, with a file that was missing already", async () => {
    const patience = async () => (await ownerSql(outputs.blog, "show lock_timeout")).rows;
    const lost = () => stack.sql("blog", "select exists (select from storage.objects where name = 'lost')");
    await damage("blog");
    await stack.sql("blog", "insert into storage.objects (bucket_id, name, version) values ('pictures', 'lost', 'v1')");
    // Of the role, and so of no database.
    await ownerSql(outputs.blog, "alter role blog_owner set lock_timeout = '80s'");
    const damaged = await everythingOf("blog").catch(String);
    expect(await backups.done("restore", "blog", "--dry-run")).toContain("Nothing was changed (--dry-run)");
    expect(await everythingOf("blog").catch(String)).toEqual(damaged);
    expect(await patience()).toEqual([{ lock_timeout: "80s" }]);
    expect(await backups.done("restore", "blog")).toContain("blog: 1 stored files are missing there now: a rollback brings back all but them");
    expect(await lost()).toBe("f");
    await ownerSql(outputs.blog, "delete from hits");
    await eventually(() => everythingOf("blog"), before.blog);
    // And of another project nothing.
    await eventually(() => everythingOf("shop"), before.shop);
    await backups.done("rollback", "blog");
    expect(await lost()).toBe("t");
    expect((await ownerSql(outputs.blog, "select to_regclass('too_much') is not null as there")).rows).toEqual([{ there: true }]);
    expect(await patience()).toEqual([{ lock_timeout: "80s" }]);
    await backups.done("restore", "blog", "--without-safety-backup");
    await ownerSql(outputs.blog, "delete from hits");
  });

  test("of several, of which one fails: it is said which, and the others are restored", async () => {
    await damage("shop");
    const { exitCode, said } = await backups.job("restore", "old", "shop", "--without-safety-backup");
    expect([exitCode, said]).toEqual([1, expect.stringMatching(/^old: FAILED: "old" has no backup that is proven[^]*^shop: restored from backup [^]*^Not done for old$/m)]);
    await ownerSql(outputs.shop, "delete from hits");
    await eventually(() => everythingOf("shop"), before.shop);
  });

  test("killed in the middle of the exchange, the next job ends it", async () => {
    await damage("shop");
    await backups.killAt("phase in", "restore", "shop", "--without-safety-backup");
    await backups.done("list");
    await ownerSql(outputs.shop, "delete from hits");
    await eventually(() => everythingOf("shop"), before.shop);
    expect(await stack.sql("postgres", "select datname from pg_database where datname like 'supabase_restore%' or datname like 'supabase_replaced%'")).toBe("");
  });

  test("secrets of Vault can be read when Postgres was stopped and started again", async () => {
    await docker("restart", `iv-${stack.name}-postgres`);
    for (const name of NAMES) await eventually(() => everythingOf(name), before[name]);
  });

  test("neither needs an update of the stack", async () => {
    await stack.pulumi(["preview", "--expect-no-changes"]);
  });
});

fullDisks(() => there);

describe("state: removed", () => {
  test("the address says so, no login works, the last backup is proven; and the entry may not go yet", async () => {
    await cutRemovalShort(there);
    await stack.writeProjects(projects(", state: removed") + OLD);
    await stack.up();
    expect((await fetch(`${outputs.blog.url}/rest/v1/`, { headers: { apikey: outputs.blog.anonKey } })).status).toBe(410);
    await expect(ownerSql(outputs.blog, "select 1")).rejects.toThrow(/not permitted to log in|not currently accepting/);
    const status = await backups.status();
    expect([status.blog!.removal!.phase, status.old!.removal!.phase]).toEqual(["locked", "locked"]);
    await stack.pulumi(["preview", "--expect-no-changes"]);
    // What is taken away keeps the others from nothing, and nothing is put in its place.
    const ofAll = await backups.done("backup", "--all");
    expect([ofAll.includes("shop: backup"), ofAll.includes("blog")]).toEqual([true, false]);
    expect(await backups.job("restore", "blog", "--without-safety-backup")).toEqual({ exitCode: 1, said: expect.stringContaining('"blog" has state: removed') });
    await stack.writeProjects((projects() + OLD).replace(/^.*name: blog.*\n/m, ""));
    const { all } = await stack.pulumi(["preview"], { reject: false });
    expect(all).toContain('"blog" is gone from the file');
    expect(all).toContain("npm run indie -- purge blog");
  });

  test("a purge deletes what was removed, and nothing else; what is not removed is refused", async () => {
    expect(await backups.job("purge", "shop")).toEqual({ exitCode: 1, said: expect.stringContaining('"shop" is not removed') });
    // Neither by a backup that can not be read any more.
    const back = await corrupt(repository);
    expect(await backups.job("purge", "old")).toEqual({ exitCode: 1, said: expect.stringMatching(/is not proven, so nothing is deleted/) });
    await back();
    expect(await stack.sql("postgres", "select datname from pg_database where datname = 'old'")).toBe("old");
    // Else it may have ended before the kill is there; and the container goes on with it by itself. This database alone: the proof before makes another.
    const release = await hold(stack, "COMMENT ON DATABASE old IS 'held'");
    await backups.killAt("deleting its database", "purge", "old");
    // Once it has begun, no word brings back what may be half of it.
    await stack.writeProjects(projects(", state: removed") + OLD_PRESENT);
    const { exitCode, all } = await stack.pulumi(["preview"], { reject: false });
    expect([exitCode === 0, all]).toEqual([false, expect.stringContaining('"old" is being purged')]);
    await release();
    expect(await backups.job("bring-back", "old")).toEqual({ exitCode: 1, said: expect.stringMatching(/"old" (?:is being|was) purged/) });
    await backups.done("purge", "old");
    expect((await stack.sql("postgres", "select datname from pg_database where datname in ('blog', 'old', 'shop') order by 1")).split("\n")).toEqual(["blog", "shop"]);
  });

  test("state: present brings one back, with its keys and sessions; the entry of one that is purged may go", async () => {
    await stack.writeProjects(projects());
    await stack.up();
    await eventually(() => everythingOf("blog"), before.blog);
    expect((await backups.status()).blog!.removal).toBeUndefined();
    expect(await stack.sql("postgres", "select rolname from pg_roles where rolname like 'old%'")).toBe("");
    expect(await backups.done("list", "old")).toMatch(/^old +\S+ +final +proven/m);
    await stack.pulumi(["preview", "--expect-no-changes"]);
  });
});
