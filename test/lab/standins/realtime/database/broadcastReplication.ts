// Broadcast from the database: rows of realtime.messages by logical replication (upstream: lib/realtime/tenants/replication_connection.ex,
// v2.129.8). The slot's name has no tenant in it and slots are the cluster's, so one tenant of a process has it (facts/tenancy.md §1.7.1).
import type { Client, ClientConfig, DatabaseError, QueryResult } from "pg";
import { log, messageOf } from "../log.ts";
import type { UserBroadcast } from "../socket/serializer.ts";
import { PgOutput, type Row } from "./pgOutput.ts";
import { connectTo } from "./settings.ts";

const PUBLICATION = "supabase_realtime_messages_publication";
const RETRY_MIN_MS = 5_000;
const RETRY_MAX_MS = 300_000;
const WINDOW_MS = 2 * 3_600_000;

type Options = {
  readonly externalId: string;
  readonly slotNameSuffix: string | undefined;
  readonly connect: () => ClientConfig;
  /** on the tenant's standing connection */
  readonly query: (text: string) => Promise<QueryResult>;
  readonly onMessage: (externalId: string, topic: string, isPrivate: boolean, broadcast: UserBroadcast) => void;
};

export class BroadcastReplication {
  readonly #options: Options;
  #client: Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #failingSince: number | undefined;
  #stopped = false;
  isStreaming = false;

  constructor(options: Options) {
    this.#options = options;
  }

  start(): void {
    this.#stream().catch((error: unknown) => {
      this.#log("error", messageOf(error), "StartReplicationFailed");
      this.#retryLater();
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#end();
  }

  async #end(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    this.isStreaming = false;
    // A walsender answers no more queries; its socket is closed, and Postgres drops the temporary slot with it.
    client?.connection.stream.destroy();
  }

  #log(level: "info" | "warning" | "error", message: string, code?: string): void {
    log(level, message, { external_id: this.#options.externalId, ...(code === undefined ? {} : { error_code: code }) });
  }

  #retryLater(): void {
    void this.#end();
    if (this.#stopped) return;
    this.#failingSince ??= Date.now();
    if (Date.now() - this.#failingSince > WINDOW_MS) return this.#log("warning", "Replication recovery window exceeded", "ReplicationRecoveryWindowExceeded");
    const most = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** this.#failures);
    this.#failures += 1;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#recover(), RETRY_MIN_MS + Math.random() * (most - RETRY_MIN_MS));
  }

  /** Upstream looks at the whole cluster: another tenant's walsender keeps this one waiting (facts/tenancy.md §1.7.2). */
  async #recover(): Promise<void> {
    try {
      const { rows } = await this.#options.query("select 1 from pg_stat_activity where application_name = 'realtime_replication_connection'");
      if (rows.length === 0) return this.start();
      this.#log("info", "Waiting for old walsender to exit");
    } catch (error) {
      this.#log("error", `DB check failed during recovery: ${messageOf(error)}`, "ReplicationConnectionRecoveryFailed");
    }
    this.#retryLater();
  }

  async #stream(): Promise<void> {
    const slot = `supabase_realtime_messages_replication_slot_${this.#options.slotNameSuffix ?? ""}`;
    const client = await connectTo({ ...this.#options.connect(), replication: "database" }, (error) => this.#lost(client, error.message));
    if (this.#stopped) return void client.connection.stream.destroy();
    this.#client = client;
    client.on("end", () => this.#lost(client, "the connection ended"));
    const { rows } = await client.query(`SELECT 1 FROM pg_replication_slots WHERE slot_name = ${client.escapeLiteral(slot)}`);
    if (rows.length > 0) throw new Error("Replication slot already exists and in use, deferring connection");
    await preparePublication(client);
    await client.query(`CREATE_REPLICATION_SLOT ${client.escapeIdentifier(slot)} TEMPORARY LOGICAL pgoutput NOEXPORT_SNAPSHOT`);
    this.#read(client);
    const options = `proto_version '2', publication_names '${PUBLICATION}'`;
    // Never answered while it streams.
    client.query(`START_REPLICATION SLOT ${client.escapeIdentifier(slot)} LOGICAL 0/0 (${options})`).catch((error: Error) => this.#lost(client, error.message));
  }

  #lost(client: Client, reason: string): void {
    if (this.#client !== client || this.#stopped) return;
    this.#log("warning", `Replication connection has been terminated, recovery window opened: ${reason}`, "ReplicationConnectionDown");
    this.#retryLater();
  }

  #read(client: Client): void {
    const decoder = new PgOutput();
    client.connection.once("replicationStart", () => {
      this.isStreaming = true;
      this.#failures = 0;
      this.#failingSince = undefined;
    });
    client.connection.on("copyData", ({ chunk }: { chunk: Buffer }) => {
      if (chunk[0] === 0x6b) client.connection.sendCopyFromChunk(standbyStatus(chunk.readBigUInt64BE(1) + 1n));
      if (chunk[0] !== 0x77) return;
      const row = decoder.read(chunk.subarray(25));
      if (row !== undefined) this.#broadcast(row);
    });
  }

  #broadcast({ id, topic, event, private: isPrivate, payload, binary_payload: binary }: Row): void {
    if (!id || !topic || !event || isPrivate === null || (payload ?? binary ?? null) === null)
      return this.#log("error", "a row of realtime.messages lacks what a broadcast needs", "UnableToBroadcastChanges");
    const isBinary = (binary ?? null) !== null;
    const body = isBinary ? Buffer.from(binary!.slice(2), "hex") : Buffer.from(payload!);
    this.#options.onMessage(this.#options.externalId, topic, isPrivate === "t", { event, encoding: isBinary ? "binary" : "json", payload: body, metadata: { id } });
  }
}

/** Of realtime.messages and its partitions alone, else made anew. */
async function preparePublication(client: Client): Promise<void> {
  const { rows } = await client.query(
    `SELECT p.pubname, t.schemaname, t.tablename FROM pg_publication p LEFT JOIN pg_publication_tables t ON t.pubname = p.pubname
     WHERE p.pubname = '${PUBLICATION}'`,
  );
  const isOfMessages = rows.every(({ schemaname, tablename }) => schemaname === "realtime" && /^messages(_|$)/.test(tablename as string));
  if (rows.length > 0 && isOfMessages) return;
  if (rows.length > 0) await client.query(`DROP PUBLICATION ${PUBLICATION}`);
  await client.query(`CREATE PUBLICATION ${PUBLICATION} FOR TABLE realtime.messages`).catch((error: DatabaseError) => {
    throw new Error(`Error creating publication: ${error.message}`);
  });
}

/** "Standby status update" of the streaming replication protocol: all up to here is done. */
function standbyStatus(position: bigint): Buffer {
  const status = Buffer.alloc(34);
  status.write("r");
  for (const offset of [1, 9, 17]) status.writeBigUInt64BE(position, offset);
  return status;
}
