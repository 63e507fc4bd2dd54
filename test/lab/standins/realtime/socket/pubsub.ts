import type { UserBroadcast } from "./serializer.ts";

export type Message = { event: string; payload: unknown } | UserBroadcast;
export const isUserBroadcast = (message: Message): message is UserBroadcast => "encoding" in message;

export interface Subscriber {
  receive(message: Message): void;
}

/** Who listens to what, in this process: Phoenix.PubSub without its nodes. */
export class PubSub {
  readonly #topics = new Map<string, Set<Subscriber>>();

  subscribe(topic: string, subscriber: Subscriber): void {
    const subscribers = this.#topics.get(topic) ?? new Set();
    this.#topics.set(topic, subscribers.add(subscriber));
  }

  unsubscribe(topic: string, subscriber: Subscriber): void {
    const subscribers = this.#topics.get(topic);
    subscribers?.delete(subscriber);
    if (subscribers?.size === 0) this.#topics.delete(topic);
  }

  broadcast(topic: string, message: Message, except?: Subscriber): void {
    for (const subscriber of [...(this.#topics.get(topic) ?? [])]) if (subscriber !== except) subscriber.receive(message);
  }
}

/** Upstream: Tenants.tenant_topic/3. */
export const tenantTopic = (tenant: string, topic: string, isPrivate: boolean): string => `${tenant}${isPrivate ? "-private" : ""}:${topic}`;
