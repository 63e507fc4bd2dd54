import { READER } from "../../images/backup/settings.ts";
import type { RoleNames } from "../../spec/names.ts";

/** A Postgres identifier as it must stand in SQL. */
export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A Postgres string as it must stand in SQL (standard_conforming_strings, on since 9.1). */
export const quoteLiteral = (text: string): string => `'${text.replaceAll("'", "''")}'`;

export interface TenancyArgs {
  database: string;
  roles: RoleNames;
}

/**
 * Makes a copy of the template one project's own: who may connect, who owns what, what new objects grant. Runs in the project's
 * database as superuser, again whenever its text changes, so every statement is idempotent. Holds no secret.
 * Recipe and reasons: facts/tenancy.md §6.4, §9; DESIGN §5, §13.16.
 */
export function renderTenancySql({ database, roles }: TenancyArgs): string {
  const id = quoteIdentifier;
  const { owner, authenticator, authAdmin, storageAdmin, realtime } = roles;
  const everyLogin = [owner, authenticator, authAdmin, storageAdmin, realtime].map(id).join(", ");
  return `begin;

-- CONNECT for the project's own logins alone, never for a group: membership would give it away.
revoke connect on database ${id(database)} from public;
grant connect on database ${id(database)} to ${everyLogin};
-- And for who makes its backups, and can change nothing.
grant connect on database ${id(database)} to ${id(READER)};

-- On the first day alone: what the owner changes of it later is the owner's.
select set_config('indie_ventures.first_day', (nspowner::regrole::text <> quote_ident(${quoteLiteral(authAdmin)}))::text, true) from pg_namespace where nspname = 'auth';

-- What the image's one set of services owns becomes this project's.
reassign owned by supabase_auth_admin to ${id(authAdmin)};
alter schema auth owner to ${id(authAdmin)};
reassign owned by supabase_storage_admin to ${id(storageAdmin)};
alter schema storage owner to ${id(storageAdmin)};
alter publication supabase_realtime owner to ${id(owner)};

-- What Realtime does at each connection: it counts its migrations, makes partitions and a publication, reads changes without a log line
-- for each (facts/tenancy.md §1.6, measured).
alter schema realtime owner to ${id(realtime)};
alter table realtime.schema_migrations owner to ${id(realtime)};
grant all on schema realtime to supabase_realtime_admin with grant option;
grant usage on schema realtime to anon, authenticated, service_role, ${id(owner)};
grant create on database ${id(database)} to ${id(realtime)};
-- One row for all projects: two of them at a time would be "tuple concurrently updated".
lock table pg_catalog.pg_parameter_acl in share row exclusive mode;
grant set on parameter log_min_messages to ${id(realtime)};

-- The owner makes tables, the API's roles use them, row level security decides.
grant usage, create on schema public to ${id(owner)};
grant usage on schema extensions to ${everyLogin};
-- A name inside the block could end it; a setting can not.
select set_config('indie_ventures.owner', ${quoteLiteral(owner)}, true);
do $defaults$
declare
  things text;
begin
  if current_setting('indie_ventures.first_day')::boolean then
    foreach things in array array['tables', 'sequences', 'functions'] loop
      execute format(
        'alter default privileges for role %I in schema public grant all on %s to anon, authenticated, service_role',
        current_setting('indie_ventures.owner'), things
      );
    end loop;
  end if;
end
$defaults$;

-- Statements are noted under the role that ran them, and API roles are one for all projects: under anon each project would read the
-- others' statements, with the names of their tables and columns (measured). The owner sees its own.
do $statements$
declare
  part record;
begin
  for part in
    select case classid when 'pg_proc'::regclass then 'function ' || objid::regprocedure else objid::regclass::text end as name
      from pg_depend
      where refclassid = 'pg_extension'::regclass and deptype = 'e' and classid in ('pg_proc'::regclass, 'pg_class'::regclass)
        and refobjid = (select oid from pg_extension where extname = 'pg_stat_statements')
  loop
    execute format('revoke all on %s from public', part.name);
    if part.name not like '%_reset(%' then
      execute format('grant all on %s to %I', part.name, current_setting('indie_ventures.owner'));
    end if;
  end loop;
end
$statements$;

-- Vault's secrets are the owner's to make and to read, as in the image they are \`postgres\`'s, who may pass that on. An image may be without.
do $vault$
begin
  if exists (select from pg_extension where extname = 'supabase_vault') then
    execute format('grant usage on schema vault to %I with grant option', current_setting('indie_ventures.owner'));
    execute format(
      'grant select, delete, truncate, references on vault.secrets, vault.decrypted_secrets to %I with grant option',
      current_setting('indie_ventures.owner')
    );
    execute format(
      'grant execute on function vault.create_secret, vault.update_secret, vault._crypto_aead_det_decrypt to %I with grant option',
      current_setting('indie_ventures.owner')
    );
  end if;
end
$vault$;

-- As the image sets its one authenticator, whatever that is in this version (facts/tenancy.md §4): among it that an update or a delete
-- over the API must have a condition. statement_timeout is the Role resource's, which reads it back.
select set_config('indie_ventures.authenticator', ${quoteLiteral(authenticator)}, true);
do $settings$
declare
  setting text;
  name text;
  value text;
begin
  for setting in
    select unnest(setconfig) from pg_db_role_setting where setdatabase = 0 and setrole = 'authenticator'::regrole
  loop
    name := split_part(setting, '=', 1);
    value := substr(setting, length(name) + 2);
    if name = 'session_preload_libraries' then
      -- A list: one literal would be one library with a comma in its name.
      select string_agg(quote_literal(trim(both ' "' from library)), ', ') into value from unnest(string_to_array(value, ',')) as library;
      execute format('alter role %I set session_preload_libraries = %s', current_setting('indie_ventures.authenticator'), value);
    elsif name <> 'statement_timeout' then
      execute format('alter role %I set %I = %L', current_setting('indie_ventures.authenticator'), name, value);
    end if;
  end loop;
end
$settings$;

-- A sort that does not end fills the disk of all (DESIGN §13.18).
${[owner, authenticator, authAdmin, storageAdmin, realtime].map((role) => `alter role ${id(role)} set temp_file_limit = '2GB';`).join("\n")}

commit;
`;
}
