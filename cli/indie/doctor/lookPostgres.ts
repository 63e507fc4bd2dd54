// What Postgres has: two questions for the server, one for each database.
import { z } from "zod";
import { psql } from "../../psql.ts";
import type { Run } from "../../run.ts";
import { answered, SECONDS } from "./ask.ts";
import type { InsideIs, PostgresIs } from "./databases.ts";

const SERVER = `SELECT json_build_object(
'databases', (SELECT json_object_agg(d.datname, json_build_object(
  'owner', pg_get_userbyid(d.datdba), 'limit', d.datconnlimit, 'isOpen', d.datallowconn, 'isTemplate', d.datistemplate,
  'acl', (SELECT coalesce(json_agg(json_build_object('grantee', CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END, 'privilege', a.privilege_type)), '[]')
    FROM aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a),
  'session', (SELECT coalesce(json_agg(split_part(setting, '=', 1)), '[]') FROM pg_db_role_setting s, unnest(s.setconfig) setting
    WHERE s.setdatabase = d.oid AND s.setrole = (SELECT oid FROM pg_roles WHERE rolname = current_user))
  )) FROM pg_database d),
'roles', (SELECT json_object_agg(r.rolname, json_build_object(
  'login', r.rolcanlogin, 'inherit', r.rolinherit, 'replication', r.rolreplication, 'bypassRls', r.rolbypassrls, 'superuser', r.rolsuper,
  'createRole', r.rolcreaterole, 'createDatabase', r.rolcreatedb, 'limit', r.rolconnlimit, 'verifier', r.rolpassword,
  'memberOf', (SELECT coalesce(json_agg(DISTINCT pg_get_userbyid(m.roleid)), '[]') FROM pg_auth_members m WHERE m.member = r.oid),
  'settings', (SELECT coalesce(json_agg(setting), '[]') FROM pg_db_role_setting s, unnest(s.setconfig) setting WHERE s.setdatabase = 0 AND s.setrole = r.oid)
  )) FROM pg_authid r));`;

const strings = z.array(z.string());
const Server = z.object({
  databases: z.record(
    z.string(),
    z.object({ owner: z.string(), limit: z.number(), isOpen: z.boolean(), isTemplate: z.boolean(), acl: z.array(z.object({ grantee: z.string(), privilege: z.string() })), session: strings }),
  ),
  roles: z.record(
    z.string(),
    z.object({
      ...{ login: z.boolean(), inherit: z.boolean(), replication: z.boolean(), bypassRls: z.boolean(), superuser: z.boolean(), createRole: z.boolean() },
      ...{ createDatabase: z.boolean(), limit: z.number(), verifier: z.string().nullable(), memberOf: strings, settings: strings },
    }),
  ),
});

/** @throws Stop where it does not answer */
export const lookAtPostgres = async (run: Run, stack: string): Promise<PostgresIs> => Server.parse(JSON.parse(answered(await psql({ run, stack, sql: SERVER, timeoutSeconds: SECONDS }))));

/** Who waits for what an owner has locked waits for ever. */
const INSIDE = `SET statement_timeout = '20s'; SET lock_timeout = '10s';
SELECT pg_catalog.json_build_object(
'owners', (SELECT pg_catalog.json_object_agg(nspname, pg_catalog.pg_get_userbyid(nspowner)) FROM pg_catalog.pg_namespace),
'publication', (SELECT pg_catalog.pg_get_userbyid(pubowner) FROM pg_catalog.pg_publication WHERE pubname = 'supabase_realtime'),
'grants', (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('schema', n.nspname, 'grantee', pg_catalog.pg_get_userbyid(a.grantee), 'privilege', a.privilege_type)), '[]')
  FROM pg_catalog.pg_namespace n, pg_catalog.aclexplode(n.nspacl) a WHERE n.nspname IN ('public', 'extensions', 'realtime') AND a.grantee <> 0));`;

const Inside = z.object({
  owners: z.record(z.string(), z.string()),
  publication: z.string().nullable(),
  grants: z.array(z.object({ schema: z.string(), grantee: z.string(), privilege: z.string() })),
});

/** @throws Stop where it does not answer */
export const lookInside = async (run: Run, stack: string, database: string): Promise<InsideIs> =>
  Inside.parse(JSON.parse(answered(await psql({ run, stack, sql: INSIDE, database, timeoutSeconds: SECONDS }))));
