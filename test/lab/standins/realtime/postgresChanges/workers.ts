// One worker for each tenant whose clients listen to tables (upstream: extensions/postgres_cdc_rls/{cdc_rls,worker_supervisor,subscription_manager}.ex).
import pg, { type Client, type Pool } from "pg";
import type { Config } from "../config.ts";
import { clientConfig, connectTo } from "../database/settings.ts";
import { log, messageOf } from "../log.ts";
import { cdcSettings, type Tenant } from "../metadata/tenant.ts";
import { type Change, Poller } from "./poller.ts";
import { createSubscriptions, deleteAllSubscriptions, deleteSubscriptions, publishedTables, type Subscription } from "./subscriptions.ts";

const CHECK_MS = 60_000;
const STOP_AFTER_MS = 600_000;

/** Who asked for some subscriptions. */
export interface Listener {
  changed(change: Change, subscriptionIds: Set<string>): void;
  /** Its rows are gone: it has to ask again. */
  resubscribe(): void;
}

type Worker = { manager: Client; pool: Pool; poller: Poller; checks: NodeJS.Timeout; tables: string; withoutListenersSince: number | undefined };

export class Workers {
  readonly #config: Config;
  readonly #workers = new Map<string, Promise<Worker>>();
  readonly #listeners = new Map<string, Map<Listener, Set<string>>>();

  constructor(config: Config) {
    this.#config = config;
  }

  /** @throws MalformedParams, or what the database said */
  async subscribe(tenant: Tenant, listener: Listener, subscriptions: Subscription[]): Promise<void> {
    const id = tenant.external_id;
    const worker = await (this.#workers.get(id) ?? this.#start(tenant));
    await createSubscriptions(worker.pool, String(cdcSettings(tenant)["publication"]), subscriptions);
    const listeners = this.#listeners.get(id) ?? new Map<Listener, Set<string>>();
    this.#listeners.set(id, listeners.set(listener, new Set(subscriptions.map((subscription) => subscription.id))));
    worker.withoutListenersSince = undefined;
  }

  async unsubscribe(externalId: string, listener: Listener, ids: string[]): Promise<void> {
    this.#listeners.get(externalId)?.delete(listener);
    const worker = await this.#workers.get(externalId)?.catch(() => undefined);
    if (worker === undefined) return;
    await deleteSubscriptions(worker.pool, ids).catch((error: unknown) => {
      log("error", messageOf(error), { external_id: externalId, error_code: "SubscriptionDeletionFailed" });
    });
  }

  /** Its slot goes with it. Listeners stay and are told to ask again. */
  async stop(externalId: string): Promise<void> {
    const starting = this.#workers.get(externalId);
    this.#workers.delete(externalId);
    const worker = await starting?.catch(() => undefined);
    if (worker === undefined) return;
    clearInterval(worker.checks);
    await worker.poller.stop();
    await Promise.all([worker.manager.end().catch(() => {}), worker.pool.end()]);
    this.#resubscribeAll(externalId);
  }

  async stopAll(): Promise<void> {
    this.#listeners.clear();
    await Promise.all([...this.#workers.keys()].map((id) => this.stop(id)));
  }

  #resubscribeAll(externalId: string): void {
    const listeners = [...(this.#listeners.get(externalId)?.keys() ?? [])];
    this.#listeners.delete(externalId);
    for (const listener of listeners) listener.resubscribe();
  }

  #start(tenant: Tenant): Promise<Worker> {
    const id = tenant.external_id;
    const starting = this.#make(tenant);
    this.#workers.set(id, starting);
    starting.catch((error: unknown) => {
      log("error", messageOf(error), { external_id: id, error_code: "SubscriptionManagerConnectionFailed" });
      if (this.#workers.get(id) === starting) this.#workers.delete(id);
    });
    return starting;
  }

  async #make(tenant: Tenant): Promise<Worker> {
    const externalId = tenant.external_id;
    const settings = cdcSettings(tenant);
    const publication = String(settings["publication"]);
    const of = (application: string) => clientConfig(this.#config.encryption, settings, application);
    const manager = await connectTo(of("realtime_subscription_manager"), (error) => {
      log("warning", `the subscription manager's connection is lost: ${error.message}`, { external_id: externalId });
      void this.stop(externalId);
    });
    const tables = await prepared(manager, publication);
    const pool = new pg.Pool({ ...of("realtime_subscription_manager_pub"), max: Number(settings["subcriber_pool_size"] ?? 4) });
    pool.on("error", (error: Error) => log("warning", `Database connection lost: ${error.message}`, { external_id: externalId }));
    const suffix = this.#config.slotNameSuffix;
    const poller = new Poller({
      externalId,
      publication,
      connect: () => of("realtime_rls"),
      slotName: String(settings["slot_name"]) + (suffix === undefined ? "" : `_${suffix}`),
      intervalMs: Number(settings["poll_interval_ms"]),
      maxChanges: Number(settings["poll_max_changes"]),
      maxRecordBytes: Number(settings["poll_max_record_bytes"]),
      onChange: (change, ids) => this.#changed(externalId, change, ids),
      onEnd: () => void this.stop(externalId),
    });
    poller.start();
    const checks = setInterval(() => void this.#check(externalId, publication), CHECK_MS);
    return { manager, pool, poller, checks, tables, withoutListenersSince: undefined };
  }

  #changed(externalId: string, change: Change, ids: string[]): void {
    for (const [listener, own] of this.#listeners.get(externalId) ?? []) {
      const told = ids.filter((id) => own.has(id));
      if (told.length > 0) listener.changed(change, new Set(told));
    }
  }

  /** Once a minute: another set of tables makes everybody ask again; without listeners it ends after ten minutes. */
  async #check(externalId: string, publication: string): Promise<void> {
    const worker = await this.#workers.get(externalId)?.catch(() => undefined);
    if (worker === undefined) return;
    if ((this.#listeners.get(externalId)?.size ?? 0) === 0) {
      worker.withoutListenersSince ??= Date.now();
      if (Date.now() - worker.withoutListenersSince > STOP_AFTER_MS) return this.stop(externalId);
    }
    try {
      const tables = await publishedTables(worker.manager, publication);
      if (tables === worker.tables) return;
      worker.tables = tables;
      await deleteAllSubscriptions(worker.manager);
      this.#resubscribeAll(externalId);
    } catch (error) {
      log("error", messageOf(error), { external_id: externalId, error_code: "CheckOidsError" });
    }
  }
}

/** Rows of a process that is gone are nobody's. */
async function prepared(manager: Client, publication: string): Promise<string> {
  try {
    await deleteAllSubscriptions(manager);
    return await publishedTables(manager, publication);
  } catch (error) {
    await manager.end();
    throw error;
  }
}
