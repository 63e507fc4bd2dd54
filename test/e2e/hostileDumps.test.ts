// A dump is other people's SQL. What its project's owner, or somebody with the repository's password, can put into it reaches nothing outside of the
// database that is restored: no other project, no role, no setting of the server, no file of a container. It is restored exactly, or refused in words.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import { BackupContainer } from "./lib/backupContainer.ts";
import { ownerSql } from "./lib/clients.ts";
import { eventually } from "./lib/eventually.ts";
import { HOSTILE, REACHING } from "./lib/hostile/cases.ts";
import { HostileDumps, hostileSql, type Outcome } from "./lib/hostile/hostileDumps.ts";
import { HostileRepository } from "./lib/hostile/hostileRepository.ts";
import { whileTrying } from "./lib/hostile/whileTrying.ts";
import { docker, type ProjectOutputs, TestStack } from "./lib/testStack.ts";

const PROJECTS = "defaults: { backups: { schedule: off } }\nprojects:\n  - { name: blog, architecture: shared, services: { studio: off } }\n";

let stack: TestStack;
let backups: BackupContainer;
let blog: ProjectOutputs;
let hostile: HostileDumps;
let taken: Buffer;
/** Of the server, before any of it. */
let before: string;

beforeAll(async () => {
  stack = await TestStack.create(PROJECTS);
  await stack.up();
  backups = new BackupContainer(stack);
  blog = (await stack.outputs()).blog!;
  hostile = new HostileDumps(backups.name, "blog");
  // Another project, as far as a dump can tell.
  await stack.sql("postgres", "create role shop_owner login password 'shop'");
  await stack.sql("postgres", "create database shop template supabase_template owner shop_owner");
  await stack.sql("shop", "create table public.kept as select 42 as answer; select pg_create_logical_replication_slot('shop_slot', 'pgoutput')");
  await ownerSql(blog, await hostileSql());
  before = await outside();
  taken = await hostile.take();
});

afterAll(async () => {
  await stack?.remove();
});

/** All of the server that is not the project's own database; and files that a command in a dump would have made. */
async function outside(): Promise<string> {
  const server = await stack.sql("postgres", SERVER);
  const shop = await stack.sql("shop", "select answer from public.kept; select count(*) from pg_class; select count(*) from pg_proc");
  const files = ["postgres", "scratch", "backup"].map((thing) => docker("exec", `iv-${stack.name}-${thing}`, "find", "/", "-xdev", "-name", "canary*"));
  return [server, shop, ...(await Promise.all(files))].join("\n");
}

const SERVER = `
  select rolname, rolsuper, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls, rolpassword from pg_authid order by 1;
  select (select datname from pg_database where oid = setdatabase), setrole::regrole, setconfig from pg_db_role_setting order by 1, 2;
  select roleid::regrole, member::regrole, admin_option, inherit_option, set_option from pg_auth_members order by 1, 2;
  select datname, datdba::regrole, datacl, datconnlimit, datallowconn, datistemplate from pg_database order by 1;
  select slot_name, database from pg_replication_slots order by 1`;

const saidOf = ({ refused, faults = [] }: Outcome): string => refused ?? faults.join("; ");

describe("a dump that was edited", () => {
  let outcomes: Record<string, Outcome>;

  beforeAll(async () => {
    // As if something had got hold of the scratch server before.
    await docker("exec", "--detach", "--user", "postgres", `iv-${stack.name}-scratch`, "sleep", "4711");
    await docker("exec", "--user", "postgres", `iv-${stack.name}-scratch`, "bash", "-c", "echo archive_mode=on >> /etc/postgresql/postgresql.conf");
    outcomes = await hostile.restore("scratch", taken, HOSTILE);
  });

  test.each(HOSTILE)("$title", ({ title, says }) => {
    const outcome = outcomes[title]!;
    expect(saidOf(outcome)).toMatch(says ?? /^$/);
    expect(outcome.unchanged).toBe(true);
  });

  test("left nothing on the scratch server for the next one, and can put nothing where the backup container looks", async () => {
    const scratch = `iv-${stack.name}-scratch`;
    // The wiping ends all that runs in it, and so a look at it too.
    await eventually(() => docker("exec", scratch, "test", "!", "-e", "/scratch/ready"), "");
    expect(await docker("top", scratch)).not.toContain("sleep 4711");
    expect(await docker("exec", scratch, "cat", "/etc/postgresql/postgresql.conf")).not.toContain("archive_mode");
    for (const path of ["/scratch/failed", "/scratch/wanted", "/root/pristine"])
      await expect(docker("exec", "--user", "postgres", scratch, "ln", "-s", "/etc/passwd", path)).rejects.toThrow(/Permission denied|File exists/);
  });

  test("tries the server in use in vain, too", async () => {
    const { "an entry's SQL tries what is outside of the project": outcome } = await hostile.restore("live", taken, REACHING);
    expect(saidOf(outcome!)).toContain("not refused for want of a right: none");
    expect(await outside()).toBe(before);
  });
});

describe("what an owner leaves in its database", () => {
  test("is in a backup, proven to be exact", async () => {
    expect(await backups.done("backup", "blog")).toMatch(/^blog: backup \S+ is proven: restored in [\d.]+ s and compared$/m);
    expect(await outside()).toBe(before);
  });

  test("is read by a program that can read no project's files, no state, no repository and no key", async () => {
    const looks = [...["/var/lib/storage/files", "/var/lib/indie-ventures", "/var/lib/postgresql-custom", "/repository/keys"].map((path) => ["ls", path]), ["cat", "/proc/1/environ"]];
    const look = async (user: string) => Promise.all(looks.map(async (words) => (await execa("docker", ["exec", "--user", user, backups.name, ...words], { reject: false })).failed));
    expect(await look("root")).toEqual(looks.map(() => false));
    expect(await look("65534:65534")).toEqual(looks.map(() => true));
    expect(await docker("exec", backups.name, "ls", "/var/lib/postgresql-custom")).toContain("pgsodium_root.key");
  });

  test("can not be added to while a superuser is in the restored copy: nobody else gets in", async () => {
    const logins = [{ user: "blog_owner", password: new URL(blog.dbUrl).password }, { user: "shop_owner", password: "shop" }];
    const { said, answers } = await whileTrying(stack.postgresPort, "supabase_restore_blog", logins, () => backups.done("restore", "blog", "--dry-run"));
    expect(said).toContain("Nothing was changed (--dry-run)");
    expect(answers).toContain('permission denied for database "supabase_restore_blog"');
    expect(answers).not.toContain("in");
    expect(await outside()).toBe(before);
  });
});

describe("a restore that was killed", () => {
  test("leaves nothing to the next: neither its database, nor the role that would give that to the next project's owner", async () => {
    await backups.killAt("restoring the dump into it", "restore", "blog", "--dry-run");
    await backups.done("list");
    expect(await outside()).toBe(before);
  });
});

describe("somebody with the repository's password", () => {
  let repository: HostileRepository;
  beforeAll(async () => {
    repository = await HostileRepository.of(backups, "blog");
  });

  test("who replaces a backup, is found", async () => {
    await repository.replaceSet();
    const { exitCode, said } = await backups.job("prove", "blog");
    expect([exitCode, said]).toEqual([1, expect.stringContaining('the snapshot "set" in the repository is not the one that was written')]);
    expect((await backups.status()).blog!.provenBackups).toBe(0);
  });

  test("who replaces the catalog's word for it too, changes the project's own database at most, and leads Storage nowhere", async () => {
    await repository.claimReplaced();
    const { exitCode, said } = await backups.job("restore", "blog", "--dry-run");
    expect([exitCode, said]).toEqual([1, expect.stringContaining("blog: canary-link in the backup is no plain file, so nothing was changed")]);
    expect(await outside()).toBe(before);
  });

  test("can not put a file of its own among those of projects, as a proof of none", async () => {
    const projects = await repository.projects();
    await repository.addProof({ project: "../projects", id: "blog", trees: {} });
    const { exitCode, said } = await backups.job("list");
    expect([exitCode, said]).toEqual([1, expect.stringContaining("The repository holds a proof that is none of ours, in snapshot")]);
    expect(await repository.projects()).toBe(projects);
    await repository.forgetProof();
    await backups.done("list");
  });
});

/** What its owner has set for the database (hostile/project.sql) keeps its owner out too, but for one who says otherwise. */
const PAST_SETTINGS = "-c local_preload_libraries= -c statement_timeout=0 -c lock_timeout=0 -c transaction_timeout=0 -c default_transaction_read_only=off";

describe("what stands in a backup's way in the database itself", () => {
  test("no view of the owner's is asked by a superuser or by the reader of all data: not in Vault's place, not in Storage's", async () => {
    await stack.sql("blog", "drop extension supabase_vault; drop schema vault");
    await ownerSql(
      { ...blog, dbUrl: `${blog.dbUrl}?options=${encodeURIComponent(PAST_SETTINGS)}` },
      `create schema vault;
       create view vault.decrypted_secrets as select gen_random_uuid() as id, 'x' as name, '' as description, case when trap() then 'x' end as decrypted_secret, now() as created_at, now() as updated_at;
       create function tell() returns text language plpgsql as $$ begin raise exception 'it ran as %', current_user; end $$;
       set role blog_storage_admin;
       alter table storage.objects rename to real_objects;
       create view storage.objects as select 'b' as bucket_id, public.tell() as name, 'v' as version, '1'::xid as xmin`,
    );
    const { exitCode, said } = await backups.job("backup", "blog");
    expect([exitCode, said]).toEqual([1, expect.stringContaining('access to non-system view "objects" is restricted')]);
    expect(await outside()).toBe(before);
  });
});
