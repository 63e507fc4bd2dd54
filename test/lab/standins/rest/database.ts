// The pool of connections, and what its failures are called (docs/references/connection_pool.rst, errors.rst "Group 0").
import pg from "pg";
import type { Pool, PoolClient, PoolConfig } from "pg";
import type { Config } from "./config.ts";
import { NAME, VERSION, RestError, acquisitionTimeout, clientError, connectionError } from "./errors.ts";
import { fromServerError } from "./pgErrors.ts";
import type { ServerError } from "./pgErrors.ts";

export type Client = PoolClient;

/** Every value comes back as the text that Postgres sent: no number loses digits on its way. */
const TEXT_ONLY = { getTypeParser: () => (value: string) => value };

export const connectionOptions = (config: Config): object => ({
  connectionString: config.dbUri,
  // Upstream shows itself the same way in pg_stat_activity; this name does not pretend to be it.
  fallback_application_name: `${NAME} ${VERSION}`,
  types: TEXT_ONLY,
  keepAlive: true,
});

export function openPool(config: Config): Pool {
  const pool = new pg.Pool({
    ...connectionOptions(config),
    max: config.dbPool,
    connectionTimeoutMillis: config.dbPoolAcquisitionTimeout * 1000,
    idleTimeoutMillis: config.dbPoolMaxIdletime * 1000,
    maxLifetimeSeconds: config.dbPoolMaxLifetime,
  } as PoolConfig);
  // A connection that breaks, idle or in use, is a request's business, whose query fails; without a listener it would end the process.
  pool.on("error", () => {});
  pool.on("connect", (client: PoolClient) => {
    client.on("error", () => {});
  });
  return pool;
}

interface MaybeServerError extends Partial<ServerError> { severity?: string }

export function isServerError(error: unknown): error is ServerError {
  const { code, severity } = error as MaybeServerError;
  return typeof code === "string" && code.length === 5 && typeof severity === "string";
}

/** libpq's wording for a server that ends a session at once begins with FATAL. */
function describe(error: unknown): string {
  const { message, severity, code } = error as Error & { severity?: string; code?: string };
  if (severity === "FATAL") return `FATAL:  ${message}\n`;
  return message || code || String(error);
}

/** Wrong credentials end upstream's process: the container's restart policy tries again (AppState.hs usePool at v14.17). */
export class AuthenticationFailed extends Error {}

export async function acquire(pool: Pool): Promise<Client> {
  try {
    return await pool.connect();
  } catch (error) {
    const { message, code } = error as Error & { code?: string };
    if (message === "timeout exceeded when trying to connect") throw acquisitionTimeout();
    if (code === "28P01") throw new AuthenticationFailed(`Failed to establish a connection. ${describe(error)}`);
    throw connectionError(describe(error));
  }
}

export function toRestError(error: unknown, authenticated: boolean): RestError {
  if (error instanceof RestError) return error;
  if (isServerError(error)) return fromServerError(error, authenticated);
  return clientError(describe(error));
}
