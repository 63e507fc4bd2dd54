// The tenant API: upstream's lib/realtime_web/controllers/tenant_controller.ex (v2.129.8).
import type { App } from "../app.ts";
import { migrateTenant } from "../database/connections.ts";
import { MIGRATIONS } from "../database/tenantSchema.ts";
import { clientConfig, withConnection } from "../database/settings.ts";
import { HttpError, notFound, unauthorized } from "../errors.ts";
import { jsonBody, type Handler, type Reply, type Request } from "../request.ts";
import { log, messageOf } from "../log.ts";
import { cdcSettings, changeset, type Tenant, translatePool, viewOf } from "../metadata/tenant.ts";

export const index: Handler = async ({ app }) => ({ status: 200, json: { data: (await app.tenants.list()).map(viewOf) } });

export const show: Handler = async (request) => ({ status: 200, json: { data: viewOf(await existing(request)) } });

/** An upsert, as PUT. */
export const create: Handler = async (request) => {
  const params = tenantParams(request);
  changeset(request.app.config.encryption, params, undefined);
  return upsert(request.app, String(params["external_id"]), params);
};

export const update: Handler = async (request) => upsert(request.app, request.params["tenant_id"]!, tenantParams(request));

export const remove: Handler = async ({ app, params }) => {
  const tenant = await app.tenants.get(params["tenant_id"]!);
  if (tenant === undefined) return { status: 204 };
  const id = tenant.external_id;
  app.disconnect(id);
  await app.tenants.delete(id);
  await stopTenant(app, id);
  await tearDownSlot(app, tenant);
  return { status: 204 };
};

export const reload: Handler = async (request) => {
  const { external_id: id } = await existing(request);
  await stopTenant(request.app, id);
  request.app.disconnect(id);
  return { status: 204 };
};

export const shutdown: Handler = async (request) => {
  const { external_id: id } = await existing(request);
  await request.app.connections.shutdown(id);
  return { status: 204 };
};

/** Clients without a database are ill; a tenant without both is healthy once its schema is made. */
export const health: Handler = async (request) => {
  const { app } = request;
  const tenant = await app.tenants.cached(request.params["tenant_id"]!);
  if (tenant === undefined) throw notFound();
  const id = tenant.external_id;
  const users = app.countUsers(id);
  const isConnected = app.connections.isConnected(id);
  const isMigrated = tenant.migrations_ran >= MIGRATIONS;
  if (!isConnected && users === 0 && !isMigrated) void migrateLater(app, tenant);
  const data = {
    healthy: isConnected || (users === 0 && isMigrated),
    db_connected: isConnected,
    replication_connected: isConnected && (await app.connections.isReplicating(id)),
    connected_cluster: users,
    region: app.config.region ?? null,
    node: `${app.config.appName}@127.0.0.1`,
  };
  return { status: 200, json: { data } };
};

async function existing({ app, params }: Request): Promise<Tenant> {
  const tenant = await app.tenants.get(params["tenant_id"]!);
  if (tenant === undefined) throw notFound();
  return tenant;
}

function tenantParams(request: Request): Record<string, unknown> {
  const { tenant } = jsonBody(request);
  // Phoenix.ActionClauseError.
  if (typeof tenant !== "object" || tenant === null) throw new HttpError(400, "Bad Request");
  return tenant as Record<string, unknown>;
}

async function upsert(app: App, externalId: string, given: Record<string, unknown>): Promise<Reply> {
  const params = translatePool(given);
  const before = await app.tenants.get(externalId);
  const headers = { location: `/api/tenants/${encodeURIComponent(externalId)}` };
  if (before === undefined) {
    // As upstream, which looks into a list that is not there.
    if (!Array.isArray(params["extensions"])) throw new HttpError(500, "Internal Server Error");
    const tenant = await app.tenants.create({ ...params, external_id: externalId, name: externalId });
    await migrateOrRefuse(app, tenant);
    return { status: 201, json: { data: viewOf(tenant) }, headers };
  }
  const { tenant, changed } = await app.tenants.update(before, params);
  if (changed.disconnects) app.disconnect(externalId);
  if (changed.restartsDatabase) await stopTenant(app, externalId);
  return { status: 200, json: { data: viewOf(tenant) }, headers };
}

/** As upstream the tenant stays, and the caller reads 401 for whatever its database said. */
async function migrateOrRefuse(app: App, tenant: Tenant): Promise<void> {
  try {
    await migrateTenant(app.config, tenant);
    await app.tenants.setMigrationsRan(tenant.external_id, MIGRATIONS);
  } catch (error) {
    log("error", messageOf(error), { external_id: tenant.external_id, error_code: "MigrationsFailedToRun" });
    throw unauthorized();
  }
}

const migrateLater = (app: App, tenant: Tenant): Promise<void> => migrateOrRefuse(app, tenant).catch(() => {});

async function stopTenant(app: App, externalId: string): Promise<void> {
  await app.connections.shutdown(externalId);
  await app.workers.stop(externalId);
}

/**
 * Upstream's replication_slot_teardown: of the whole cluster's slots it takes those whose name has "realtime" in it, and acts only when
 * that is exactly one, whosever it is (facts/tenancy.md §1.7.4). Errors are nobody's.
 */
async function tearDownSlot(app: App, tenant: Tenant): Promise<void> {
  try {
    await withConnection(clientConfig(app.config.encryption, cdcSettings(tenant), "realtime_replication_slot_teardown"), async (client) => {
      const { rows } = await client.query("select slot_name from pg_replication_slots where slot_name like '%realtime%'");
      if (rows.length !== 1) return;
      const slot = [rows[0].slot_name as string];
      await client.query("select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = $1", slot);
      await client.query("select pg_drop_replication_slot($1)", slot);
    });
  } catch (error) {
    log("warning", messageOf(error), { external_id: tenant.external_id });
  }
}
