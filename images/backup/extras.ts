// What of a project pg_dump has not, or has in a form that only this server can read: settings of roles and of the database, secrets of the
// vault, options of user mappings.
import type pg from "pg";
import { quoteIdentifier, quoteLiteral } from "./postgres.ts";

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
  description: string | null;
  /** In plain text. Secret. */
  secret: string;
}

export interface UserMapping {
  server: string;
  user: string;
  /** `name=value`. Secret. */
  options: string[];
}

/** Secret as a whole. */
export interface Extras {
  settings: RoleSetting[];
  vault: VaultSecret[];
  mappings: UserMapping[];
}

/** Of the project's logins everywhere, and of every role in this database; but for what makes our own sessions safe. */
const SETTINGS = `
  select rolname as role, setdatabase <> 0 as in_database, unnest(setconfig) as setting
    from pg_db_role_setting left join pg_roles r on r.oid = setrole
    where (setdatabase = (select oid from pg_database where datname = current_database()) and rolname is distinct from 'supabase_admin')
       or (setdatabase = 0 and rolname = any ($1))
    order by 1, 2, 3`;
const VAULT = "select id::text, name, description, decrypted_secret as secret from vault.decrypted_secrets order by 1";
/**
 * SQL that encrypts a secret as vault.create_secret does, but under the id that it had (supabase/vault sql/supabase_vault--0.3.0.sql @66bbb05). `update_secret` would
 * decrypt the old value first.
 *
 * @param id an SQL expression, as is `secret`
 */
export const encryptSecret = (id: string, secret: string): string => `
  update vault.secrets set secret = encode(vault._crypto_aead_det_encrypt(
      message := convert_to(${secret}, 'utf8'), additional := convert_to(id::text, 'utf8'), key_id := 0, context := 'pgsodium', nonce := nonce), 'base64')
    where id = ${id};`;
const MAPPINGS = `
  select srvname as server, case umuser when 0 then 'public' else umuser::regrole::text end as user, umoptions as options
    from pg_user_mapping join pg_foreign_server s on s.oid = umserver where umoptions is not null order by 1, 2`;

const hasVault = async (client: pg.Client): Promise<boolean> =>
  (await client.query<{ there: boolean }>("select to_regclass('vault.decrypted_secrets') is not null as there")).rows[0]!.there;

/** @param client a superuser's, in the project's database */
export async function readExtras(client: pg.Client, roles: readonly string[]): Promise<Extras> {
  const { rows } = await client.query<{ role: string | null; in_database: boolean; setting: string }>(SETTINGS, [roles]);
  const settings = rows.map(({ role, in_database, setting }) => {
    const at = setting.indexOf("=");
    return { ...(role === null ? {} : { role }), inDatabase: in_database, name: setting.slice(0, at), value: setting.slice(at + 1) };
  });
  const vault = (await hasVault(client)) ? (await client.query<VaultSecret>(VAULT)).rows : [];
  return { settings, vault, mappings: (await client.query<UserMapping>(MAPPINGS)).rows };
}

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

/** Secrets with the ids that they had, encrypted with the key of this server. Before the dump's: a table of the project's may refer to them. */
export async function restoreVault(client: pg.Client, secrets: readonly VaultSecret[]): Promise<void> {
  for (const { id, name, description, secret } of secrets) {
    await client.query("insert into vault.secrets (id, name, description, secret) values ($1, $2, coalesce($3, ''), '')", [id, name, description]);
    await client.query(encryptSecret("$1", "$2"), [id, secret]);
  }
}

export async function restoreMappings(client: pg.Client, mappings: readonly UserMapping[]): Promise<void> {
  for (const { server, user, options } of mappings) {
    const words = options.map((option) => {
      const at = option.indexOf("=");
      return `add ${quoteIdentifier(option.slice(0, at))} ${quoteLiteral(option.slice(at + 1))}`;
    });
    const { rows } = await client.query<{ options: string[] | null }>(
      `select umoptions as options from pg_user_mapping join pg_foreign_server s on s.oid = umserver
        where srvname = $1 and case umuser when 0 then 'public' else umuser::regrole::text end = $2`,
      [server, user],
    );
    if (rows[0]?.options) continue;
    // What regrole::text says is quoted already.
    await client.query(`alter user mapping for ${user} server ${quoteIdentifier(server)} options (${words.join(", ")})`);
  }
}

/** What differs, told for people; no value is in it. */
export function extrasDifferences(one: Extras, other: Extras): string[] {
  const settings = (extras: Extras) => extras.settings.map((setting) => JSON.stringify(setting));
  const lost = settings(one).filter((setting) => !settings(other).includes(setting));
  const vault = new Map(other.vault.map((secret) => [secret.id, secret]));
  return [
    ...lost.map((setting) => {
      const { role, inDatabase, name } = JSON.parse(setting) as RoleSetting;
      return `setting ${name} of ${role ?? "all roles"}${inDatabase ? " in the database" : ""} is missing or different`;
    }),
    ...one.vault.filter((secret) => JSON.stringify(vault.get(secret.id)) !== JSON.stringify(secret)).map(({ id }) => `vault secret ${id} is missing or different`),
    ...(JSON.stringify(one.mappings) === JSON.stringify(other.mappings) ? [] : ["user mappings differ"]),
  ];
}
