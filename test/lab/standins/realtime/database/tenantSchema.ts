import { readFile } from "node:fs/promises";
import type { DatabaseError, Queryable } from "pg";
import { VERSIONS } from "./tenantVersions.ts";

export const MIGRATIONS = VERSIONS.length;
const FILES = ["1-subscriptions.sql", "2-changes.sql", "3-grants.sql"];

/** How many of upstream's migrations a tenant's database has. */
export async function countMigrations(db: Queryable): Promise<number> {
  const { rows: found } = await db.query("select to_regclass('realtime.schema_migrations') is not null as exists");
  if (!found[0].exists) return 0;
  return (await db.query("select count(*)::int as count from realtime.schema_migrations")).rows[0].count as number;
}

/**
 * Makes schema `realtime` of a tenant's database as upstream's tenant_db_dump_17.sql leaves it. As upstream's that takes a superuser
 * (facts/tenancy.md §1.6); in a database that has it already, rights on the schema and on `schema_migrations` are enough.
 */
export async function runMigrations(db: Queryable): Promise<void> {
  const count = await countMigrations(db).catch((error: DatabaseError) => {
    if (error.code === "42P01") return 0;
    throw error;
  });
  if (count === 0) {
    const parts = await Promise.all(FILES.map((file) => readFile(new URL(`./schema/${file}`, import.meta.url), "utf8")));
    // Several statements in one message are one transaction.
    await db.query(`${parts.join("\n")}\ninsert into realtime.schema_migrations (version) values ${VERSIONS.map((version) => `(${version})`).join(", ")};`);
    return;
  }
  // What Ecto's migrator does before it sees that nothing is left to do, with the rights that it takes.
  await db.query("begin");
  await db.query("create table if not exists realtime.schema_migrations (version bigint primary key, inserted_at timestamp(0))");
  await db.query("lock table realtime.schema_migrations in share update exclusive mode");
  const { rows } = await db.query("select v from unnest($1::bigint[]) as v where v not in (select version from realtime.schema_migrations)", [VERSIONS]);
  await db.query("commit");
  if (rows.length > 0) throw new Error("lab-realtime, a stand-in, does not lead an older schema `realtime` on: run upstream's image");
}

const DAY_MS = 86_400_000;
const day = (from: number, days: number): string => new Date(from + days * DAY_MS).toISOString().slice(0, 10);

/** Yesterday's, today's and the next three days' (upstream: tenants.ex, create_messages_partitions/1). */
export async function createPartitions(db: Queryable): Promise<void> {
  const now = Date.now();
  for (const days of [-1, 0, 1, 2, 3]) {
    const name = `messages_${day(now, days).replaceAll("-", "_")}`;
    await db.query("begin");
    try {
      const bounds = `from ('${day(now, days)}') to ('${day(now, days + 1)}')`;
      await db.query(`create table if not exists realtime.${name} partition of realtime.messages for values ${bounds}`);
      await db.query(`alter table realtime.${name} owner to supabase_realtime_admin`);
      await db.query("commit");
    } catch (error) {
      await db.query("rollback");
      if ((error as DatabaseError).code !== "42P07") throw error;
    }
  }
}

/** Partitions of more than 72 hours ago (upstream: messages.ex, delete_old_messages/1). */
export async function deleteOldMessages(db: Queryable): Promise<void> {
  const oldest = `messages_${day(Date.now(), -3).replaceAll("-", "_")}`;
  const { rows } = await db.query(
    `select child.oid::regclass::text as name from pg_inherits join pg_class child on child.oid = inhrelid
     where inhparent = 'realtime.messages'::regclass and child.relname ~ '^messages_\\d{4}_\\d\\d_\\d\\d$' and child.relname < $1`,
    [oldest],
  );
  for (const { name } of rows) await db.query(`drop table if exists ${name as string}`);
}
