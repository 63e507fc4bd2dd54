import { migrate } from "./schema/migrate.ts";
import { readConfig } from "./config.ts";
import { openPool } from "./db.ts";
import { ConfigError, Env } from "./env.ts";
import { VERSION } from "./handlers/info.ts";
import { serve } from "./http.ts";
import { readKeys } from "./jwt.ts";
import { unreadVariables } from "./lacking.ts";
import { log } from "./log.ts";
import { match } from "./routes.ts";

/** As upstream: a minute for requests under way, then the end. */
const SHUTDOWN_MS = 60_000;

function load() {
  const env = new Env(process.env);
  try {
    const config = readConfig(env);
    return { env, config, keys: readKeys(config.jwt) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    log("fatal", `Failed to load configuration: ${error.message}`);
    return process.exit(1);
  }
}

async function start(): Promise<void> {
  const { env, config, keys } = load();
  const { withoutEffect, unknown } = unreadVariables(env);
  if (withoutEffect.length > 0) log("warning", "variables of upstream that have no effect in this stand-in", { variables: withoutEffect });
  if (unknown.length > 0) log("warning", "variables that this stand-in does not know", { variables: unknown });
  const pool = openPool(config.db.url, config.db.maxPoolSize);
  try {
    log("info", "GoTrue migrations applied successfully", { count: await migrate(pool) });
  } catch (error) {
    // As upstream: no waiting; the container's restart policy tries again.
    log("fatal", `running db migrations: ${(error as Error).message || String((error as { code?: string }).code)}`);
    process.exit(1);
  }
  const server = serve({ config, keys, pool }, match);
  server.on("error", (error) => {
    log("fatal", `http server listen failed: ${error.message}`);
    process.exit(1);
  });
  const { host, port } = config.api;
  server.listen({ port, ...(host === "" ? {} : { host }) }, () => {
    log("info", `GoTrue API started on: ${host}:${port}`, { version: VERSION, note: "lab-auth: a stand-in for GoTrue, not GoTrue" });
  });
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    process.once(signal, () => {
      log("info", "received graceful shutdown signal");
      setTimeout(() => process.exit(0), SHUTDOWN_MS).unref();
      // Closes idle connections too; ends when the last answer is out.
      server.close(() => void pool.end().then(() => process.exit(0)));
    });
  }
}

await start();
