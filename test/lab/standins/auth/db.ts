import pg, { type Pool, type PoolConfig, type Queryable } from "pg";
import { CommitWithError } from "./errors.ts";
import { log } from "./log.ts";

/** A pool's connection inside a transaction, or the pool. */
export type Db = Queryable;

/** Parameters of a Postgres URL that are the driver's; every other one is a setting of the session, as pgx takes them. */
const driverParameters = new Set(["sslmode", "connect_timeout", "application_name", "options"]);

/** `postgres://role:p%40ss@host:5432/database?search_path=auth` as the driver's fields. Multi-host URLs are not taken. */
export function connectionFields(text: string): PoolConfig {
  const url = new URL(text);
  const settings = [...url.searchParams].filter(([name]) => !driverParameters.has(name));
  const options = [url.searchParams.get("options") ?? "", ...settings.map(([name, value]) => `-c ${name}=${escapeOption(value)}`)];
  const sslmode = url.searchParams.get("sslmode") ?? "prefer";
  const timeout = Number(url.searchParams.get("connect_timeout") ?? 0);
  return {
    host: decodeURIComponent(url.hostname) || url.searchParams.get("host") || "localhost",
    port: Number(url.port || 5432),
    database: decodeURIComponent(url.pathname.slice(1)),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    options: options.filter((option) => option !== "").join(" "),
    application_name: url.searchParams.get("application_name") ?? "",
    connectionTimeoutMillis: timeout * 1000,
    ...(sslmode.startsWith("verify") ? { ssl: true } : sslmode === "require" ? { ssl: { rejectUnauthorized: false } } : {}),
  };
}

// In Postgres' `options` a space ends a word and a backslash escapes it.
function escapeOption(value: string): string {
  return value.replace(/[\\\s]/g, "\\$&");
}

export function openPool(url: string, maxPoolSize: number): Pool {
  const pool = new pg.Pool({ ...connectionFields(url), max: maxPoolSize > 0 ? maxPoolSize : Infinity });
  // A connection that Postgres ends while idle must not end the process; the next query opens a new one.
  pool.on("error", (error: Error) => log("warning", "idle database connection lost", { error: error.message }));
  return pool;
}

export async function transaction<T>(pool: Pool, work: (tx: Db) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query("begin");
    const result = await work(client);
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query(error instanceof CommitWithError ? "commit" : "rollback").catch((failure: Error) => (broken = failure));
    throw error;
  } finally {
    client.release(broken);
  }
}

/** Inserts and gives the row back, so that defaults and what a user's trigger changed are seen. Unqualified, as upstream's models are. */
export async function insert(db: Db, table: string, row: Record<string, unknown>): Promise<any> {
  const names = Object.keys(row);
  const places = names.map((_, index) => `$${index + 1}`).join(", ");
  const { rows } = await db.query(`insert into ${table} (${names.join(", ")}) values (${places}) returning *`, Object.values(row));
  return rows[0];
}

/** Sets columns of one row and `updated_at` (upstream's ORM touches it on every update), in the database and in the object. */
export async function update(db: Db, table: string, row: { id: unknown }, changes: Record<string, unknown>): Promise<void> {
  const all = { ...changes, updated_at: new Date() };
  const sets = Object.keys(all).map((name, index) => `${name} = $${index + 2}`).join(", ");
  await db.query(`update ${table} set ${sets} where id = $1`, [row.id, ...Object.values(all)]);
  Object.assign(row, all);
}
