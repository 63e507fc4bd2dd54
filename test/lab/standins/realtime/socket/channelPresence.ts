// Upstream's lib/realtime_web/channels/realtime_channel/presence_handler.ex (v2.129.8).
import { AuthorizationError } from "../database/authorization.ts";
import { log } from "../log.ts";
import type { Tenant } from "../metadata/tenant.ts";
import type { SocketContext } from "./channel.ts";
import type { ChannelPolicies } from "./channelPolicies.ts";
import type { ChannelLink } from "./phoenixSocket.ts";

type Outcome = { reply?: { status: "ok" | "error"; response: unknown }; shutdown?: string };
const OK: Outcome = { reply: { status: "ok", response: {} } };
const FAILED: Outcome = { reply: { status: "error", response: {} } };

type Options = {
  readonly topic: string;
  readonly key: string;
  readonly isEnabled: boolean;
  /** of a private channel */
  readonly policies: ChannelPolicies | undefined;
  readonly link: ChannelLink;
};

export class ChannelPresence {
  readonly #context: SocketContext;
  readonly #tenant: Tenant;
  readonly #owner: object;
  readonly #options: Options;
  readonly #limit: { maxCalls: number; windowMs: number };
  #window = { calls: 0, until: 0 };
  #payload: string | undefined;
  isEnabled: boolean;

  constructor(context: SocketContext, tenant: Tenant, owner: object, options: Options) {
    this.#context = context;
    this.#tenant = tenant;
    this.#owner = owner;
    this.#options = options;
    this.isEnabled = options.isEnabled;
    const { maxCalls, windowMs } = context.app.config.clientPresence;
    this.#limit = { maxCalls: tenant.max_client_presence_events_per_window || maxCalls, windowMs: tenant.client_presence_window_ms || windowMs };
  }

  /** Who is there already, to a client that said that it wants presence. */
  sync(): void {
    const { policies, link, topic } = this.#options;
    if (!this.isEnabled || (policies !== undefined && !policies.may("presence", "read"))) return;
    link.push("presence_state", this.#context.app.presence.list(topic));
  }

  end(): void {
    this.#context.app.presence.untrack(this.#options.topic, this.#owner);
  }

  async handle(payload: Record<string, unknown>): Promise<Outcome> {
    if (typeof payload["event"] !== "string") return OK;
    if (!this.#isWithinLimit()) return { shutdown: "Client presence rate limit exceeded" };
    const event = payload["event"].toLowerCase();
    if (event === "track") return this.#track(payload["payload"] ?? {});
    if (event === "untrack") {
      this.end();
      this.#payload = undefined;
      return OK;
    }
    this.#log("UnknownPresenceEvent", event);
    return FAILED;
  }

  async #track(payload: unknown): Promise<Outcome> {
    const { policies, topic, key } = this.#options;
    try {
      if (policies !== undefined && !(await policies.mayWritePresence())) return FAILED;
    } catch (error) {
      if (!(error instanceof AuthorizationError)) throw error;
      return FAILED;
    }
    if (typeof payload !== "object" || payload === null || Array.isArray(payload))
      return { reply: { status: "error", response: { reason: "Presence track payload must be a map" } } };
    const text = JSON.stringify(payload);
    if (text === this.#payload) return OK;
    if (Buffer.byteLength(text) > this.#tenant.max_payload_size_in_kb * 1000 + 500) return { shutdown: "Track message size exceeded" };
    this.#context.app.presence.track(topic, this.#owner, key, payload as Record<string, unknown>);
    this.#payload = text;
    this.isEnabled = true;
    return OK;
  }

  #isWithinLimit(): boolean {
    if (Date.now() > this.#window.until) this.#window = { calls: 0, until: Date.now() + this.#limit.windowMs };
    this.#window.calls += 1;
    return this.#window.calls <= this.#limit.maxCalls;
  }

  #log(code: string, message: string): void {
    log("error", message, { external_id: this.#context.externalId, error_code: code });
  }
}
