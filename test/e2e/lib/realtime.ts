import type { RealtimeChannel, SupabaseClient } from "@supabase/supabase-js";
import { setTimeout as sleep } from "node:timers/promises";
import { ownerSql } from "./clients.ts";
import type { ProjectOutputs } from "./testStack.ts";

/** Joins a channel; the caller has said what it listens to. @throws Error with what Realtime said */
export function subscribe(channel: RealtimeChannel): Promise<RealtimeChannel> {
  return new Promise((resolve, reject) => {
    channel.subscribe((status, error) => {
      if (status === "SUBSCRIBED") resolve(channel);
      else if (status !== "CLOSED") reject(new Error(`${status}: ${error?.message ?? ""}`));
    });
  });
}

/** Ends a client's socket and its timers, whatever state its channels are in. */
export async function disconnect(client: SupabaseClient): Promise<void> {
  await client.realtime.disconnect();
}

/** Asks until it is so. @throws Error naming what was waited for */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, seconds = 60): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`);
    await sleep(100);
  }
}

const SLOT = "select from pg_replication_slots where plugin = 'wal2json' and database = current_database() and confirmed_flush_lsn is not null";

/** Realtime says that it listens to a table before there is a slot to read: what is written in between nobody hears. */
export const changesAreRead = (project: ProjectOutputs): Promise<void> =>
  until("a slot that can be read", async () => (await ownerSql(project, SLOT)).rowCount === 1);
