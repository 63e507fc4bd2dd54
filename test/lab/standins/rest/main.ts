// `lab-rest`: the lab's stand-in for PostgREST. `main.ts` serves, `main.ts --ready` asks the admin server, `main.ts --version` says
// what this is. Configuration: PGRST_… only, see CONTRACT.md.
import type { Server } from "node:http";
import { createAdminServer } from "./admin.ts";
import { createApiServer } from "./app.ts";
import { ConfigError, PASSED_OVER, readConfig, unknownVariables } from "./config.ts";
import type { Environment } from "./config.ts";
import { NAME, VERSION } from "./errors.ts";
import { runListener } from "./listener.ts";
import { log } from "./log.ts";
import { State } from "./state.ts";

const SPECIAL_HOSTS: Record<string, string | undefined> = { "!4": "0.0.0.0", "*4": "0.0.0.0", "!6": "::", "*6": "::", "*": undefined };
const isSpecialHost = (host: string): boolean => Object.hasOwn(SPECIAL_HOSTS, host);

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host: isSpecialHost(host) ? SPECIAL_HOSTS[host] : host }, resolve);
  });
}

/** Upstream's health check (src/PostgREST/Client.hs at v14.17): exits 0 or 1. */
async function ready(env: Environment): Promise<number> {
  const { adminServerHost: host, adminServerPort: port } = readConfig(env);
  const fail = (reason: string): number => {
    process.stderr.write(`ERROR: ${reason}\n`);
    return 1;
  };
  if (port === undefined) return fail("Admin server is not running. Please check admin-server-port config.");
  if (isSpecialHost(host)) {
    return fail(
      `The \`--ready\` flag cannot be used when server-host is configured as "${host}". ` +
        'Please update your server-host config to "localhost".',
    );
  }
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${port}/ready`;
  const response = await fetch(url).catch(() => undefined);
  if (response === undefined) return fail(`connection refused to ${url}`);
  if (!response.ok) return fail(url);
  process.stdout.write(`OK: ${url}\n`);
  return 0;
}

function warnOfVariables(env: Environment): void {
  const unknown = unknownVariables(env);
  if (unknown.length > 0) log(`unknown variables, passed over: ${unknown.join(", ")}`);
  const passed = PASSED_OVER.map((name) => `PGRST_${name}`).filter((name) => env[name] !== undefined);
  if (passed.length > 0) log(`without effect in this stand-in: ${passed.join(", ")}`);
}

const closed = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

async function serve(env: Environment): Promise<void> {
  log(`Starting ${NAME}, the lab's stand-in for PostgREST ${VERSION}...`);
  const state = new State(env);
  warnOfVariables(env);
  const { serverHost, serverPort, adminServerHost, adminServerPort, dbChannelEnabled } = state.config;
  const api = createApiServer(state);
  const admin = adminServerPort === undefined ? undefined : createAdminServer(state, api);
  void state.reload();
  await listen(api, serverHost, serverPort);
  log(`API server listening on ${JSON.stringify(api.address())}`);
  if (admin !== undefined) {
    await listen(admin, adminServerHost, adminServerPort!);
    log(`Admin server listening on ${JSON.stringify(admin.address())}`);
  }
  const stopped = new AbortController();
  const listening = dbChannelEnabled ? runListener(state, stopped.signal) : Promise.resolve();

  const stop = async (signal: string): Promise<void> => {
    if (stopped.signal.aborted) return;
    log(`Received termination unix signal ${signal}`);
    stopped.abort();
    // close() ends idle connections and waits for those with a request under way; each of these is closed after its answer.
    await Promise.all([closed(api), admin === undefined ? undefined : closed(admin)]);
    await Promise.all([state.stop(), listening]);
    process.exit(0);
  };
  process.on("SIGTERM", () => void stop("SIGTERM"));
  process.on("SIGINT", () => void stop("SIGINT"));
  process.on("SIGUSR1", () => void state.reload());
  process.on("SIGUSR2", () => void state.reload());
}

async function main(argv: string[], env: Environment): Promise<void> {
  if (argv.includes("--version") || argv.includes("-v")) {
    process.stdout.write(`PostgREST ${VERSION} (${NAME})\n`);
    return;
  }
  try {
    if (argv.includes("--ready")) process.exitCode = await ready(env);
    else if (argv.length === 0) await serve(env);
    else throw new ConfigError(`${NAME} knows --ready and --version only, and no configuration file`);
  } catch (error) {
    // A configuration that upstream refuses stops this too; the message names no value.
    process.stderr.write(`${NAME}: Error in config ${(error as Error).message}\n`);
    process.exit(1);
  }
}

await main(process.argv.slice(2), process.env);
