import { randomBytes } from "node:crypto";
import pg, { type Pool, type Queryable } from "pg";
import type { Config } from "../config.ts";
import { connectionFields } from "../database/pools.ts";
import { errors } from "../errors.ts";
import type { Jwk } from "../jwk.ts";
import { log } from "../log.ts";
import { LATEST } from "../schema/list.ts";
import { migrate } from "../schema/migrate.ts";
import { Changes } from "./changes.ts";
import { decrypt, encrypt } from "./crypto.ts";
import { makeMultitenantSchema } from "./schema.ts";
import type { Tenant, Tenants } from "./tenant.ts";

/** A row of `tenants`; what is secret in it is encrypted. */
export type TenantRow = Record<string, any> & { id: string };

const SIGNING = "storage-url-signing-key";

/** The tenants of the multitenant database. What changes there, by whomever, is seen at once: triggers notify. */
export class Registry implements Tenants {
  readonly #config: Config;
  readonly pool: Pool;
  readonly #changes: Changes;
  readonly #known = new Map<string, Promise<Tenant>>();
  readonly #ready = new Map<string, Promise<void>>();

  constructor(config: Config, pool: Pool) {
    this.#config = config;
    this.pool = pool;
    this.#changes = new Changes(config.database, (id) => this.forget(id), () => this.#forgetAll());
  }

  find(id: string): Promise<Tenant> {
    const known = this.#known.get(id) ?? this.#load(id);
    this.#known.set(id, known);
    known.catch(() => this.#known.delete(id));
    return known;
  }

  /** Migrates at the first request after a start or a change (DB_MIGRATIONS_STRATEGY on_request). */
  async ready(id: string): Promise<Tenant> {
    const tenant = await this.find(id);
    const ready = this.#ready.get(id) ?? this.migrate(id);
    this.#ready.set(id, ready);
    ready.catch(() => this.#ready.delete(id));
    await ready;
    return tenant;
  }

  /** Brings the tenant's database up to date and records that. */
  async migrate(id: string): Promise<void> {
    const { rows } = await this.pool.query("select database_url from tenants where id = $1", [id]);
    if (rows.length === 0) throw errors.tenantNotFound(`Missing tenant config for tenant ${id}`);
    await migrate(this.#open(rows[0].database_url), this.#config);
    // Not at each start: the trigger would tell everybody of a change that is none.
    await this.pool.query(
      "update tenants set migrations_version = $2, migrations_status = 'COMPLETED' where id = $1 and (migrations_version, migrations_status) is distinct from ($2, 'COMPLETED')",
      [id, LATEST],
    );
  }

  forget(id: string): void {
    this.#known.delete(id);
    this.#ready.delete(id);
  }

  #forgetAll(): void {
    this.#known.clear();
    this.#ready.clear();
  }

  async #load(id: string): Promise<Tenant> {
    const { rows } = await this.pool.query("select * from tenants where id = $1", [id]);
    if (rows.length === 0) throw errors.tenantNotFound(`Missing tenant config for tenant ${id}`);
    const { rows: keys } = await this.pool.query("select id, kind, content from tenants_jwks where tenant_id = $1 and active order by created_at", [id]);
    return this.#tenant(rows[0], keys);
  }

  #tenant(row: TenantRow, keys: { id: string; kind: string; content: string }[]): Tenant {
    const own = keys.map(({ id, kind, content }): [string, Jwk] => [kind, { ...JSON.parse(this.#open(content)), kid: `${kind}_${id}` }]);
    const jwtSecret = this.#open(row.jwt_secret);
    const limit = Number(row.delete_objects_limit ?? 0);
    return {
      id: row.id,
      databaseUrl: this.#open(row.database_pool_url ?? row.database_url),
      ...(row.max_connections ? { maxConnections: Number(row.max_connections) } : {}),
      jwtSecret,
      jwks: [...own.map(([, key]) => key), ...(row.jwks?.keys ?? [])],
      urlSigningKey: own.find(([kind, key]) => kind === SIGNING && key.kty === "oct")?.[1] ?? jwtSecret,
      serviceKey: this.#open(row.service_key),
      fileSizeLimit: Number(row.file_size_limit),
      deleteObjectsLimit: limit > 0 ? limit : undefined,
      imageTransformation: {
        isEnabled: row.feature_image_transformation,
        ...(row.image_transformation_max_resolution === null ? {} : { maxResolution: row.image_transformation_max_resolution }),
      },
    };
  }

  /** Makes the tenant's own key for signed URLs, unless there is one. */
  async addSigningKey(db: Queryable, id: string): Promise<void> {
    const key: Jwk = { kty: "oct", k: randomBytes(64).toString("base64url") };
    await db.query(
      "insert into tenants_jwks (tenant_id, kind, content, active) values ($1, $2, $3, true) on conflict (tenant_id) where active and kind = 'storage-url-signing-key' do nothing",
      [id, SIGNING, encrypt(JSON.stringify(key), this.#config.admin.encryptionKey)],
    );
  }

  #open(text: string): string {
    return decrypt(text, this.#config.admin.encryptionKey);
  }

  async start(): Promise<void> {
    await this.#changes.start();
  }

  async end(): Promise<void> {
    await Promise.all([this.pool.end(), this.#changes.end()]);
  }
}

export async function openRegistry(config: Config): Promise<Registry> {
  const { multitenantUrl, multitenantMaxConnections } = config.database;
  const pool = new pg.Pool({ ...connectionFields(multitenantUrl, config.database, false), max: multitenantMaxConnections });
  pool.on("error", (error: Error) => log("warning", "[multitenant] Idle pg client error", { type: "db", error: error.message }));
  await makeMultitenantSchema(pool);
  const registry = new Registry(config, pool);
  await registry.start();
  return registry;
}
