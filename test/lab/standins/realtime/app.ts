import type { Pool } from "pg";
import type { Config } from "./config.ts";
import { Connections } from "./database/connections.ts";
import { log } from "./log.ts";
import { Tenants } from "./metadata/tenants.ts";
import { Workers } from "./postgresChanges/workers.ts";
import type { PhoenixSocket } from "./socket/phoenixSocket.ts";
import { Presence } from "./socket/presence.ts";
import { PubSub, type Subscriber, tenantTopic } from "./socket/pubsub.ts";

/** All that one process knows of its tenants and their clients. */
export class App {
  readonly config: Config;
  readonly tenants: Tenants;
  readonly pubsub = new PubSub();
  readonly presence = new Presence(this.pubsub);
  readonly connections: Connections;
  readonly workers: Workers;
  readonly #sockets = new Map<string, Set<PhoenixSocket>>();
  readonly #users = new Map<string, Map<PhoenixSocket, number>>();
  isShuttingDown = false;

  constructor(config: Config, pool: Pool) {
    this.config = config;
    this.tenants = new Tenants(pool, config);
    this.workers = new Workers(config);
    this.connections = new Connections({
      config,
      tenants: this.tenants,
      countUsers: (tenant) => this.countUsers(tenant),
      onMessage: (tenant, topic, isPrivate, broadcast) => this.pubsub.broadcast(tenantTopic(tenant, topic, isPrivate), broadcast),
    });
  }

  addSocket(tenant: string, socket: PhoenixSocket): void {
    const sockets = this.#sockets.get(tenant) ?? new Set();
    this.#sockets.set(tenant, sockets.add(socket));
  }

  removeSocket(tenant: string, socket: PhoenixSocket): void {
    this.#sockets.get(tenant)?.delete(socket);
  }

  /** A user is a socket with a channel, however many channels it has. */
  countUsers(tenant: string): number {
    return this.#users.get(tenant)?.size ?? 0;
  }

  isUser(tenant: string, socket: PhoenixSocket): boolean {
    return this.#users.get(tenant)?.has(socket) ?? false;
  }

  addUser(tenant: string, socket: PhoenixSocket): void {
    const users = this.#users.get(tenant) ?? new Map<PhoenixSocket, number>();
    this.#users.set(tenant, users.set(socket, (users.get(socket) ?? 0) + 1));
  }

  removeUser(tenant: string, socket: PhoenixSocket): void {
    const users = this.#users.get(tenant);
    const channels = (users?.get(socket) ?? 1) - 1;
    if (channels > 0) users?.set(socket, channels);
    else users?.delete(socket);
  }

  /** Upstream: UserSocket.disconnect/1. */
  disconnect(tenant: string): void {
    log("warning", `Disconnecting all sockets for tenant ${tenant}`, { external_id: tenant });
    this.pubsub.broadcast(operationsTopic(tenant), {
      event: "system",
      payload: { extension: "system", status: "ok", message: "Server requested disconnect" },
    });
    for (const socket of this.#sockets.get(tenant) ?? []) socket.drain();
  }

  drainAll(): void {
    for (const sockets of this.#sockets.values()) for (const socket of sockets) socket.drain();
  }

  subscribe(topics: string[], subscriber: Subscriber): void {
    for (const topic of topics) this.pubsub.subscribe(topic, subscriber);
  }

  unsubscribe(topics: string[], subscriber: Subscriber): void {
    for (const topic of topics) this.pubsub.unsubscribe(topic, subscriber);
  }
}

export const operationsTopic = (tenant: string): string => `realtime:operations:${tenant}`;
