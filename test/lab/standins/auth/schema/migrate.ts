import type { Pool, PoolClient } from "pg";
import { coreTables } from "./coreTables.ts";
import { otherTables } from "./otherTables.ts";
import { enums, functions, legacy, rowLevelSecurity, versions } from "./schema.ts";
import type { Table } from "./coreTables.ts";

/** Any fixed number: two starting processes of one project must not both migrate. Upstream has no such lock. */
const LOCK = 4_867_101_196;

const tables: Record<string, Table> = { ...coreTables, ...otherTables };

/**
 * Brings schema auth to upstream's version, as the login role of the URL. Idempotent; one transaction.
 * Starts from nothing, from the shape that supabase/postgres ships, or from upstream's own (then there is nothing to do).
 * @returns how many of upstream's versions were new.
 */
export async function migrate(pool: Pool): Promise<number> {
  const client = await pool.connect();
  try {
    await client.query("begin");
    await client.query("select pg_advisory_xact_lock($1)", [LOCK]);
    const missing = await missingVersions(client);
    if (missing.length > 0) {
      await apply(client);
      await client.query("insert into schema_migrations (version) select unnest($1::text[])", [missing]);
    }
    await client.query("commit");
    return missing.length;
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

// Unqualified on purpose: upstream's migrator finds its table through search_path too, so a wrong URL shows here as it does there.
async function missingVersions(client: PoolClient): Promise<string[]> {
  await client.query("create table if not exists schema_migrations (version varchar(14) not null primary key)");
  await client.query("create unique index if not exists schema_migrations_version_idx on schema_migrations (version)");
  const { rows } = await client.query("select version from schema_migrations");
  const known = new Set(rows.map((row) => row.version));
  return versions.filter((version) => !known.has(version));
}

async function apply(client: PoolClient): Promise<void> {
  for (const [name, labels] of Object.entries(enums)) await createEnum(client, name, labels);
  for (const statement of legacy) await client.query(statement);
  for (const [name, table] of Object.entries(tables)) await createTable(client, name, table);
  const constraints = Object.entries(tables).flatMap(([name, table]) =>
    Object.entries(table.constraints).map(([constraint, definition]) => ({ name, constraint, definition })),
  );
  // A foreign key needs the key that it points at.
  const isForeign = (each: { definition: string }) => each.definition.startsWith("foreign key");
  for (const each of [...constraints.filter((c) => !isForeign(c)), ...constraints.filter(isForeign)]) {
    await addConstraint(client, each.name, each.constraint, each.definition);
  }
  for (const [name, table] of Object.entries(tables)) {
    for (const [index, definition] of Object.entries(table.indexes)) await client.query(createIndex(name, index, definition));
  }
  for (const statement of functions) await client.query(statement);
  for (const name of rowLevelSecurity) {
    await client.query(`alter table auth.${name} enable row level security`);
    // Upstream grants to the role `postgres` and fails without it (20240612123726); so does this.
    await client.query(`grant select on auth.${name} to postgres with grant option`);
  }
}

async function createEnum(client: PoolClient, name: string, labels: readonly string[]): Promise<void> {
  const { rowCount } = await client.query("select from pg_type where typname = $1 and typnamespace = 'auth'::regnamespace", [name]);
  const list = labels.map((label) => `'${label}'`).join(", ");
  if (rowCount === 0) await client.query(`create type auth.${name} as enum (${list})`);
  else for (const label of labels) await client.query(`alter type auth.${name} add value if not exists '${label}'`);
}

async function createTable(client: PoolClient, name: string, table: Table): Promise<void> {
  await client.query(`create table if not exists auth.${name} ()`);
  const add = table.columns.map((column) => `add column if not exists ${column}`).join(", ");
  await client.query(`alter table auth.${name} ${add}`);
}

async function addConstraint(client: PoolClient, table: string, name: string, definition: string): Promise<void> {
  const { rowCount } = await client.query(
    "select from pg_constraint where conrelid = $1::regclass and (conname = $2 or (contype = 'p' and $3))",
    [`auth.${table}`, name, definition.startsWith("primary key")],
  );
  if (rowCount === 0) await client.query(`alter table auth.${table} add constraint "${name}" ${definition}`);
}

function createIndex(table: string, name: string, definition: string): string {
  const unique = definition.startsWith("unique ");
  const rest = unique ? definition.slice("unique ".length) : definition;
  const using = rest.startsWith("hash ") ? "using " : "";
  return `create ${unique ? "unique " : ""}index if not exists ${name} on auth.${table} ${using}${rest}`;
}
