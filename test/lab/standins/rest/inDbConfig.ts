// Configuration in the database: `alter role authenticator set pgrst.db_schemas = …`, and settings of the roles that it may switch to
// (docs/references/configuration.rst "In-Database Configuration"; src/PostgREST/Config/Database.hs at v14.17).
import type { Environment } from "./config.ts";
import type { JsonQuery } from "./schemaCache.ts";
import type { RoleSettings } from "./transaction.ts";

const ALLOWED = [
  "db_aggregates_enabled", "db_anon_role", "db_extra_search_path", "db_max_rows", "db_plan_enabled", "db_pre_config",
  "db_pre_request", "db_prepared_statements", "db_root_spec", "db_schemas", "db_tx_end", "db_hoisted_tx_settings", "jwt_aud",
  "jwt_role_claim_key", "jwt_secret", "jwt_secret_is_base64", "jwt_cache_max_lifetime", "openapi_mode", "openapi_security_active",
  "openapi_server_proxy_uri", "server_cors_allowed_origins", "server_trace_header", "server_timing_enabled",
];

/** What is set for this database goes before what is set for all. */
const SETTINGS = `
select coalesce(json_agg(setting order by setdatabase), '[]') as json
from pg_db_role_setting, unnest(setconfig) setting
where setrole = (select oid from pg_roles where rolname = current_user)
  and setdatabase in (0, (select oid from pg_database where datname = current_database()))`;

/** Only settings that the authenticator may set itself. */
const ROLE_SETTINGS = `
select coalesce(json_agg(json_build_array(r.rolname, s.name, substr(entry, strpos(entry, '=') + 1))), '[]') as json
from pg_auth_members m join pg_roles r on r.oid = m.roleid, unnest(r.rolconfig) entry
join pg_settings s on s.name = split_part(entry, '=', 1) and s.context = 'user'
where m.member = (select oid from pg_roles where rolname = current_user)`;

async function json<T>(client: JsonQuery, text: string): Promise<T> {
  return JSON.parse((await client.query(text)).rows[0]!["json"] as string) as T;
}

/** As variables, to be laid over those of the environment. */
export function asVariables(settings: string[]): Environment {
  const pairs = settings.map((setting): [string, string] => {
    const equals = setting.indexOf("=");
    return [setting.slice(0, equals), setting.slice(equals + 1)];
  });
  const known = pairs.filter(([name]) => name.startsWith("pgrst.") && ALLOWED.includes(name.slice(6)));
  return Object.fromEntries(known.map(([name, value]) => [`PGRST_${name.slice(6).toUpperCase()}`, value]));
}

export async function readDbVariables(client: JsonQuery): Promise<Environment> {
  return asVariables(await json<string[]>(client, SETTINGS));
}

export async function readRoleSettings(client: JsonQuery): Promise<RoleSettings> {
  const rows = await json<[string, string, string][]>(client, ROLE_SETTINGS);
  const roles: RoleSettings = new Map();
  for (const [role, name, value] of rows) {
    const entry = roles.get(role) ?? { settings: [], isolationLevel: undefined };
    if (name === "default_transaction_isolation") entry.isolationLevel = value;
    else entry.settings.push([name, value]);
    roles.set(role, entry);
  }
  return roles;
}
