import pg, { type Pool } from "pg";
import type { Config } from "../config.ts";
import { log } from "../log.ts";

/** The metadata database; each connection begins with DB_AFTER_CONNECT_QUERY. */
export function openRepo({ db }: Config): Pool {
  const pool = new pg.Pool({
    host: db.host,
    port: Number(db.port),
    database: db.name,
    user: db.user,
    password: db.password,
    max: db.poolSize,
    application_name: "supabase_mt_realtime",
    ...(db.ssl ? { ssl: { rejectUnauthorized: false } } : {}),
  });
  // A connection that Postgres ends while idle must not end the process; the next query opens a new one.
  pool.on("error", (error: Error) => log("error", `Postgrex.Protocol disconnected: ${error.message}`));
  if (db.afterConnectQuery !== undefined) {
    const query = db.afterConnectQuery;
    // A connection's queries run in the order they were asked in, so this one is first.
    pool.on("connect", (client: { query(text: string): Promise<unknown> }) => {
      client.query(query).catch((error: Error) => log("error", `DB_AFTER_CONNECT_QUERY failed: ${error.message}`));
    });
  }
  return pool;
}
