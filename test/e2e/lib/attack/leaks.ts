// What one Postgres for all can not hide from a project (facts/tenancy.md §6.4.12, §1.7.5), and what the services of shared projects
// have in common. Asserted to be exactly this: one more is a hole, one less is good news for docs/security.md.
import pg from "pg";
import { slotOf, type Tenant } from "./tenant.ts";

/** Relations in which another project's name stands. */
export const CATALOGS: Record<string, string> = {
  pg_database: "names of databases",
  pg_parameter_acl: "names of roles",
  pg_replication_slots: "names of replication slots, with their databases",
  pg_roles: "names of roles, with their settings",
  pg_stat_activity: "who is connected to which database, under which application name; no statement",
  pg_stat_database: "how much each database is used: connections, transactions, rows",
  pg_stat_database_conflicts: "names of databases",
  pg_user: "names of roles, with their settings",
};

/** The same, while a Realtime reads its changes, or one of these commands runs: autovacuum's do by themselves. */
export const CATALOGS_AT_TIMES: Record<string, string> = {
  pg_stat_progress_analyze: "in which database an `ANALYZE` runs now",
  pg_stat_progress_cluster: "the same of `CLUSTER` and `VACUUM FULL`",
  pg_stat_progress_copy: "the same of `COPY`",
  pg_stat_progress_create_index: "the same of `CREATE INDEX`",
  pg_stat_progress_vacuum: "the same of `VACUUM`",
  pg_stat_replication: "which Realtime's login reads a slot now",
};

export interface LeakRow {
  title: string;
  /** What an attacker's login does. It must be let in. `asAdmin` prepares the victim's database. */
  statements(victim: Tenant, asAdmin: (database: string, sql: string) => Promise<string>): string[] | Promise<string[]>;
  /** They are commands of the replication protocol. @default false */
  replication?: boolean;
  /** Of whom. Every other login must be refused. */
  login: keyof Tenant["roles"];
}

/** What can be done to all. */
export const ACTIONS: LeakRow[] = [
  {
    title: "copy the whole server, by Realtime's login, which is no output and which no SQL of the project becomes (`BASE_BACKUP`)",
    login: "realtime",
    replication: true,
    // All is read, and nothing sent.
    statements: () => ["BASE_BACKUP (TARGET 'blackhole', CHECKPOINT 'fast')"],
  },
  {
    title: "move a replication slot of another database forward, so that its reader misses changes, by the same login (what is in it is refused)",
    login: "realtime",
    statements: (victim) => [`select pg_replication_slot_advance('${slotOf(victim)}', pg_current_wal_lsn())`],
  },
  {
    title: "drop a replication slot of another database while nobody reads it, by Realtime's login, which is no output",
    login: "realtime",
    statements: (victim) => [`select pg_drop_replication_slot('${slotOf(victim)}')`],
  },
  {
    title: "change the settings of the roles `anon` and `authenticated`, which no service applies",
    login: "owner",
    statements: () => ["set role anon", "alter role anon set statement_timeout = '8s'", "alter role anon reset statement_timeout"],
  },
  {
    title: "decrypt a secret of another project's Vault, by who got its row (of `vault.secrets`) some other way: one root key for the server",
    login: "owner",
    async statements({ database }, asAdmin) {
      const id = await asAdmin(database, "select vault.create_secret('a secret of the victim')");
      const [sealed, nonce] = (await asAdmin(database, `select encode(decode(secret, 'base64'), 'hex') || ' ' || encode(nonce, 'hex') from vault.secrets where id = '${id}'`)).split(" ");
      const args = `'\\x${sealed}'::bytea, convert_to('${id}', 'utf8'), 0, 'pgsodium', '\\x${nonce}'::bytea`;
      return [`select convert_from(vault._crypto_aead_det_decrypt(${args}), 'utf8')`];
    },
  },
];

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** What the page says of it. */
export const renderLeaks = (): string =>
  [
    ...Object.entries({ ...CATALOGS, ...CATALOGS_AT_TIMES }).map(([catalog, what]) => `- \`${catalog}\`: ${what}`),
    ...ACTIONS.map(({ title }) => `- ${title}`),
  ].join("\n");

/** By the other's name: every relation that `login` may read in its own database, and in which the other's names or secrets stand. */
export async function relationsThatShow(
  port: number,
  attacker: Tenant,
  login: keyof Tenant["roles"],
  victims: Tenant[],
): Promise<Record<string, string[]>> {
  const { database, roles, passwords } = attacker;
  const client = new pg.Client({ host: "127.0.0.1", port, database, user: roles[login], password: passwords[login] });
  await client.connect();
  const searched = victims.map((victim) => {
    const values = [victim.marker, ...Object.values(victim.secrets)].join("|");
    const names = `\\b${escaped(victim.database)}(\\b|_)|${values}`;
    // storage.objects: the attacker's own files, whose names were to lead into the other's folder (doors/storagePathDoors.ts).
    const isShownIn = (name: string, text: string) => new RegExp(name === "storage.objects" ? values : names).test(text);
    return { victim, isShownIn, shown: [] as string[] };
  });
  const { rows } = await client.query(READABLE);
  for (const { name } of rows as { name: string }[]) {
    const read = await client.query(`select string_agg(r::text, chr(10)) as text from ${name} r ${OWN_STATEMENTS[name] ?? ""}`).catch(() => undefined);
    for (const { isShownIn, shown } of searched) if (isShownIn(name, read?.rows[0]?.text ?? "")) shown.push(name);
  }
  await client.end();
  return Object.fromEntries(searched.map(({ victim, shown }) => [victim.name, shown]));
}

/** Without the attacker's own, in which it named the other (doors/sqlAttacks.ts): a `create server` is noted as it was written. */
const OWN_STATEMENTS: Record<string, string> = { "extensions.pg_stat_statements": "where query !~ ' server elsewhere '" };

const READABLE = `
  select format('%I.%I', nspname, relname) as name
    from pg_class join pg_namespace n on n.oid = relnamespace
    where relkind in ('r', 'v', 'm', 'f', 'p') and has_schema_privilege(n.oid, 'usage') and has_table_privilege(pg_class.oid, 'select')
    order by 1`;
