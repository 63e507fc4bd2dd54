import type { RealtimeChannel, SupabaseClient } from "@supabase/supabase-js";
import { setTimeout as sleep } from "node:timers/promises";

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
