// A tenant's standing connection: made when its first client joins, ended when nobody is there (upstream: lib/realtime/tenants/connect.ex).
import pg, { type Pool } from "pg";
import { ChannelError } from "../socket/phoenixSocket.ts";
import type { Config } from "../config.ts";
import { log, messageOf } from "../log.ts";
import { cdcSettings, type Tenant } from "../metadata/tenant.ts";
import type { Tenants } from "../metadata/tenants.ts";
import { BroadcastReplication } from "./broadcastReplication.ts";
import { clientConfig, withConnection } from "./settings.ts";
import { countMigrations, createPartitions, MIGRATIONS, runMigrations } from "./tenantSchema.ts";

/** How often to look whether anybody is there, and how many looks without anybody end the connection. */
const CHECK_USERS_MS = 60_000;
const CHECKS_WITHOUT_USERS = 11;

type Connection = { pool: Pool; replication: BroadcastReplication; checks: NodeJS.Timeout };

export type Services = {
  readonly config: Config;
  readonly tenants: Tenants;
  readonly countUsers: (tenant: string) => number;
  /** A row of realtime.messages. */
  readonly onMessage: ConstructorParameters<typeof BroadcastReplication>[0]["onMessage"];
};

export class Connections {
  readonly #services: Services;
  readonly #open = new Map<string, Promise<Connection>>();

  constructor(services: Services) {
    this.#services = services;
  }

  /** @throws ChannelError in upstream's words */
  async pool(tenant: Tenant): Promise<Pool> {
    const id = tenant.external_id;
    const connection = this.#open.get(id) ?? this.#start(tenant);
    return (await connection).pool;
  }

  isConnected(externalId: string): boolean {
    return this.#open.has(externalId);
  }

  async isReplicating(externalId: string): Promise<boolean> {
    const connection = await this.#open.get(externalId)?.catch(() => undefined);
    return connection?.replication.isStreaming ?? false;
  }

  async shutdown(externalId: string): Promise<void> {
    const opening = this.#open.get(externalId);
    this.#open.delete(externalId);
    const connection = await opening?.catch(() => undefined);
    if (connection === undefined) return;
    log("warning", "Shutdowning tenant connection", { external_id: externalId });
    clearInterval(connection.checks);
    await connection.replication.stop();
    await connection.pool.end();
  }

  async shutdownAll(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((id) => this.shutdown(id)));
  }

  #start(tenant: Tenant): Promise<Connection> {
    const id = tenant.external_id;
    const opening = this.#connect(tenant);
    this.#open.set(id, opening);
    opening.catch((error: unknown) => {
      if (this.#open.get(id) === opening) this.#open.delete(id);
      log("error", messageOf(error), { external_id: id, error_code: "UnableToConnectToTenantDatabase" });
    });
    return opening.catch((error: unknown) => {
      throw error instanceof ChannelError ? error : unavailable();
    });
  }

  async #connect(tenant: Tenant): Promise<Connection> {
    const { config, tenants } = this.#services;
    const settings = cdcSettings(tenant);
    const of = (application: string) => clientConfig(config.encryption, settings, application);
    const migrated = await withConnection(of("realtime_connect_probe"), async (probe) => {
      const { rows } = await probe.query(
        `select current_setting('max_connections')::int - count(*)::int as available from pg_stat_activity
         where application_name not in ('realtime_connect', 'realtime_connect_probe')`,
      );
      refuseWithout(rows[0].available as number, requiredConnections(settings));
      return countMigrations(probe);
    });
    if (migrated < MIGRATIONS) await migrateTenant(config, tenant);
    await tenants.setMigrationsRan(tenant.external_id, MIGRATIONS);
    const pool = new pg.Pool({ ...of("realtime_connect"), max: Number(settings["db_pool"] ?? 1) });
    pool.on("error", (error: Error) => log("warning", `Database connection lost: ${error.message}`, { external_id: tenant.external_id }));
    try {
      const client = await pool.connect();
      await createPartitions(client).finally(() => client.release());
    } catch (error) {
      await pool.end();
      throw error;
    }
    const replication = new BroadcastReplication({
      externalId: tenant.external_id,
      slotNameSuffix: config.slotNameSuffix,
      connect: () => of("realtime_replication_connection"),
      query: (text) => pool.query(text),
      onMessage: this.#services.onMessage,
    });
    // In the background, as upstream: what clients send each other does not wait for it.
    replication.start();
    return { pool, replication, checks: this.#checkUsers(tenant.external_id) };
  }

  #checkUsers(externalId: string): NodeJS.Timeout {
    let withoutUsers = 0;
    return setInterval(() => {
      withoutUsers = this.#services.countUsers(externalId) === 0 ? withoutUsers + 1 : 0;
      if (withoutUsers >= CHECKS_WITHOUT_USERS) void this.shutdown(externalId);
    }, CHECK_USERS_MS);
  }
}

/** Schema `realtime` in a tenant's database. @throws when its role may not */
export async function migrateTenant(config: Config, tenant: Tenant): Promise<void> {
  await withConnection(clientConfig(config.encryption, cdcSettings(tenant), "realtime_migrations"), runMigrations);
}

const unavailable = () => new ChannelError("UnableToConnectToProject: Realtime was unable to connect to the project database");

/** Upstream: database.ex, tenant_pool_requirements/1 with a pool of 2 for migrations. */
function requiredConnections(settings: Record<string, unknown>): number {
  const others = 6;
  return others + 2 + Number(settings["subs_pool_size"] ?? 1) + Number(settings["db_pool"] ?? 1);
}

function refuseWithout(available: number, required: number): void {
  const requirement = Math.ceil(required * 0.95);
  if (requirement < available) return;
  log("error", `Only ${available} available connections. At least ${requirement} connections are required.`, { error_code: "DatabaseLackOfConnections" });
  throw new ChannelError("DatabaseLackOfConnections: Database can't accept more connections, Realtime won't connect");
}
