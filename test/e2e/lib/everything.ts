import { expect } from "@jest/globals";
import { readFile } from "node:fs/promises";
import { createTables, ownerSql, supabase } from "./clients.ts";
import { docker, type ProjectOutputs, type TestStack } from "./testStack.ts";

/** Of the user `me@<name>.example.com`. */
export const PASSWORD = "a password of before";
const BYTES = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251));

/** What people put into a project, the awkward included. @returns the token of its user */
export async function fill(project: ProjectOutputs, name: string): Promise<string> {
  const awkward = await readFile(new URL("awkward.sql", import.meta.url), "utf8");
  await createTables(project);
  await ownerSql(project, awkward);
  await ownerSql(project, `alter role ${name}_owner in database ${name} set search_path = '"$user"', public, extensions; alter database ${name} set work_mem = '5MB'; alter role ${name}_owner set lock_timeout = '70s'`);
  const client = supabase(project.url, project.anonKey);
  const { data, error } = await client.auth.signUp({ email: `me@${name}.example.com`, password: PASSWORD });
  expect(error).toBeNull();
  const storage = supabase(project.url, project.serviceRoleKey).storage;
  expect((await storage.createBucket("pictures")).error).toBeNull();
  expect((await storage.from("pictures").upload(`a folder/of ${name}.bin`, BYTES, { contentType: "image/x-own", cacheControl: "77" })).error).toBeNull();
  return data.session!.access_token;
}

/** All that a project's people would miss, told in a form that can be compared. */
export async function readEverything(project: ProjectOutputs, name: string, token: string): Promise<unknown> {
  const client = supabase(project.url, project.anonKey);
  const session = await client.auth.signInWithPassword({ email: `me@${name}.example.com`, password: PASSWORD });
  const object = await fetch(`${project.url}/storage/v1/object/pictures/a%20folder/of%20${name}.bin`, { headers: { apikey: project.anonKey, authorization: `Bearer ${token}` } });
  const query = async (text: string) => (await ownerSql(project, text)).rows;
  return {
    signIn: session.error,
    oldToken: (await client.auth.getUser(token)).data.user?.email,
    notes: (await client.from("notes").select("body")).data,
    // A role that may not is told so, and one that may sees it.
    denied: (await client.from("open_notes").select("body")).error?.code ?? "none",
    object: [object.status, object.headers.get("content-type"), object.headers.get("cache-control"), Buffer.from(await object.arrayBuffer()).equals(BYTES)],
    moods: await query("select m, p, g from moods"),
    weird: await query(`select * from "we""ird\nname"."ta'ble" order by 1`),
    sequence: await query("select last_value, is_called from counter"),
    large: await query("select convert_from(lo_get(4711), 'UTF8') as text"),
    settings: await query("select current_setting('work_mem') as memory, current_setting('search_path') as path, current_setting('lock_timeout') as patience"),
    inherited: await query("select i, own, late from child"),
    grants: await query("select relname, a::text as acl from pg_class, unnest(relacl) as a where relnamespace = 'public'::regnamespace order by 1, 2"),
    defaults: await query("select defaclrole::regrole::text, defaclobjtype, defaclnamespace::regnamespace::text, a::text as acl from pg_default_acl, unnest(defaclacl) as a order by 1, 2, 3, 4"),
    owners: await query("select c.oid::regclass::text as name, relowner::regrole::text from pg_class c where relnamespace::regnamespace::text in ('auth', 'storage', 'realtime') and relkind in ('r', 'p') order by 1"),
    policies: await query("select schemaname, tablename, policyname, roles::text, qual from pg_policies order by 1, 2, 3"),
    extensions: await query("select extname, extowner::regrole::text from pg_extension order by 1"),
    published: await query("select pubname, schemaname, tablename from pg_publication_tables order by 1, 2, 3"),
    vault: await query("select id, name, description, decrypted_secret, created_at, updated_at, id in (select secret from keys) as known from vault.decrypted_secrets order by name"),
    passedOn: await query(
      `select c.oid::regclass::text as name, acl::text from pg_class c, unnest(relacl) as acl where relnamespace = 'vault'::regnamespace
       union all select attname, acl::text from pg_attribute, unnest(attacl) as acl where attrelid = 'vault.secrets'::regclass
       union all select nspname, acl::text from pg_namespace, unnest(nspacl) as acl where nspname in ('vault', 'public', 'auth', 'storage', 'realtime') order by 1, 2`,
    ),
    comment: await query("select obj_description('public'::regnamespace)"),
    rows: await query("select client from hits order by id"),
  };
}

/** What Vault's secrets are encrypted with: a server's own, told shortly. */
export const rootKey = ({ name }: TestStack): Promise<string> => docker("exec", `iv-${name}-postgres`, "sha256sum", "/etc/postgresql-custom/pgsodium_root.key");
