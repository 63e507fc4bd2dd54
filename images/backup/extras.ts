// What of a project pg_dump has not, or has in a form that only this server can read, or only a superuser can restore: settings of roles and of the
// database, secrets of the vault, options of user mappings, grants that were passed on.
import type pg from "pg";
import { quoteGrantee, quoteIdentifier, quoteLiteral } from "./postgres.ts";
import { describePassedOn, type PassedOn, readPassedOn } from "./passedOn.ts";
import { shown, Stop } from "./stop.ts";

/** A setting of a role, or of the database, or of a role in the database alone (`pg_db_role_setting`). */
export interface RoleSetting {
  /** Undefined: of the database for all roles. */
  role?: string;
  inDatabase: boolean;
  name: string;
  value: string;
}

export interface VaultSecret {
  id: string;
  name: string | null;
  description: string;
  /** In plain text. Secret. */
  secret: string;
  /** ISO 8601, in microseconds. */
  created_at: string;
  updated_at: string;
}

export interface UserMapping {
  server: string;
  /** `public`, which is no role's name: all. */
  user: string;
  /** `name=value`. Secret. */
  options: string[];
}

/** Secret as a whole. */
export interface Extras {
  settings: RoleSetting[];
  vault: VaultSecret[];
  mappings: UserMapping[];
  grants: PassedOn[];
}

/** Of the project's logins everywhere, and of every role in this database; but for what makes our own sessions safe. */
const SETTINGS = `
  select rolname as role, setdatabase <> 0 as in_database, unnest(setconfig) as setting
    from pg_db_role_setting left join pg_roles r on r.oid = setrole
    where (setdatabase = (select oid from pg_database where datname = current_database()) and rolname is distinct from 'supabase_admin')
       or (setdatabase = 0 and rolname = any ($1))
    order by 1, 2, 3`;
const TIME = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.USZ') as ${column}`;
const VAULT = `select id::text, name, description, decrypted_secret as secret, ${TIME("created_at")}, ${TIME("updated_at")} from vault.decrypted_secrets order by 1`;
/**
 * SQL that encrypts a secret as vault.create_secret does, but under the id that it had (supabase/vault sql/supabase_vault--0.3.0.sql @66bbb05).
 * `update_secret` would decrypt the old value first.
 *
 * @param id an SQL expression, as is `secret`
 */
export const encryptSecret = (id: string, secret: string): string => `
  update vault.secrets set secret = encode(vault._crypto_aead_det_encrypt(
      message := convert_to(${secret}, 'utf8'), additional := convert_to(id::text, 'utf8'), key_id := 0, context := 'pgsodium', nonce := nonce), 'base64')
    where id = ${id};`;
const MAPPINGS = `
  select srvname as server, case umuser when 0 then 'public' else rolname end as user, umoptions as options
    from pg_user_mapping join pg_foreign_server s on s.oid = umserver left join pg_roles r on r.oid = umuser where umoptions is not null order by 1, 2`;

/** The image's own, and no view of the owner's under its name: what that calls would run as who asks. */
const HAS_VAULT = `
  select exists (
    select from pg_depend d join pg_extension e on e.oid = d.refobjid
      where d.refclassid = 'pg_extension'::regclass and d.deptype = 'e' and e.extname = 'supabase_vault'
        and d.classid = 'pg_class'::regclass and d.objid = to_regclass('vault.decrypted_secrets')
  ) as there`;

const hasVault = async (client: pg.Client): Promise<boolean> => (await client.query<{ there: boolean }>(HAS_VAULT)).rows[0]!.there;

/** @param client a superuser's, in the project's database */
export async function readExtras(client: pg.Client, roles: readonly string[]): Promise<Extras> {
  const vault = (await hasVault(client)) ? (await client.query<VaultSecret>(VAULT)).rows : [];
  const mappings = (await client.query<UserMapping>(MAPPINGS)).rows;
  return { settings: await readSettings(client, roles), vault, mappings, grants: await readPassedOn(client, roles) };
}

async function readSettings(client: pg.Client, roles: readonly string[]): Promise<RoleSetting[]> {
  const { rows } = await client.query<{ role: string | null; in_database: boolean; setting: string }>(SETTINGS, [roles]);
  return rows.map(({ role, in_database, setting }) => {
    const at = setting.indexOf("=");
    return { ...(role === null ? {} : { role }), inDatabase: in_database, name: setting.slice(0, at), value: setting.slice(at + 1) };
  });
}

export interface SettingsArgs {
  database: string;
  roles: readonly string[];
  /** Of the backups. */
  reader: string;
}

/** What they name is loaded into every session, also into ours. */
const LIBRARIES = ["session_preload_libraries", "dynamic_library_path"];
/** Superusers, and who reads all for backups. */
const OURS = "select rolname from pg_roles where rolsuper or rolname = $1";

/** What is so already stays: the tenancy sets some that only a superuser may. @throws Stop naming what is not the project's to set */
export async function restoreSettings(client: pg.Client, settings: readonly RoleSetting[], args: SettingsArgs): Promise<void> {
  for (const setting of await settingsToRestore(client, settings, args)) await client.query(renderSetting(setting, args.database));
}

/** Those that are not so already. @throws Stop naming what is not the project's to set */
export async function settingsToRestore(client: pg.Client, settings: readonly RoleSetting[], { roles, reader }: Omit<SettingsArgs, "database">): Promise<RoleSetting[]> {
  const [found, { rows }] = [await readSettings(client, roles), await client.query<{ rolname: string }>(OURS, [reader])];
  const missing = missingOf(settings, found);
  const refused = foreignSettings(missing, { roles, ours: rows.map(({ rolname }) => rolname) });
  if (refused.length > 0) throw new Stop(`The backup is refused: it sets what is not the project's to set: ${refused.slice(0, 5).map(describeSetting).join(", ")}`);
  return missing;
}

/** Those of other roles, of ours in the database, and libraries. Pure. */
export const foreignSettings = (settings: readonly RoleSetting[], { roles, ours }: { roles: readonly string[]; ours: readonly string[] }): RoleSetting[] =>
  settings.filter(({ role, inDatabase, name }) => LIBRARIES.includes(name) || (inDatabase ? role !== undefined && ours.includes(role) : !roles.includes(role ?? "")));

const describeSetting = ({ role, inDatabase, name }: RoleSetting): string => shown(`${name} of ${role ?? "all roles"}${inDatabase ? " in the database" : ""}`);

/** Lists, of which each word is quoted by itself (postgres src/bin/pg_dump/dumputils.c, variable_is_guc_list_quote). */
const LISTS = ["local_preload_libraries", "search_path", "session_preload_libraries", "shared_preload_libraries", "temp_tablespaces", "unix_socket_directories"];

/** What makes a setting what it was. A list is in the catalog as it is written in SQL, quoted where it must be. */
export function renderSetting({ role, inDatabase, name, value }: RoleSetting, database: string): string {
  const where = inDatabase ? `database ${quoteIdentifier(database)}` : "";
  const who = role === undefined ? `alter ${where}` : `alter role ${quoteIdentifier(role)}${inDatabase ? ` in ${where}` : ""}`;
  const text = LISTS.includes(name) ? listWords(value).map(quoteLiteral).join(", ") || "''" : quoteLiteral(value);
  // A name with a dot is one of an extension's, or made up: quoted as a whole it is none any more.
  return `${who} set ${name.split(".").map(quoteIdentifier).join(".")} to ${text};`;
}

/** Words between commas, in double quotes where they hold one (postgres src/backend/utils/adt/varlena.c, SplitIdentifierString). */
const listWords = (value: string): string[] =>
  [...value.matchAll(/"((?:[^"]|"")*)"|([^\s,"]+)/g)].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain!);

/**
 * Secrets with the ids that they had, encrypted with the key of this server. Before anything of a dump is in the database: a table of the
 * project's may refer to them, and nothing of its own waits for what a superuser writes.
 *
 * @throws Stop where there is no Vault to put them into
 */
export async function restoreVault(client: pg.Client, secrets: readonly VaultSecret[]): Promise<void> {
  if (secrets.length > 0 && !(await hasVault(client))) throw new Stop("the backup holds secrets of Vault, and this server's Postgres has no extension supabase_vault");
  for (const { id, name, description, secret, created_at, updated_at } of secrets) {
    const values = [id, name, description, created_at, updated_at];
    await client.query("insert into vault.secrets (id, name, description, created_at, updated_at, secret) values ($1, $2, $3, $4, $5, '')", values);
    await client.query(encryptSecret("$1", "$2"), [id, secret]);
  }
}

export async function restoreMappings(client: pg.Client, mappings: readonly UserMapping[]): Promise<void> {
  for (const mapping of mappings) {
    const { rows } = await client.query<{ options: string[] | null }>(
      `select umoptions as options from pg_user_mapping join pg_foreign_server s on s.oid = umserver
        left join pg_roles r on r.oid = umuser where srvname = $1 and case umuser when 0 then 'public' else rolname end = $2`,
      [mapping.server, mapping.user],
    );
    if (rows[0]?.options) continue;
    await client.query(renderMapping(mapping));
  }
}

/** What gives a user mapping its options. Secret. */
export function renderMapping({ server, user, options }: UserMapping): string {
  const words = options.map((option) => {
    const at = option.indexOf("=");
    return `add ${quoteIdentifier(option.slice(0, at))} ${quoteLiteral(option.slice(at + 1))}`;
  });
  return `alter user mapping for ${quoteGrantee(user)} server ${quoteIdentifier(server)} options (${words.join(", ")});`;
}

/** Those of one that the other has not. */
function missingOf<T>(one: readonly T[], other: readonly T[]): T[] {
  const found = new Set(other.map((each) => JSON.stringify(each)));
  return one.filter((each) => !found.has(JSON.stringify(each)));
}

/** What differs, told for people; no value is in it. */
export const extrasDifferences = (one: Extras, other: Extras): string[] => [
  ...missingOf(one.settings, other.settings).map((setting) => `setting ${describeSetting(setting)} is missing or different`),
  ...missingOf(one.vault, other.vault).map(({ id }) => `vault secret ${shown(id)} is missing or different`),
  ...(JSON.stringify(one.mappings) === JSON.stringify(other.mappings) ? [] : ["user mappings differ"]),
  ...missingOf(one.grants, other.grants).map((grant) => `grant of ${describePassedOn(grant)} is missing`),
];
