// Reads a tenant's changes from a temporary slot of wal2json (upstream: extensions/postgres_cdc_rls/replication_poller.ex, v2.129.8).
import type { Client, ClientConfig, DatabaseError } from "pg";
import { connectTo } from "../database/settings.ts";
import { log, messageOf } from "../log.ts";
import { publishedTables } from "./subscriptions.ts";

export type Change = {
  type: "INSERT" | "UPDATE" | "DELETE";
  schema: string;
  table: string;
  columns: unknown;
  record?: unknown;
  old_record?: unknown;
  commit_timestamp: string | null;
  errors: string[] | null;
};

export type PollerOptions = {
  readonly externalId: string;
  readonly connect: () => ClientConfig;
  readonly slotName: string;
  readonly publication: string;
  readonly intervalMs: number;
  readonly maxChanges: number;
  readonly maxRecordBytes: number;
  readonly onChange: (change: Change, subscriptionIds: string[]) => void;
  /** It gave up. */
  readonly onEnd: () => void;
};

const IDLE_MULTIPLIER = 5;
const MAX_RETRIES = 6;
const RETRY_MS = { min: 100, max: 5_000 };
/** How often an idle poller looks whether a table joined the publication. */
const CHECK_TABLES_MS = 60_000;

const LIST_CHANGES = `
select wal ->> 'type' as type, wal ->> 'schema' as schema, wal ->> 'table' as table, wal -> 'columns' as columns, wal -> 'record' as record,
  wal -> 'old_record' as old_record, wal ->> 'commit_timestamp' as commit_timestamp, subscription_ids::text[], errors,
  slot_changes_count::int as slot_changes_count
from realtime.list_changes($1, $2, $3, $4)`;

export class Poller {
  readonly #options: PollerOptions;
  #client: Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #retries = 0;
  #polling: Promise<void> = Promise.resolve();
  #tablesCheckedAt = 0;

  constructor(options: PollerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#next(0, () => this.#prepare());
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#polling;
    // With its session the temporary slot goes.
    await this.#client?.end().catch(() => {});
  }

  #next(ms: number, step: () => Promise<void>): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#polling = step().catch((error: unknown) => this.#failed(error));
    }, ms);
  }

  /** A slot is made only when there is something to read: one that nobody reads would keep WAL. */
  async #prepare(): Promise<void> {
    const { slotName, publication, externalId } = this.#options;
    this.#client ??= await connectTo(this.#options.connect(), (error) => {
      log("warning", `the connection of postgres_changes is lost: ${error.message}`, { external_id: externalId });
      this.#client = undefined;
    });
    this.#tablesCheckedAt = Date.now();
    if ((await publishedTables(this.#client, publication)) === "") return this.#next(CHECK_TABLES_MS, () => this.#prepare());
    // A slot of that name in another database passes here too and fails when it is read, as upstream's (facts/tenancy.md §1.7.3).
    await this.#client.query(
      `select case when not exists (select from pg_replication_slots where slot_name = $1)
         then (select 1 from pg_create_logical_replication_slot($1, 'wal2json', true)) else 1 end`,
      [slotName],
    );
    this.#retries = 0;
    this.#next(0, () => this.#poll());
  }

  async #poll(): Promise<void> {
    const { slotName, publication, maxChanges, maxRecordBytes, intervalMs } = this.#options;
    if (this.#client === undefined) return this.#prepare();
    if (Date.now() - this.#tablesCheckedAt > CHECK_TABLES_MS && !(await this.#hasTables(this.#client))) return;
    const { rows } = await this.#client.query(LIST_CHANGES, [publication, slotName, maxChanges, maxRecordBytes]);
    const changes = rows.filter(({ type }) => type !== null);
    for (const change of changes) this.#tell(change as Change & { subscription_ids: string[] });
    this.#retries = 0;
    const isBusy = (rows[0]?.slot_changes_count ?? 0) > 0;
    this.#next(changes.length > 0 ? 0 : isBusy ? intervalMs : intervalMs * IDLE_MULTIPLIER, () => this.#poll());
  }

  async #hasTables(client: Client): Promise<boolean> {
    this.#tablesCheckedAt = Date.now();
    if ((await publishedTables(client, this.#options.publication)) !== "") return true;
    await client.query("select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1", [this.#options.slotName]);
    this.#next(CHECK_TABLES_MS, () => this.#prepare());
    return false;
  }

  #tell({ type, schema, table, columns, record, old_record, commit_timestamp, errors, subscription_ids }: Change & { subscription_ids: string[] }): void {
    const common = { columns: columns ?? [], commit_timestamp, errors: (errors?.length ?? 0) > 0 ? errors : null, schema, table, type };
    const after = type === "DELETE" ? {} : { record: record ?? {} };
    const before = type === "INSERT" ? {} : { old_record: old_record ?? {} };
    this.#options.onChange({ ...common, ...after, ...before }, subscription_ids);
  }

  async #failed(error: unknown): Promise<void> {
    const { externalId, slotName } = this.#options;
    if (this.#stopped) return;
    log("error", messageOf(error), { external_id: externalId, error_code: "PoolingReplicationError" });
    if (this.#retries >= MAX_RETRIES) {
      log("error", messageOf(error), { external_id: externalId, error_code: "ReplicationPollerMaxRetriesReached" });
      return this.#options.onEnd();
    }
    // Somebody else reads the slot, and after some tries upstream ends whoever it is.
    if ((error as DatabaseError).code === "55006" && this.#retries > 3)
      await this.#client?.query("select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = $1", [slotName]).catch(() => {});
    const most = Math.min(RETRY_MS.max, RETRY_MS.min * 2 ** this.#retries);
    this.#retries += 1;
    this.#next(RETRY_MS.min + Math.random() * (most - RETRY_MS.min), () => this.#prepare());
  }
}
