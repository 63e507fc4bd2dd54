// Broadcasts of the database from before the join (upstream: lib/realtime/messages.ex, v2.129.8); of private channels alone.
import type { Pool } from "pg";
import type { Join } from "./joinPayload.ts";
import { ChannelError } from "./phoenixSocket.ts";
import type { UserBroadcast } from "./serializer.ts";

const MOST = 25;
const refuse = (why: string): never => {
  throw new ChannelError(`UnableToReplayMessages: ${why}`);
};

export async function replayed(pool: Pool, topic: string, { replay, isPrivate }: Join, mayRead: boolean): Promise<{ ids: Set<string>; messages: UserBroadcast[] }> {
  if (replay === undefined) return { ids: new Set(), messages: [] };
  if (!isPrivate) return refuse("Replay is not allowed for public channels");
  if (!mayRead) throw new ChannelError(`Unauthorized: You do not have permissions to read from this Channel topic: ${topic}`);
  const { since, limit = MOST } = (typeof replay === "object" && replay !== null ? replay : {}) as { since?: unknown; limit?: unknown };
  if (!Number.isInteger(since) || !Number.isInteger(limit)) return refuse("Replay params are not valid");
  const { rows } = await pool
    .query(
      `select id, event, payload::text as payload, binary_payload from realtime.messages
       where topic = $1 and private and extension = 'broadcast' and inserted_at >= to_timestamp($2 / 1000.0) at time zone 'utc'
         and inserted_at < timezone('utc', now()) + interval '1 minute'
       order by inserted_at desc limit $3`,
      [topic, since, Math.max(1, Math.min(Number(limit), MOST))],
    )
    .catch(() => refuse("Realtime was unable to replay messages"));
  const messages = rows.toReversed().map(({ id, event, payload, binary_payload: binary }): UserBroadcast => {
    const isBinary = binary !== null;
    const body = isBinary ? (binary as Buffer) : Buffer.from(String(payload));
    return { event: String(event), encoding: isBinary ? "binary" : "json", payload: body, metadata: { replayed: true, id } };
  });
  return { ids: new Set(rows.map(({ id }) => id as string)), messages };
}
