import pg, { type Pool } from "pg";
import type { Config } from "../config.ts";
import { log } from "../log.ts";

type Settings = Config["database"];

/** A pool's or client's fields for a Postgres URL. */
export function connectionFields(url: string, { applicationName, connectionMs, searchPath }: Settings, withSearchPath = true) {
  const mode = new URL(url).searchParams.get("sslmode");
  const secure = mode === "require" || mode === "no-verify" ? { ssl: { rejectUnauthorized: false } } : {};
  return {
    connectionString: url,
    application_name: applicationName,
    connectionTimeoutMillis: connectionMs,
    ...(withSearchPath ? { options: `-c search_path=${searchPath.join(",")}` } : {}),
    ...secure,
  };
}

/** One pool for each database of a tenant; another URL or size is another pool, and the old one ends when its work is done. */
export class Pools {
  readonly #pools = new Map<string, { key: string; pool: Pool }>();
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  of(tenant: { id: string; databaseUrl: string; maxConnections?: number }): Pool {
    const key = `${tenant.databaseUrl} ${tenant.maxConnections ?? ""}`;
    const known = this.#pools.get(tenant.id);
    if (known?.key === key) return known.pool;
    void known?.pool.end();
    const pool = new pg.Pool({
      ...connectionFields(tenant.databaseUrl, this.#settings),
      max: tenant.maxConnections ?? this.#settings.maxConnections,
      idleTimeoutMillis: this.#settings.idleMs,
    });
    // A connection that Postgres ends while idle must not end the process; the next query opens a new one.
    pool.on("error", (error: Error) => log("warning", "[PgPoolStrategy] Idle pg client error", { type: "db", tenantId: tenant.id, error: error.message }));
    this.#pools.set(tenant.id, { key, pool });
    return pool;
  }

  async forget(tenantId: string): Promise<void> {
    const known = this.#pools.get(tenantId);
    this.#pools.delete(tenantId);
    await known?.pool.end();
  }

  async end(): Promise<void> {
    await Promise.all([...this.#pools.keys()].map((id) => this.forget(id)));
  }
}
