// `realtime:*`, the one kind of channel: upstream's lib/realtime_web/channels/realtime_channel.ex (v2.129.8).
import { type App, operationsTopic } from "../app.ts";
import { AuthorizationError, type Caller } from "../database/authorization.ts";
import { type Claims, describe, type Jwks, TokenError, verifyConnection } from "../jwt.ts";
import { log, messageOf } from "../log.ts";
import type { Tenant } from "../metadata/tenant.ts";
import { ChannelPolicies } from "./channelPolicies.ts";
import { ChannelPresence } from "./channelPresence.ts";
import { changesOfTopic, idOf, type Join, readJoin, tokenOfJoin } from "./joinPayload.ts";
import { type Channel, ChannelError, type ChannelLink } from "./phoenixSocket.ts";
import { isUserBroadcast, type Message, type Subscriber, tenantTopic } from "./pubsub.ts";
import { replayed } from "./replay.ts";
import type { Incoming, UserBroadcast } from "./serializer.ts";
import { ChannelSubscriptions } from "./channelSubscriptions.ts";

const CONFIRM_TOKEN_MS = 300_000;
const REPLICATION_READY_CHECK_MS = 500;
const REPLICATION_READY_TIMEOUT_MS = 60_000;

export type SocketContext = {
  readonly app: App;
  readonly externalId: string;
  /** decrypted */
  readonly jwtSecret: string;
  readonly jwtJwks: Jwks;
  readonly tenantToken: string;
  /** `x-…` headers of the handshake */
  readonly headers: Record<string, string>;
};

export class RealtimeChannel implements Channel, Subscriber {
  readonly #context: SocketContext;
  readonly #link: ChannelLink;
  readonly #topic: string;
  readonly #subTopic: string;
  readonly #join: Join;
  readonly #policies: ChannelPolicies;
  #token: string;
  #tenant: Tenant | undefined;
  #presence: ChannelPresence | undefined;
  #subscriptions: ChannelSubscriptions | undefined;
  #replayed: { ids: Set<string>; messages: UserBroadcast[] } = { ids: new Set(), messages: [] };
  #confirmTimer: NodeJS.Timeout | undefined;
  #readyTimer: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(context: SocketContext, topic: string, params: unknown, link: ChannelLink) {
    this.#context = context;
    this.#link = link;
    this.#topic = topic;
    this.#subTopic = topic.slice("realtime:".length);
    this.#join = readJoin(params);
    this.#token = tokenOfJoin(params, context.tenantToken);
    this.#policies = new ChannelPolicies(async () => context.app.connections.pool(await this.#currentTenant()));
  }

  get #tenantTopic(): string {
    return tenantTopic(this.#context.externalId, this.#subTopic, this.#join.isPrivate);
  }

  get #topics(): string[] {
    return [this.#tenantTopic, operationsTopic(this.#context.externalId)];
  }

  async join(): Promise<unknown> {
    try {
      return await this.#joinOrRefuse();
    } catch (error) {
      log("error", messageOf(error), { external_id: this.#context.externalId });
      // Upstream lets a caller that fails wait, so that a client that tries again at once does no harm.
      await new Promise((done) => setTimeout(done, this.#context.app.config.channelErrorBackoffMs));
      throw error;
    }
  }

  async #joinOrRefuse(): Promise<unknown> {
    const { app, externalId } = this.#context;
    if (this.#subTopic === "") throw new ChannelError("TopicNameRequired: You must provide a topic name");
    if (app.isShuttingDown) throw new ChannelError("RealtimeRestarting: Realtime is restarting, please standby");
    const tenant = await this.#currentTenant();
    this.#checkLimits(tenant);
    const claims = this.#confirmToken();
    if (tenant.suspend) throw new ChannelError("RealtimeDisabledForTenant: Realtime disabled for this tenant");
    const pool = await app.connections.pool(tenant);
    const presenceEnabled = this.#join.presenceEnabled || tenant.presence_enabled;
    if (this.#join.isPrivate) await this.#authorize(claims, presenceEnabled);
    this.#replayed = await replayed(pool, this.#subTopic, this.#join, this.#policies.may("broadcast", "read"));
    if (this.#ended) throw new ChannelError("the client has gone");

    app.subscribe(this.#topics, this);
    app.addUser(externalId, this.#link.socket);
    this.#presence = new ChannelPresence(this.#context, tenant, this, {
      topic: this.#tenantTopic, key: this.#join.presenceKey, isEnabled: presenceEnabled,
      policies: this.#join.isPrivate ? this.#policies : undefined, link: this.#link,
    });
    const changes = this.#join.postgresChanges ?? [changesOfTopic(this.#subTopic)];
    this.#subscriptions = new ChannelSubscriptions(this.#context, tenant, changes, {
      isNewApi: this.#join.postgresChanges !== undefined, link: this.#link, tell: (status, message) => this.#system("postgres_changes", status, message),
    });
    this.#subscriptions.claims = claims;
    return { postgres_changes: changes.map((params) => ({ ...params, id: idOf(params) })) };
  }

  joined(): void {
    for (const broadcast of this.#replayed.messages) this.#pushReplayed(broadcast);
    this.#presence?.sync();
    this.#subscriptions?.start(0);
    if (this.#join.replicationReady) this.#notifyWhenReplicating(Date.now() + REPLICATION_READY_TIMEOUT_MS);
  }

  terminate(): void {
    this.#ended = true;
    clearTimeout(this.#confirmTimer);
    clearTimeout(this.#readyTimer);
    const { app, externalId } = this.#context;
    app.unsubscribe(this.#topics, this);
    this.#presence?.end();
    this.#subscriptions?.end();
    if (this.#presence !== undefined) app.removeUser(externalId, this.#link.socket);
  }

  receive(message: Message): void {
    if (isUserBroadcast(message)) {
      if (this.#mayRead("broadcast") && !this.#replayed.ids.has(String(message.metadata?.["id"]))) this.#pushBroadcast(message);
      return;
    }
    if (message.event === "broadcast" && !this.#mayRead("broadcast")) return;
    if (message.event === "presence_diff" && !this.#mayRead("presence")) return;
    this.#link.relay(message.event, message.payload);
  }

  async handleIn(event: string, message: Incoming): Promise<{ status: "ok" | "error"; response: unknown } | undefined> {
    if (event === "broadcast") return this.#broadcast(message);
    const payload = (message.payload ?? {}) as Record<string, unknown>;
    if (event === "presence") return this.#handlePresence(payload);
    if (event === "access_token") return this.#accessToken(payload["access_token"]);
    log("info", `Unexpected message from client of type \`${event}\``, { external_id: this.#context.externalId });
    return undefined;
  }

  async #currentTenant(): Promise<Tenant> {
    const { app, externalId } = this.#context;
    this.#tenant = await app.tenants.cached(externalId);
    if (this.#tenant !== undefined) return this.#tenant;
    this.#link.socket.close();
    throw new ChannelError("TenantNotFound: Tenant with the given ID does not exist");
  }

  #checkLimits(tenant: Tenant): void {
    const { app, externalId } = this.#context;
    const { socket } = this.#link;
    if (tenant.private_only && !this.#join.isPrivate) throw new ChannelError("PrivateOnly: This project only allows private channels");
    if (!app.isUser(externalId, socket) && app.countUsers(externalId) >= tenant.max_concurrent_users)
      throw new ChannelError("ConnectionRateLimitReached: Too many connected users");
    // This one is counted already.
    if (socket.channelCount - 1 >= tenant.max_channels_per_client) throw new ChannelError("ChannelRateLimitReached: Too many channels");
  }

  /** @throws ChannelError; looks again when the token ends, and every five minutes */
  #confirmToken(): Claims {
    const { jwtSecret, jwtJwks } = this.#context;
    try {
      const claims = verifyConnection(this.#token, jwtSecret, jwtJwks);
      clearTimeout(this.#confirmTimer);
      this.#confirmTimer = setTimeout(() => this.#confirmAgain(), Math.min(CONFIRM_TOKEN_MS, claims.exp! * 1000 - Date.now()));
      return claims;
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      const { code, message } = describe(error.problem);
      throw new TokenRefused(code === "UnknownErrorOnChannel" ? message : `${code}: ${message}`, message);
    }
  }

  #confirmAgain(): void {
    try {
      const claims = this.#confirmToken();
      if (this.#subscriptions !== undefined) this.#subscriptions.claims = claims;
    } catch (error) {
      this.#shutdown(error instanceof TokenRefused ? error.plain : messageOf(error));
    }
  }

  /** @throws ChannelError when the caller may read nothing of this topic */
  async #authorize(claims: Claims, presenceEnabled: boolean): Promise<void> {
    const { externalId, headers } = this.#context;
    const caller: Caller = { externalId, topic: this.#subTopic, claims, headers };
    const unauthorized = `Unauthorized: You do not have permissions to read from this Channel topic: ${this.#subTopic}`;
    try {
      await this.#policies.authorizeRead(caller, presenceEnabled);
    } catch (error) {
      if (!(error instanceof AuthorizationError)) throw error;
      throw new ChannelError(error.code === "RlsPolicyError" ? unauthorized : `${error.code}: ${error.message}`);
    }
    if (!this.#policies.may("broadcast", "read") && !this.#policies.may("presence", "read")) throw new ChannelError(unauthorized);
  }

  #mayRead(extension: "broadcast" | "presence"): boolean {
    return !this.#join.isPrivate || this.#policies.may(extension, "read");
  }

  #pushBroadcast(broadcast: UserBroadcast): void {
    this.#link.send({ kind: "user", topic: this.#topic, broadcast });
  }

  #pushReplayed(broadcast: UserBroadcast): void {
    const { event, encoding, payload, metadata } = broadcast;
    if (encoding === "binary") return this.#pushBroadcast(broadcast);
    this.#link.push("broadcast", { payload: JSON.parse(payload.toString("utf8")) as unknown, event, type: "broadcast", meta: metadata });
  }

  async #broadcast({ user, payload }: Incoming): Promise<{ status: "ok"; response: unknown } | undefined> {
    if (this.#join.isPrivate && !(await this.#policies.mayWriteBroadcast())) return undefined;
    const tenant = this.#tenant!;
    const size = user === undefined ? Buffer.byteLength(JSON.stringify(payload ?? null)) : user.payload.length;
    if (size > tenant.max_payload_size_in_kb * 1000 + 500) {
      // As upstream, whose reply for this is none that Phoenix takes: the channel ends.
      if (this.#join.ackBroadcast) throw new Error("payload_size_exceeded");
      return undefined;
    }
    const message: Message = user ?? { event: "broadcast", payload };
    this.#context.app.pubsub.broadcast(this.#tenantTopic, message, this.#join.selfBroadcast ? undefined : this);
    return this.#join.ackBroadcast ? { status: "ok", response: {} } : undefined;
  }

  async #handlePresence(payload: Record<string, unknown>): Promise<{ status: "ok" | "error"; response: unknown } | undefined> {
    const outcome = await this.#presence!.handle(payload);
    if (outcome.shutdown === undefined) return outcome.reply;
    this.#shutdown(outcome.shutdown);
    return undefined;
  }

  async #accessToken(token: unknown): Promise<undefined> {
    if (typeof token !== "string" || token.startsWith("sb_") || token === this.#token) return undefined;
    this.#token = token;
    const before = this.#policies.reset();
    try {
      const claims = this.#confirmToken();
      if (this.#join.isPrivate) {
        await this.#authorize(claims, this.#presence!.isEnabled);
        if (this.#policies.hasLost(before))
          throw new ChannelError(`You no longer have permission to read from this Channel topic: ${this.#subTopic}`);
      }
      this.#subscriptions!.claims = claims;
      this.#subscriptions!.start(1_000 + Math.random() * 2_000);
    } catch (error) {
      // The plain words: only a join has the code in front.
      this.#shutdown(error instanceof TokenRefused ? error.plain : messageOf(error).replace(/^Unauthorized: /, ""));
    }
    return undefined;
  }

  #notifyWhenReplicating(deadline: number): void {
    const { app, externalId } = this.#context;
    void app.connections.isReplicating(externalId).then((isReady) => {
      if (this.#ended) return;
      if (isReady) return this.#system("system", "ok", "Replication connection established");
      if (Date.now() > deadline) return this.#shutdown("Replication connection was not established in time");
      this.#readyTimer = setTimeout(() => this.#notifyWhenReplicating(deadline), REPLICATION_READY_CHECK_MS);
    });
  }

  #system(extension: string, status: "ok" | "error", message: string): void {
    this.#link.push("system", { extension, status, message, channel: this.#subTopic });
  }

  #shutdown(message: string): void {
    this.#system("system", "error", message);
    log("warning", `ChannelShutdown: ${message}`, { external_id: this.#context.externalId });
    this.#link.stop();
  }
}

class TokenRefused extends ChannelError {
  readonly plain: string;
  constructor(message: string, plain: string) {
    super(message);
    this.plain = plain;
  }
}
