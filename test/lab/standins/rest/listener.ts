// LISTEN on the channel `pgrst`: `notify pgrst, 'reload schema'` (docs/references/listener.rst; src/PostgREST/Listener.hs at v14.17).
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { ClientConfig } from "pg";
import { connectionOptions } from "./database.ts";
import { log } from "./log.ts";
import { quoteIdentifier } from "./sql.ts";
import type { State } from "./state.ts";

/** seconds */
const MAX_DELAY = 32;

function handle(state: State, channel: string, payload: string | undefined): void {
  // In-database configuration is read with the schema cache, so both messages lead to the same load.
  const kinds: Record<string, string> = { "": "schema cache", "reload schema": "schema cache", "reload config": "config" };
  const kind = kinds[payload ?? ""];
  if (kind === undefined) return;
  log(`Received a ${kind} reload message on the "${channel}" channel`);
  void state.reload();
}

/** Resolves when the connection is lost. */
async function listenOnce(state: State, onStart: () => void, signal: AbortSignal): Promise<void> {
  const { dbChannel } = state.config;
  const client = new pg.Client(connectionOptions(state.config) as ClientConfig);
  const lost = new Promise<void>((resolve) => {
    client.on("error", () => resolve());
    client.on("end", () => resolve());
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  try {
    client.on("notification", ({ channel, payload }: { channel: string; payload?: string }) => handle(state, channel, payload));
    await client.connect();
    await client.query(`LISTEN ${quoteIdentifier(dbChannel)}`);
    log(`Listener connected and listening for database notifications on the "${dbChannel}" channel`);
    onStart();
    await lost;
  } finally {
    await client.end().catch(() => {});
  }
}

/** Runs until `signal` aborts. After a pause without a connection notifications may have been lost, so the cache is loaded anew. */
export async function runListener(state: State, signal: AbortSignal): Promise<void> {
  let delay = 1;
  let first = true;
  while (!signal.aborted) {
    try {
      await listenOnce(state, () => {
        delay = 1;
        if (!first) void state.reload();
        first = false;
      }, signal);
    } catch (error) {
      log(`Failed listening for database notifications on the "${state.config.dbChannel}" channel. ${(error as Error).message}`);
      first = false;
    }
    if (signal.aborted) return;
    log(`Retrying listening for database notifications in ${delay} seconds...`);
    await sleep(delay * 1000, undefined, { signal }).catch(() => {});
    delay = Math.min(delay * 2, MAX_DELAY);
  }
}
