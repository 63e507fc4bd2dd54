// The SQL beside the dump in a project's archive: restore.sh runs it, by psql, as the superuser of the server that the project comes to. Pure.
import type { Archive } from "./archive.ts";
import { imageRoles, relationsOf, UPSTREAM_OWNERS } from "./exportNames.ts";
import { encryptSecret, type Extras, renderMapping, renderSetting, type RoleSetting } from "./extras.ts";
import { renderPassedOn } from "./passedOn.ts";
import { quoteLiteral } from "./postgres.ts";
import type { BackupProject } from "./project.ts";

/** Logins that the dump names; upstream's image has them all. */
const NEEDED = [...UPSTREAM_OWNERS, "supabase_admin", "supabase_realtime_admin", "anon", "authenticated", "service_role"];
/** Where a project's tables would be, or a service's. */
const CHECKED = ["public", "auth", "storage", "realtime"];

/**
 * Fails where the database is not upstream's own as its first start made it: what is restored then would be a mixture.
 *
 * @param base what the image holds on its first start
 */
export function renderCheck(base: Archive): string {
  const known = relationsOf(base).filter((name) => CHECKED.some((schema) => name.startsWith(`${schema}.`)));
  const major = Number.parseInt(base.serverVersion, 10);
  return `-- Stops where the database is not as upstream's image makes it at its first start. Changes nothing.
do $check$
declare
  found text;
  rows bigint;
begin
  if current_setting('server_version_num')::int / 10000 <> ${major} then
    raise exception 'this is Postgres %, and the dump is of Postgres ${major}', current_setting('server_version');
  end if;
  select string_agg(name, ', ') into found from unnest(${textArray(NEEDED)}) as name where to_regrole(name) is null;
  if found is not null then
    raise exception 'this server has no role %: it is not upstream''s image supabase/postgres', found;
  end if;
  select string_agg(format('%I.%I', nspname, relname), ', ') into found
    from pg_class c join pg_namespace n on n.oid = relnamespace
    where nspname = any (${textArray(CHECKED)}) and relkind in ('r', 'p', 'v', 'm', 'f')
      and nspname || '.' || relname <> all (${textArray(known)});
  if found is not null then
    raise exception 'the database is in use: it has % … Start with one that is new, and before any other service has run', left(found, 200);
  end if;
  foreach found in array array['auth.users', 'storage.buckets'] loop
    if to_regclass(found) is not null then
      execute format('select count(*) from %s', found) into rows;
      if rows > 0 then
        raise exception 'the database is in use: % has % rows. Start with one that is new', found, rows;
      end if;
    end if;
  end loop;
end
$check$;
`;
}

const textArray = (texts: Iterable<string>): string => `array[${[...texts].map(quoteLiteral).join(", ")}]::text[]`;

type Logins = Pick<BackupProject, "name" | "database" | "roles">;

/** Each project's login has it, so that no sort fills the disk of all (components/database/tenancySql.ts). */
const OURS = ["temp_file_limit"];

/** Settings that are the project's: not those that the image gives its own logins, and none of ours. */
export function projectSettings(settings: readonly RoleSetting[], image: readonly RoleSetting[], project: Logins): RoleSetting[] {
  const { moved, realtime } = imageRoles(project);
  const gone = new Set([realtime, ...moved.map(({ image: name }) => name)]);
  const same = new Set(image.map((setting) => JSON.stringify(setting)));
  return settings.filter(({ role, inDatabase, name, value }) => {
    if (role !== undefined && gone.has(role)) return false;
    return inDatabase || !(OURS.includes(name) || same.has(JSON.stringify({ role, inDatabase, name, value })));
  });
}

/**
 * The vault's secrets, to be there before the dump's tables: one of the project's may refer to them. May be run again. Secret: they are in it as
 * plain text.
 */
export function renderSecrets({ vault }: Extras): string {
  const secrets = vault.flatMap(({ id, name, description, secret, created_at, updated_at }) => [
    `insert into vault.secrets (id, name, description, created_at, updated_at, secret) values (${[id, name, description, created_at, updated_at, ""].map(literal).join(", ")}) on conflict (id) do nothing;`,
    // Encrypts with the key of the server that it runs on.
    encryptSecret(literal(id), literal(secret)),
  ]);
  return ["-- Secrets of the vault.", ...secrets, ""].join("\n");
}

/** What else pg_dump has not. Secret: the options of a user mapping may be. */
export function renderExtras({ mappings, grants, settings }: Extras, database: string): string {
  const lines = [...mappings.map(renderMapping), ...grants.map(renderPassedOn), ...settings.map((setting) => renderSetting(setting, database))];
  return ["-- What pg_dump has not: options of user mappings, grants that were passed on, settings of roles and of the database.", ...lines, ""].join("\n");
}

const literal = (text: string | null): string => (text === null ? "null" : quoteLiteral(text));
