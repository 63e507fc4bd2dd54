// `lab-realtime`: the lab's stand-in for Supabase Realtime. What the image's commands run: `main.ts migrate`, `main.ts eval <Elixir>`,
// `main.ts server`. Configuration: upstream's variables only, see CONTRACT.md.
import type { Pool } from "pg";
import { App } from "./app.ts";
import { type Config, readConfig, unreadVariables } from "./config.ts";
import { ConfigError, Env } from "./env.ts";
import { NAME } from "./errors.ts";
import { serve } from "./http.ts";
import { log, messageOf } from "./log.ts";
import { openRepo } from "./metadata/repo.ts";
import { migrate } from "./metadata/schema.ts";
import { Tenants } from "./metadata/tenants.ts";
import { seed } from "./seed.ts";

/** Upstream's expressions that somebody gives to `/app/bin/realtime eval` (run.sh, rel/overlays/bin/migrate). */
const EVALS: Record<string, "migrate" | "seed"> = { "Realtime.Release.migrate": "migrate", "Realtime.Release.seeds(Realtime.Repo)": "seed" };

function fail(message: string): never {
  process.stderr.write(`${NAME}: ERROR! ** ${message}\n`);
  process.exit(1);
}

async function load(env: Env): Promise<Config> {
  try {
    return await readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) fail(error.message);
    throw error;
  }
}

async function once(config: Config, work: (pool: Pool) => Promise<void>): Promise<void> {
  const pool = openRepo(config);
  try {
    await work(pool);
  } catch (error) {
    fail(messageOf(error));
  } finally {
    await pool.end();
  }
}

const runMigrate = (config: Config): Promise<void> =>
  once(config, async (pool) => {
    const client = await pool.connect();
    try {
      log("info", `Migrations already up: ${(await migrate(client)) === 0}`);
    } finally {
      client.release(true);
    }
  });

function server(config: Config, env: Env): void {
  const ignored = unreadVariables(env);
  if (ignored.length > 0) log("warning", `variables of upstream that have no effect in this stand-in: ${ignored.join(" ")}`);
  const pool = openRepo(config);
  const app = new App(config, pool);
  const http = serve(app);
  http.on("error", (error) => fail(error.message));
  http.listen(config.port, () => log("info", `Running RealtimeWeb.Endpoint at :${config.port} (http), ${NAME}: a stand-in for Realtime, not Realtime`));
  const stop = async (): Promise<void> => {
    if (app.isShuttingDown) return;
    app.isShuttingDown = true;
    log("info", "SIGTERM received - shutting down");
    http.close();
    app.drainAll();
    http.closeIdleConnections();
    await app.workers.stopAll();
    await app.connections.shutdownAll();
    await pool.end();
    process.exit(0);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void stop());
}

async function main([command, expression = ""]: string[]): Promise<void> {
  const env = new Env(process.env);
  const wanted = command === "eval" ? EVALS[expression.trim()] : command;
  if (command === "eval" && wanted === undefined) fail(`a stand-in, which evaluates no Elixir but ${Object.keys(EVALS).join(" and ")}`);
  if (wanted !== "migrate" && wanted !== "seed" && wanted !== "server") fail("knows migrate, eval and server");
  const config = await load(env);
  if (wanted === "migrate") return runMigrate(config);
  if (wanted === "seed") return once(config, (pool) => seed(config, new Tenants(pool, config)));
  server(config, env);
}

await main(process.argv.slice(2));
