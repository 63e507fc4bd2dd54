import { randomUUID } from "node:crypto";
import type { Claims } from "../jwt.ts";
import { log, messageOf } from "../log.ts";
import type { Tenant } from "../metadata/tenant.ts";
import { MalformedParams, parseParams } from "../postgresChanges/params.ts";
import type { Change } from "../postgresChanges/poller.ts";
import type { Listener } from "../postgresChanges/workers.ts";
import type { SocketContext } from "./channel.ts";
import { type ChangeParams, idOf } from "./joinPayload.ts";
import type { ChannelLink } from "./phoenixSocket.ts";

type Options = {
  readonly isNewApi: boolean;
  readonly link: ChannelLink;
  readonly tell: (status: "ok" | "error", message: string) => void;
};

/** What one channel hears of tables. */
export class ChannelSubscriptions implements Listener {
  readonly #context: SocketContext;
  readonly #tenant: Tenant;
  readonly #options: Options;
  /** By the id of its row. */
  readonly #asked: Map<string, ChangeParams>;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;
  claims: Claims = {};

  constructor(context: SocketContext, tenant: Tenant, changes: ChangeParams[], options: Options) {
    this.#context = context;
    this.#tenant = tenant;
    this.#options = options;
    this.#asked = new Map(changes.map((params) => [randomUUID(), params]));
  }

  start(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#asked.size > 0 && !this.#ended) this.#timer = setTimeout(() => void this.#subscribe(), ms);
  }

  resubscribe(): void {
    this.start(1_000 + Math.random() * 2_000);
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    if (this.#asked.size > 0) void this.#context.app.workers.unsubscribe(this.#context.externalId, this, [...this.#asked.keys()]);
  }

  changed(change: Change, subscriptionIds: Set<string>): void {
    const ids = [...this.#asked].filter(([id]) => subscriptionIds.has(id)).map(([, params]) => idOf(params));
    const { isNewApi, link } = this.#options;
    if (isNewApi) link.relay("postgres_changes", { ids, data: change });
    else link.relay(change.type, change);
  }

  async #subscribe(): Promise<void> {
    const { app, externalId } = this.#context;
    try {
      const list = [...this.#asked].map(([id, params]) => ({ id, claims: this.claims, params: parseParams(params) }));
      // The tenant as it is now: its database may be another than at the join.
      await app.workers.subscribe((await app.tenants.cached(externalId)) ?? this.#tenant, this, list);
      if (this.#ended) return void app.workers.unsubscribe(externalId, this, [...this.#asked.keys()]);
      this.#options.tell("ok", "Subscribed to PostgreSQL");
    } catch (error) {
      if (this.#ended) return;
      log("warning", messageOf(error), { external_id: externalId, error_code: "RealtimeDisabledForConfiguration" });
      this.#options.tell("error", messageOf(error));
      // Parameters that are wrong stay wrong.
      if (!(error instanceof MalformedParams)) this.start(5_000 + Math.random() * 5_000);
    }
  }
}
