// Holds a project's tables as they are, for as long as they are dumped and measured.
import type { ClientBase } from "pg";
import { LOCK_TIMEOUT } from "./postgres.ts";
import { Disturbed, Hindered, shown } from "./stop.ts";

type Client = Pick<ClientBase, "query">;

/**
 * What pg_dump locks: plain tables and partitioned ones of all schemas but the system's; not what an extension made, of which it may have rows all the
 * same (postgres src/bin/pg_dump/pg_dump.c, getTables and checkExtensionMembership, 17). And nothing more than that: where somebody waited for a lock
 * of ours that pg_dump comes to later, pg_dump would wait behind them, they for us, and we for pg_dump.
 */
const TABLES = `
  select c.oid, format('%I.%I', nspname, relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where relkind in ('r', 'p') and nspname !~ '^pg_' and nspname <> 'information_schema'
      and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.refclassid = 'pg_extension'::regclass and d.deptype = 'e')
    order by c.oid`;

/** Of those that the snapshot has, what this session has not locked: made, or given another's name, since they were listed. */
const NOT_HELD = `select name from (${TABLES}) as t where oid not in (select relation from pg_locks where locktype = 'relation' and pid = pg_backend_pid()) limit 1`;

/** Those that have other files now than the snapshot says: pg_class is read in the snapshot, and the function looks at what is there. */
const REWRITTEN = `
  select format('%I.%I', nspname, relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where relkind = 'r' and nspname !~ '^pg_' and relfilenode is distinct from pg_relation_filenode(c.oid) limit 1`;

/** A table that is not there any more, or its schema, or is no table; two that wait for each other (postgres src/backend/utils/errcodes.txt). */
export const CHANGED_CODES = ["42P01", "3F000", "42809", "40P01"];
const LOCK_NOT_AVAILABLE = "55P03";

export interface Held {
  snapshot: string;
  /** Of Postgres. */
  version: string;
}

/**
 * Begins a transaction, locks the tables in it, and only then takes its snapshot, which LOCK does not. TRUNCATE, and an ALTER TABLE that writes a table
 * anew, leave nothing for older snapshots (postgres doc/src/sgml/mvcc.sgml, mvcc-caveats): one that commits between a snapshot and the lock would make
 * the table empty in the dump, and in what the dump is compared with. Held until the transaction ends: whoever wants to do either waits until then.
 *
 * @param client a session of the reader's, without a transaction
 * @throws Disturbed where they changed meanwhile; Hindered where another has one of them locked for too long
 */
export async function holdTables(client: Client): Promise<Held> {
  const { rows: tables } = await client.query<{ name: string }>(TABLES);
  await client.query("begin isolation level repeatable read read only");
  for (const { name } of tables) await client.query(`lock table ${name} in access share mode`).catch(explained(name));
  const { rows } = await client.query<Held>("select pg_export_snapshot() as snapshot, current_setting('server_version') as version");
  await requireNone(client, NOT_HELD);
  return rows[0]!;
}

/** Whatever was not locked: what extensions have made. @throws Disturbed where a table was emptied or written anew since the snapshot */
export const requireNotRewritten = (client: Client): Promise<void> => requireNone(client, REWRITTEN);

async function requireNone(client: Client, changed: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(changed);
  if (rows.length > 0) throw new Disturbed(`table ${shown(rows[0]!.name)} was changed just now`);
}

const explained = (name: string) => (error: unknown): never => {
  const { code = "" } = error as { code?: string };
  if (CHANGED_CODES.includes(code)) throw new Disturbed(`table ${shown(name)} was changed just now`);
  if (code === LOCK_NOT_AVAILABLE) throw new Hindered(`table ${shown(name)} is locked by a transaction of the project's, which did not end within ${LOCK_TIMEOUT / 1000} s`);
  throw error;
};
