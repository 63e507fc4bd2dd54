// The running server: its sockets, its signals, its end.
import type { Server } from "node:http";
import { createAdminServer } from "./admin.ts";
import { createApiServer } from "./app.ts";
import { PASSED_OVER, unknownVariables } from "./config.ts";
import type { Environment } from "./config.ts";
import { NAME, VERSION } from "./errors.ts";
import { listenAddress } from "./hosts.ts";
import { runListener } from "./listener.ts";
import { log } from "./log.ts";
import { State } from "./state.ts";

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host: listenAddress(host) }, resolve);
  });
}

function warnOfVariables(env: Environment): void {
  const unknown = unknownVariables(env);
  if (unknown.length > 0) log(`unknown variables, passed over: ${unknown.join(", ")}`);
  const passed = PASSED_OVER.map((name) => `PGRST_${name}`).filter((name) => env[name] !== undefined);
  if (passed.length > 0) log(`without effect in this stand-in: ${passed.join(", ")}`);
}

const closed = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

export async function serve(env: Environment): Promise<void> {
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
