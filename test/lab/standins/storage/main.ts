import type { FastifyInstance } from "fastify";
import { adminServer } from "./admin/server.ts";
import { type Config, readConfig } from "./config.ts";
import type { App } from "./context.ts";
import { Pools } from "./database/pools.ts";
import { ConfigError, Env } from "./env.ts";
import { FileStore } from "./files/store.ts";
import { refuseWhatIsLacking, variablesWithoutEffect } from "./lacking.ts";
import { log } from "./log.ts";
import { migrate } from "./schema/migrate.ts";
import { dataServer, VERSION } from "./server.ts";
import { openRegistry } from "./tenants/registry.ts";
import { singleTenant } from "./tenants/single.ts";

function load(): Config {
  const env = new Env(process.env);
  try {
    refuseWhatIsLacking(env);
    const config = readConfig(env);
    const variables = variablesWithoutEffect(env);
    if (variables.length > 0) log("warning", "variables of upstream that have no effect in this stand-in", { variables });
    return config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    log("fatal", `Server not started with error: ${error.message}`, { type: "startupError" });
    return process.exit(1);
  }
}

async function start(config: Config): Promise<FastifyInstance[]> {
  const pools = new Pools(config.database);
  const files = new FileStore(config.files);
  if (!config.isMultitenant) {
    log("info", "[Migrations] Completed", { type: "migrations", count: await migrate(config.database.url, config) });
    const app: App = { config, pools, files, tenants: await singleTenant(config) };
    return [closing(await listen(dataServer(app), config, config.server.port), () => pools.end())];
  }
  const registry = await openRegistry(config);
  const app: App = { config, pools, files, tenants: registry };
  const end = async () => {
    await Promise.all([pools.end(), registry.end()]);
  };
  const data = await listen(dataServer(app), config, config.server.port);
  return [data, closing(await listen(adminServer(app, registry), config, config.admin.port), end)];
}

async function listen(server: FastifyInstance, { server: { host } }: Config, port: number): Promise<FastifyInstance> {
  await server.listen({ port, host });
  return server;
}

/** After the last request. */
let afterwards = async (): Promise<void> => {};
function closing(server: FastifyInstance, end: () => Promise<void>): FastifyInstance {
  afterwards = end;
  return server;
}

const config = load();
// As upstream: no waiting for a database; the container's restart policy tries again.
const servers = await start(config).catch((error: Error) => {
  log("fatal", `Server not started with error: ${error.message || String((error as { code?: string }).code)}`, { type: "startupError" });
  return process.exit(1);
});
log("info", "[Server] Started Successfully", { type: "server", version: VERSION, note: "lab-storage: a stand-in for Supabase Storage, not Supabase Storage" });
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    log("info", "[Server] Stopping", { type: "server" });
    // Requests under way end first.
    void Promise.all(servers.map((server) => server.close())).then(afterwards).then(() => process.exit(0));
  });
}
