import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Queryable } from "pg";
import type { App } from "../context.ts";
import { Database } from "../database/session.ts";
import { fromDatabase } from "../database/errors.ts";
import { errorBody, lacks, StorageError } from "../errors.ts";
import { log } from "../log.ts";
import { LATEST } from "../schema/list.ts";
import { isHealthy } from "../server.ts";
import type { Registry, TenantRow } from "../tenants/registry.ts";
import { columnsOf, patchBody, putBody, shownTenant } from "./tenant.ts";

/** src/http/routes/admin/tenants.ts, mounted below /tenants. */
export function tenantRoutes(scope: FastifyInstance, app: App, registry: Registry): void {
  const { admin } = app.config;
  const { pool } = registry;

  scope.get("/", async () => {
    const { rows } = await pool.query("select * from tenants order by cursor_id");
    return rows.map((row) => ({ id: row.id, ...shownTenant(row, admin) }));
  });
  scope.get("/:tenantId", async (request, reply) => {
    const row = await rowOf(pool, idOf(request));
    if (row === undefined) return reply.status(404).send();
    const capabilities = { list_V2: row.migrations_version === LATEST, iceberg_catalog: row.migrations_version === LATEST };
    return { ...shownTenant(row, admin), capabilities };
  });

  scope.post("/:tenantId", { schema: { body: putBody } }, async (request, reply) => {
    await save(registry, idOf(request), { jwks: null, ...columnsOf(request.body, admin.encryptionKey) }, "fail");
    await tryToMigrate(registry, idOf(request));
    return reply.status(201).send();
  });
  scope.put("/:tenantId", { schema: { body: putBody } }, async (request, reply) => {
    await save(registry, idOf(request), { jwks: null, ...columnsOf(request.body, admin.encryptionKey) }, "update");
    await tryToMigrate(registry, idOf(request));
    return reply.status(204).send();
  });
  scope.patch("/:tenantId", { schema: { body: patchBody } }, async (request, reply) => {
    await change(pool, idOf(request), columnsOf(request.body, admin.encryptionKey));
    if (request.body.databaseUrl) await tryToMigrate(registry, idOf(request));
    registry.forget(idOf(request));
    return reply.status(204).send();
  });
  scope.delete("/:tenantId", async (request, reply) => {
    await pool.query("delete from tenants where id = $1", [idOf(request)]);
    registry.forget(idOf(request));
    // Its connections would keep its database from being dropped.
    await app.pools.forget(idOf(request));
    return reply.status(204).send();
  });

  scope.get("/:tenantId/migrations", async (request, reply) => migrationsOf(await rowOf(pool, idOf(request)), reply));
  scope.post("/:tenantId/migrations", async (request, reply) => migrateNow(registry, idOf(request), reply));
  scope.get("/:tenantId/health", async (request) => ({ healthy: await healthOf(app, idOf(request)) }));
  for (const below of ["jwks", "jwks/*", "migrations/*", "objects/*", "buckets/*"]) {
    scope.all(`/:tenantId/${below}`, async (request) => {
      throw lacks(`${request.method} ${request.url}`);
    });
  }
}

const idOf = (request: FastifyRequest): string => request.params.tenantId;

async function rowOf(db: Queryable, id: string): Promise<TenantRow | undefined> {
  const { rows } = await db.query("select * from tenants where id = $1", [id]);
  return rows[0];
}

/** Row and signing key, or neither. */
async function save(registry: Registry, id: string, columns: Record<string, unknown>, onConflict: "fail" | "update"): Promise<void> {
  const names = Object.keys(columns);
  const conflict = onConflict === "fail" ? "" : `on conflict (id) do update set ${names.map((name) => `${name} = excluded.${name}`).join(", ")}`;
  const client = await registry.pool.connect();
  try {
    await client.query("begin");
    const places = names.map((_, index) => `$${index + 2}`).join(", ");
    await client.query(`insert into tenants (id, ${names.join(", ")}) values ($1, ${places}) ${conflict}`, [id, ...Object.values(columns)]);
    await registry.addSigningKey(client, id);
    await client.query("commit");
  } catch (error) {
    await client.query("rollback").catch(() => {});
    throw error;
  } finally {
    client.release();
  }
  registry.forget(id);
}

async function change(db: Queryable, id: string, columns: Record<string, unknown>): Promise<void> {
  const sets = Object.keys(columns).map((name, index) => `${name} = $${index + 2}`);
  if (sets.length > 0) await db.query(`update tenants set ${sets.join(", ")} where id = $1`, [id, ...Object.values(columns)]);
}

/** As upstream: a database that is away fails no PUT; `GET …/migrations` tells (facts/tenancy.md §2.2). */
async function tryToMigrate(registry: Registry, id: string): Promise<void> {
  await registry.migrate(id).catch((error: Error) => log("error", "migrations failed", { type: "migrations", tenantId: id, error: error.message }));
  registry.forget(id);
}

function migrationsOf(row: TenantRow | undefined, reply: FastifyReply): unknown {
  if (row === undefined) return reply.status(404).send({ error: "Tenant not found" });
  return { isLatest: row.migrations_version === LATEST, migrationsVersion: row.migrations_version, migrationsStatus: row.migrations_status };
}

async function migrateNow(registry: Registry, id: string, reply: FastifyReply): Promise<unknown> {
  if ((await rowOf(registry.pool, id)) === undefined) return reply.status(404).send({ error: "Tenant not found" });
  try {
    await registry.migrate(id);
    return { migrated: true };
  } catch (error) {
    const known = fromDatabase(error);
    if (known instanceof StorageError) return reply.status(known.statusCode).send({ migrated: false, ...errorBody(known) });
    return reply.status(400).send({ migrated: false, error: (error as Error).message });
  }
}

/** @throws StorageError TenantNotFound */
async function healthOf(app: App, id: string): Promise<boolean> {
  const tenant = await app.tenants.find(id);
  const { serviceRole } = app.config.jwt;
  const superUser = { role: serviceRole, jwt: tenant.serviceKey, claims: { role: serviceRole } };
  const info = { headers: {}, method: "GET", path: `/tenants/${id}/health`, operation: "" };
  return isHealthy(new Database({ pool: app.pools.of(tenant), user: superUser, superUser, info, statementMs: app.config.database.statementMs }));
}
