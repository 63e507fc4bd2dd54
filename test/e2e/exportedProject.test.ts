import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import jwt from "jsonwebtoken";
import { createReadStream } from "node:fs";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { extract } from "tar-stream";
import { parse } from "yaml";
import { exportToFile } from "../../cli/exportedFile.ts";
import { readDotenv } from "../unit/backup/dotenv.ts";
import { BackupContainer } from "./lib/backupContainer.ts";
import { createTables, ownerSql, supabase } from "./lib/clients.ts";
import { filesOf, StrangerServer } from "./lib/strangerServer.ts";
import { type ProjectOutputs, TestStack } from "./lib/testStack.ts";

const EMAIL = "me@blog.example.com";
const PASSWORD = "a password of before";
const BYTES = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251));

let stack: TestStack;
let backups: BackupContainer;
let project: ProjectOutputs;
let stranger: StrangerServer;
let folder: string;
/** The archive, and where it is unpacked. */
let file: string;
let archive: string;
/** Of a user who signed in before the move. */
let token: string;
let env: Record<string, string>;
/** What the project's people have, before. */
let before: unknown;

const CONTENT: Record<string, string> = {
  users: "select id, email, encrypted_password, raw_app_meta_data, last_sign_in_at from auth.users",
  identities: "select id, user_id, provider, identity_data from auth.identities",
  sessions: "select id, user_id, created_at from auth.sessions order by 1",
  notes: "select id, user_id, body from public.notes order by 1",
  moods: "select m::text, p, g from public.moods",
  weird: `select * from "we""ird\nname"."ta'ble" order by 1`,
  comments: `select obj_description('"we""ird\nname"."ta''ble"'::regclass) as said, obj_description('public'::regnamespace) as public`,
  counted: "select count from public.counted",
  parts: "select i, tableoid::regclass::text as part from public.parts",
  sequences: "select last_value, is_called from public.counter union all select last_value, is_called from public.notes_id_seq order by 1",
  large: "select convert_from(lo_get(4711), 'UTF8') as text",
  secrets: "select id, name, description, decrypted_secret as secret, created_at, updated_at from vault.decrypted_secrets order by 1",
  referring: "select secret from public.uses_secret order by 1",
  objects: "select bucket_id, name, version, metadata ->> 'mimetype' as type from storage.objects",
};
/** Told with names of roles. */
const RIGHTS: Record<string, string> = {
  owners: `select c.oid::regclass::text as name, relowner::regrole::text as owner from pg_class c
    where relnamespace::regnamespace::text in ('auth', 'storage', 'public', '"we""ird\nname"') and relkind in ('r', 'p', 'v', 'm', 'S')
      and not exists (select from pg_depend where objid = c.oid and deptype = 'e') order by 1`,
  grants: `select c.oid::regclass::text as name, a.grantee::regrole::text as who, a.privilege_type as what from pg_class c, aclexplode(relacl) a
    where relnamespace::regnamespace::text in ('public', '"we""ird\nname"') and a.grantee <> relowner order by 1, 2, 3`,
  defaults: `select defaclobjtype as of, a.grantee::regrole::text as who, a.privilege_type as what from pg_default_acl d, aclexplode(defaclacl) a
    where defaclnamespace = 'public'::regnamespace and defaclrole = to_regrole('OWNER') and a.grantee <> defaclrole order by 1, 2, 3`,
  columns: `select attrelid::regclass::text as name, attname, a.grantee::regrole::text as who, a.privilege_type as what, is_grantable from pg_attribute, aclexplode(attacl) a
    where attrelid::regclass::text like 'public.%'`,
  types: "select t.oid::regtype::text as name, a.grantee::regrole::text as who from pg_type t, aclexplode(typacl) a where typnamespace = 'public'::regnamespace and a.grantee not in (0, typowner)",
  passedOn: `select name, a.grantor::regrole::text as by, a.grantee::regrole::text as who, a.privilege_type as what, is_grantable from (
      select relname as name, relowner as owner, relacl as acl from pg_class where relnamespace = 'vault'::regnamespace
      union all select attname, relowner, attacl from pg_attribute join pg_class c on c.oid = attrelid where relnamespace = 'vault'::regnamespace
      union all select nspname, nspowner, nspacl from pg_namespace where nspname = 'vault') o, aclexplode(acl) a
    where a.grantor <> owner order by 1, 2, 3, 4`,
  schemas: "select a.grantee::regrole::text as who, a.privilege_type as what from pg_namespace, aclexplode(nspacl) a where nspname like 'we%' and a.grantee <> nspowner",
  policies: "select schemaname, tablename, policyname, roles::text, cmd, qual, with_check from pg_policies order by 1, 2, 3",
  functions: `select p.oid::regprocedure::text as name, proowner::regrole::text as owner, prosecdef from pg_proc p
    where pronamespace::regnamespace::text in ('auth', 'storage', 'public') and not exists (select from pg_depend where objid = p.oid and deptype = 'e') order by 1`,
  triggers: "select tgname, tgrelid::regclass::text as on from pg_trigger where not tgisinternal order by 1, 2",
  published: "select pubname, schemaname, tablename from pg_publication_tables where pubname <> 'supabase_realtime_messages_publication' order by 1, 2, 3",
};
const UPSTREAM: Record<string, string> = { blog_owner: "postgres", blog_authenticator: "authenticator", blog_auth_admin: "supabase_auth_admin", blog_storage_admin: "supabase_storage_admin" };
const upstreamNames = (text: string): string => text.replace(/blog_(?:owner|authenticator|auth_admin|storage_admin)/g, (name) => UPSTREAM[name]!);

/** @param sql runs a query and says what it says */
async function everything(sql: (query: string) => Promise<string>, owner: string): Promise<unknown> {
  const found: Record<string, unknown> = {};
  for (const [name, query] of Object.entries({ ...CONTENT, ...RIGHTS })) {
    // Names with their schemas, whatever the databases' own settings are.
    const said = await sql(`set search_path = pg_catalog; select coalesce(json_agg(r), '[]') from (${query.replace("OWNER", owner)}) r`);
    found[name] = JSON.parse(said);
  }
  return found;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "indie-ventures-e2e-export-"));
  stack = await TestStack.create("defaults: { backups: { schedule: off } }\nprojects:\n  - { name: blog, architecture: shared }\n");
  await stack.up();
  backups = new BackupContainer(stack);
  project = (await stack.outputs()).blog!;
  await createTables(project);
  await ownerSql(project, await readFile(new URL("lib/awkward.sql", import.meta.url), "utf8"));
  // What Supabase's guides let people write: a hook of auth's, and a policy for it.
  await ownerSql(
    project,
    `create function hook(event jsonb) returns jsonb language sql as 'select event'; grant execute on function hook to supabase_auth_admin; revoke execute on function hook from authenticated, anon, public;
     create policy hooks on notes for select to supabase_auth_admin, authenticated using (true);
     grant select (body) on notes to supabase_storage_admin with grant option; grant usage on type mood to supabase_auth_admin;
     grant usage on schema "we""ird\nname" to authenticator; alter default privileges in schema public grant select on tables to supabase_auth_admin;
     create table uses_secret (secret uuid references vault.secrets (id)); insert into uses_secret select id from vault.secrets;
     alter database blog set work_mem = '5MB'`,
  );
  const { data, error } = await supabase(project.url, project.anonKey).auth.signUp({ email: EMAIL, password: PASSWORD });
  expect(error).toBeNull();
  token = data.session!.access_token;
  const { storage } = supabase(project.url, project.serviceRoleKey);
  expect((await storage.createBucket("pictures")).error).toBeNull();
  expect((await storage.from("pictures").upload("a folder/of blog.bin", BYTES, { contentType: "image/x-own", cacheControl: "77" })).error).toBeNull();
  await backups.done("backup", "blog");
  before = JSON.parse(upstreamNames(JSON.stringify(await everything((query) => stack.sql("blog", query), "blog_owner"))));
  expect(before).toMatchObject({ passedOn: expect.arrayContaining([expect.objectContaining({ name: "decrypted_secrets", by: "postgres", who: "authenticated", is_grantable: true })]) });
  file = join(folder, "blog.tar");
  await exportToFile(stack.name, stack.env, { project: "blog", file, force: false });
  await execa("tar", ["--xattrs", "-xf", file], { cwd: folder });
  archive = join(folder, "blog");
  env = readDotenv(await readFile(join(archive, ".env"), "utf8"));
});

afterAll(async () => {
  await stranger?.remove();
  await stack?.remove();
  await rm(folder, { recursive: true, force: true });
});

/** The archive's own script, as its guide says, but for docker compose. */
const restoreSh = () => execa("sh", [join(archive, "restore.sh")], { env: { DATABASE_EXEC: stranger.databaseExec }, all: true, reject: false });

describe("a wrong use is refused with one clear error, and makes no file", () => {
  test("a project that there is not, and a backup that there is not", async () => {
    expect(await backups.job("export", "shop")).toEqual({ exitCode: 1, said: 'This server has no project "shop". It has: blog.' });
    expect(await backups.job("export", "blog", "--backup", "20200101T000000Z")).toEqual({ exitCode: 1, said: expect.stringMatching(/^"blog" has no backup "20200101T000000Z"\. Proven are: \S+$/) });
    expect(await backups.job("export", "--all")).toEqual({ exitCode: 1, said: "Name one project" });
  });

  test("a backup that is not proven: one whose proof was killed", async () => {
    await backups.killAt("restoring it to prove it", "backup", "blog");
    const unproven = /^blog +(\S+) +manual +NOT PROVEN/m.exec(await backups.done("list", "blog"))![1]!;
    const said = `Backup ${unproven} of "blog" is not proven, so no archive is made of it: its proof did not end`;
    expect(await backups.job("export", "blog", "--backup", unproven)).toEqual({ exitCode: 1, said });
  });

  test("a file that is there, which stays as it is", async () => {
    const { mtimeMs, size } = await stat(file);
    await expect(exportToFile(stack.name, stack.env, { project: "blog", file, force: false })).rejects.toThrow(`${file} is there already, and was not touched`);
    expect(await stat(file)).toMatchObject({ mtimeMs, size });
  });
});

describe("the archive", () => {
  test("is one file for its owner alone, whole by its own sums", async () => {
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await execa("sha256sum", ["--check", "--quiet", "--strict", "SHA256SUMS"], { cwd: archive });
    const { stdout } = await execa("tar", ["-tf", file]);
    expect(stdout.split("\n").filter((name) => !name.includes("/volumes/"))).toEqual(
      ["README.md", ".env", "docker-compose.project.yml", "manifest.json", "restore.sh", "check.sql", "clear.sql", "secrets.sql", "restore.list", "extras.sql", "database.dump", "SHA256SUMS"].map((name) => `blog/${name}`),
    );
    expect(stdout.split("\n")).toHaveLength(13);
  });

  test("has each stored file where upstream's Storage looks for it, byte by byte, with its type", async () => {
    const files: Record<string, unknown>[] = [];
    for await (const entry of createReadStream(file).pipe(extract())) {
      const content = await buffer(entry);
      const { name, pax } = entry.header;
      const attributes = Object.fromEntries(Object.entries(pax ?? {}).filter(([key]) => key.includes("xattr")));
      if (name.includes("/volumes/")) files.push({ name: name.replace(/[^/]+$/, ""), attributes, isSame: content.equals(BYTES) });
    }
    const attributes = { "SCHILY.xattr.user.supabase.content-type": "image/x-own", "SCHILY.xattr.user.supabase.cache-control": "max-age=77" };
    expect(files).toEqual([{ name: "blog/volumes/storage/stub/stub/pictures/a folder/of blog.bin/", attributes, isSame: true }]);
  });

  test("has the project's own keys: a token of before is valid by them", () => {
    expect(env).toMatchObject({ ANON_KEY: project.anonKey, SERVICE_ROLE_KEY: project.serviceRoleKey, SUPABASE_PUBLISHABLE_KEY: project.publishableKey, SUPABASE_SECRET_KEY: project.secretKey, JWT_SECRET: project.jwtSecret });
    expect(jwt.verify(project.anonKey, env.JWT_SECRET!)).toMatchObject({ role: "anon" });
    expect(env.API_EXTERNAL_URL).toBe(`${project.url}/auth/v1`);
  });

  test("says nothing of how roles are called here", async () => {
    const texts = await Promise.all(["check.sql", "clear.sql", "secrets.sql", "extras.sql", "restore.sh", ".env"].map((name) => readFile(join(archive, name), "utf8")));
    expect(texts.join("\n")).not.toMatch(/blog_|supabase_image/);
    const dump = await readFile(join(archive, "database.dump"));
    expect(dump.toString("latin1")).not.toMatch(/blog_(?:owner|authenticator|auth_admin|storage_admin|realtime)|supabase_image/);
  });
});

describe("on a stranger's server, with upstream's images and the archive alone", () => {
  beforeAll(async () => {
    stranger = new StrangerServer(parse(await readFile(stack.images, "utf8")) as Record<string, string>, env);
    await stranger.startDatabase();
  });

  test("restore.sh restores all of it: rows, sequences, owners, grants, policies", async () => {
    const { exitCode, all } = await restoreSh();
    expect([exitCode, all]).toEqual([0, expect.stringMatching(/^Restored: 1 users, \d+ tables$/m)]);
    expect(await everything((query) => stranger.sql(query), "postgres")).toEqual(before);
    expect(await stranger.sql("show work_mem")).toBe("5MB");
    expect(await stranger.sql("select rolname from pg_roles where rolname like 'supabase_restore%' or rolname like 'blog%'")).toBe("");
  });

  test("the owner may do with the services' tables what upstream's may: with one that auth has made since too", async () => {
    const may = (table: string) => stranger.sql(`select has_table_privilege('postgres', '${table}', 'insert')`);
    // auth.schema_migrations: the image takes it away from postgres.
    expect([await may("auth.users"), await may("auth.identities"), await may("auth.schema_migrations"), await may("storage.objects")]).toEqual(["t", "t", "f", "t"]);
    expect(await stranger.rows("select defaclrole::regrole::text as role, defaclobjtype as of from pg_default_acl where defaclnamespace = 'auth'::regnamespace order by 1, 2")).toEqual(
      ["S", "f", "r"].map((of) => ({ role: "supabase_auth_admin", of })),
    );
  });

  test("a second time it is refused, as the database is in use", async () => {
    const { failed, all } = await restoreSh();
    expect([failed, all]).toEqual([true, expect.stringContaining("the database is in use: it has")]);
    expect(await everything((query) => stranger.sql(query), "postgres")).toEqual(before);
  });

  test("the services run on it: the old password, the old token, the old keys, the file", async () => {
    const [auth, rest, storage] = [await stranger.startAuth(), await stranger.startRest(), await stranger.startStorage(filesOf(archive))];
    const post = (url: string, body: object) => fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    const session = (await (await post(`${auth}/token?grant_type=password`, { email: EMAIL, password: PASSWORD })).json()) as { access_token: string };
    for (const bearer of [token, session.access_token]) {
      expect((await (await fetch(`${auth}/user`, { headers: { authorization: `Bearer ${bearer}` } })).json())).toMatchObject({ email: EMAIL });
      expect(await (await fetch(`${rest}/notes?select=body`, { headers: { authorization: `Bearer ${bearer}` } })).json()).toEqual([{ body: "welcome" }]);
    }
    expect((await fetch(`${rest}/open_notes`, { headers: { authorization: `Bearer ${env.ANON_KEY}` } })).status).toBe(401);
    const object = await fetch(`${storage}/object/pictures/a%20folder/of%20blog.bin`, { headers: { authorization: `Bearer ${token}` } });
    expect([object.status, object.headers.get("content-type"), object.headers.get("cache-control")]).toEqual([200, "image/x-own", "max-age=77"]);
    expect(Buffer.from(await object.arrayBuffer()).equals(BYTES)).toBe(true);
  });
});
