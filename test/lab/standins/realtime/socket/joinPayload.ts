// What a phx_join asks for: upstream's lib/realtime_web/channels/payloads (v2.129.8). What can not be read counts as not said.
import { randomUUID } from "node:crypto";

export type ChangeParams = Record<string, unknown>;

export type Join = {
  isPrivate: boolean;
  ackBroadcast: boolean;
  selfBroadcast: boolean;
  replicationReady: boolean;
  replay: unknown;
  presenceEnabled: boolean;
  presenceKey: string;
  /** undefined: a client of before `config`, whose topic names the table */
  postgresChanges: ChangeParams[] | undefined;
};

const record = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

const flag = (value: unknown): boolean => value === true || (typeof value === "string" && value.toLowerCase() === "true");

export function readJoin(params: unknown): Join {
  const { config: given } = record(params);
  const config = record(given);
  const [broadcast, presence] = [record(config["broadcast"]), record(config["presence"])];
  const changes = Array.isArray(config["postgres_changes"]) ? config["postgres_changes"] : [];
  const key = presence["key"] ?? "";
  return {
    isPrivate: flag(config["private"]),
    ackBroadcast: flag(broadcast["ack"]),
    selfBroadcast: flag(broadcast["self"]),
    replicationReady: flag(broadcast["replication_ready"]),
    replay: broadcast["replay"],
    presenceEnabled: flag(presence["enabled"]),
    presenceKey: key === "" ? randomUUID() : String(key),
    postgresChanges: given === undefined ? undefined : changes.filter((change) => change !== null).map(record),
  };
}

/** `realtime:public:items:id=eq.1`, of a client without `config`. */
export function changesOfTopic(subTopic: string): ChangeParams {
  const [schema, table, ...filter] = subTopic.split(":");
  return { schema, ...(table === undefined ? {} : { table }), ...(filter.length === 0 ? {} : { filter: filter.join(":") }) };
}

/** The access token that a join brings; a publishable key stands for the socket's own. */
export function tokenOfJoin(params: unknown, tenantToken: string): string {
  const { access_token: access, user_token: user } = record(params);
  const first = access ?? user;
  if (typeof first === "string" && first.startsWith("sb_")) return tenantToken;
  return [user, access].find((token) => typeof token === "string") ?? tenantToken;
}

/** A number of 27 bits for a subscription, the same for the same parameters (upstream: `:erlang.phash2`). */
export function idOf(params: ChangeParams): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(JSON.stringify(Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1))))) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0) % 2 ** 27;
}
