import { afterAll, beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { quoteIdentifier, quoteLiteral, renderTenancySql } from "../../../components/database/tenancySql.ts";
import { startPostgres, type TestPostgres } from "../lab/plugins/postgresServer.ts";

let postgres: TestPostgres;

/** What the image has of all that the tenancy SQL speaks of. */
const IMAGE = `
  create schema auth; create schema storage; create schema extensions;
  create schema realtime; create table realtime.schema_migrations (version bigint);
  create publication supabase_realtime;
`;
const ROLES = ["supabase_auth_admin", "supabase_storage_admin", "supabase_realtime_admin", "anon", "authenticated", "service_role", "authenticator", "supabase_backup"];

beforeAll(async () => {
  postgres = await startPostgres();
  await postgres.query("create table canary (alive int)");
  for (const role of ROLES) await postgres.query(`create role ${role}`);
  await postgres.query("alter role authenticator set lock_timeout = '8s'");
}, 120_000);

afterAll(() => postgres?.stop());

/** Names that no rule of ours lets through; what they say must never run. No NUL, which Postgres has in no text; 63 bytes at most. */
const hostile = fc
  .tuple(fc.constantFrom("", "'", '"', "$settings$", "%I", "\\", "; drop table canary; --", "'); drop table canary; --"), fc.string({ maxLength: 12, unit: "binary-ascii" }))
  .map((parts) => parts.join("").replaceAll("\0", ""))
  .filter((name) => name.trim() !== "");

test("identifiers and strings come back as they went in", async () => {
  await fc.assert(
    fc.asyncProperty(hostile, async (text) => {
      const [row] = await postgres.query(`select ${quoteLiteral(text)} as ${quoteIdentifier(text)}`);
      expect(row).toEqual({ [text]: text });
    }),
    { numRuns: 60 },
  );
  expect(await postgres.query("select * from canary")).toEqual([]);
}, 60_000);

test("the tenancy SQL of a project of any name does what it says and nothing that the name says", async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(hostile, async (name) => {
      const prefix = `${++run} ${name}`;
      const roles = { owner: `${prefix}_o`, authenticator: `${prefix}_a`, authAdmin: `${prefix}_u`, storageAdmin: `${prefix}_s`, realtime: `${prefix}_r` };
      for (const role of Object.values(roles)) await postgres.query(`create role ${quoteIdentifier(role)} login`);
      await postgres.query(`create database ${quoteIdentifier(prefix)}`);
      await postgres.query(IMAGE, [], prefix);
      await postgres.query(renderTenancySql({ database: prefix, roles }), [], prefix);
      const [settings] = await postgres.query("select rolconfig from pg_roles where rolname = $1", [roles.authenticator]);
      expect(settings.rolconfig).toEqual(["lock_timeout=8s", "temp_file_limit=2GB"]);
      const [owner] = await postgres.query("select nspowner::regrole::text = quote_ident($1) as is from pg_namespace where nspname = 'auth'", [roles.authAdmin], prefix);
      expect(owner).toEqual({ is: true });
    }),
    { numRuns: 12 },
  );
  expect(await postgres.query("select * from canary")).toEqual([]);
}, 120_000);
