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
    onConnect: async (client) => {
      if (db.afterConnectQuery !== undefined) await client.query(db.afterConnectQuery);
    },
    ...(db.ssl ? { ssl: { rejectUnauthorized: false } } : {}),
  });
  // A connection that Postgres ends while idle must not end the process; the next query opens a new one.
  pool.on("error", (error: Error) => log("error", `Postgrex.Protocol disconnected: ${error.message}`));
  return pool;
}
