import { randomBytes } from "node:crypto";
import type { PubSub } from "./pubsub.ts";

type Meta = Record<string, unknown> & { phx_ref: string };
type Group = Record<string, { metas: Meta[] }>;

/** Who is where: Phoenix.Presence for one process. A channel has one entry, under its key. */
export class Presence {
  readonly #pubsub: PubSub;
  readonly #topics = new Map<string, Map<object, { key: string; meta: Meta }>>();

  constructor(pubsub: PubSub) {
    this.#pubsub = pubsub;
  }

  list(topic: string): Group {
    const group: Group = {};
    for (const { key, meta } of this.#topics.get(topic)?.values() ?? []) (group[key] ??= { metas: [] }).metas.push(meta);
    return group;
  }

  /** Again for the same channel: an update, which is heard as a leave and a join. */
  track(topic: string, channel: object, key: string, payload: Record<string, unknown>): void {
    const entries = this.#topics.get(topic) ?? new Map<object, { key: string; meta: Meta }>();
    this.#topics.set(topic, entries);
    const before = entries.get(channel);
    const previous = before === undefined ? {} : { phx_ref_prev: before.meta.phx_ref };
    const meta: Meta = { ...payload, ...previous, phx_ref: randomBytes(12).toString("base64url") };
    entries.set(channel, { key, meta });
    this.#diff(topic, { [key]: { metas: [meta] } }, before === undefined ? {} : { [before.key]: { metas: [before.meta] } });
  }

  untrack(topic: string, channel: object): void {
    const entries = this.#topics.get(topic);
    const before = entries?.get(channel);
    if (entries === undefined || before === undefined) return;
    entries.delete(channel);
    if (entries.size === 0) this.#topics.delete(topic);
    this.#diff(topic, {}, { [before.key]: { metas: [before.meta] } });
  }

  #diff(topic: string, joins: Group, leaves: Group): void {
    this.#pubsub.broadcast(topic, { event: "presence_diff", payload: { joins, leaves } });
  }
}
