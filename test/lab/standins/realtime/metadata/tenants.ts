import { randomUUID } from "node:crypto";
import type { DatabaseError, Pool, Queryable } from "pg";
import type { Config } from "../config.ts";
import { type Changes, ChangesetError, changeset, type Tenant } from "./tenant.ts";

const COLUMNS = `t.id, t.name, t.external_id, t.jwt_secret, t.jwt_jwks, t.max_concurrent_users, t.max_events_per_second,
  t.max_bytes_per_second, t.max_channels_per_client, t.max_joins_per_second, t.max_presence_events_per_second, t.max_payload_size_in_kb,
  t.suspend, t.private_only, t.migrations_ran, t.max_client_presence_events_per_window, t.client_presence_window_ms, t.presence_enabled,
  to_char(t.inserted_at, 'YYYY-MM-DD"T"HH24:MI:SS') as inserted_at,
  coalesce((
    select json_agg(json_build_object('type', e.type, 'settings', e.settings, 'inserted_at', e.inserted_at, 'updated_at', e.updated_at))
    from extensions e where e.tenant_external_id = t.external_id
  ), '[]') as extensions`;

/** Which of a tenant's fields ended whose connections when they changed (upstream: lib/realtime/api.ex). */
export type Changed = { disconnects: boolean; restartsDatabase: boolean };

/** The tenants of the metadata database, with upstream's cache of 30 s for those that clients ask for. */
export class Tenants {
  readonly #pool: Pool;
  readonly #config: Config;
  readonly #cache = new Map<string, { tenant: Tenant | undefined; until: number }>();

  constructor(pool: Pool, config: Config) {
    this.#pool = pool;
    this.#config = config;
  }

  async list(): Promise<Tenant[]> {
    return (await this.#pool.query(`select ${COLUMNS} from tenants t`)).rows as Tenant[];
  }

  async get(externalId: string, db: Queryable = this.#pool): Promise<Tenant | undefined> {
    return (await db.query(`select ${COLUMNS} from tenants t where t.external_id = $1`, [externalId])).rows[0] as Tenant | undefined;
  }

  /** What may be 30 s old when another process wrote it. */
  async cached(externalId: string): Promise<Tenant | undefined> {
    const kept = this.#cache.get(externalId);
    if (kept !== undefined && kept.until > Date.now()) return kept.tenant;
    const tenant = await this.get(externalId);
    // As upstream, that there is none is not kept: a tenant that is made now is there at once.
    if (tenant !== undefined) this.#cache.set(externalId, { tenant, until: Date.now() + this.#config.tenantCacheExpirationMs });
    return tenant;
  }

  async create(params: Record<string, unknown>): Promise<Tenant> {
    const changes = changeset(this.#config.encryption, params, undefined);
    const defaults = Object.entries(this.#config.tenantDefaults).filter(([name]) => (changes.fields[name] ?? null) === null);
    const fields = { ...changes.fields, ...Object.fromEntries(defaults) };
    return this.#write(String(fields["external_id"]), async (db) => {
      const names = Object.keys(fields);
      const places = names.map((_, index) => `$${index + 2}`);
      await db.query(
        `insert into tenants (id, inserted_at, updated_at, ${names.join(", ")})
         values ($1, timezone('utc', now()), timezone('utc', now()), ${places.join(", ")})`,
        [randomUUID(), ...names.map((name) => fields[name])],
      );
      await replaceExtensions(db, String(fields["external_id"]), changes.extensions);
    });
  }

  async update(tenant: Tenant, params: Record<string, unknown>): Promise<{ tenant: Tenant; changed: Changed }> {
    const changes = changeset(this.#config.encryption, params, tenant);
    const fields = Object.entries(changes.fields).filter(([name, value]) => differs(tenant[name as keyof Tenant], value));
    const names = fields.map(([name]) => name);
    const updated = await this.#write(String(changes.fields["external_id"] ?? tenant.external_id), async (db) => {
      const sets = names.map((name, index) => `${name} = $${index + 2}, `).join("");
      if (names.length > 0)
        await db.query(`update tenants set ${sets}updated_at = timezone('utc', now()) where id = $1`, [tenant.id, ...fields.map(([, value]) => value)]);
      await replaceExtensions(db, tenant.external_id, changes.extensions);
    });
    this.forget(tenant.external_id);
    return { tenant: updated, changed: effectOf(names, changes) };
  }

  async delete(externalId: string): Promise<boolean> {
    this.forget(externalId);
    return (await this.#pool.query("delete from tenants where external_id = $1", [externalId])).rowCount === 1;
  }

  async setMigrationsRan(externalId: string, count: number): Promise<void> {
    await this.#pool.query("update tenants set migrations_ran = $2 where external_id = $1 and migrations_ran <> $2", [externalId, count]);
    this.forget(externalId);
  }

  async enableFeatureFlag(name: string): Promise<void> {
    await this.#pool.query(
      `insert into feature_flags (id, name, enabled, inserted_at, updated_at) values ($1, $2, true, timezone('utc', now()), timezone('utc', now()))
       on conflict (name) do update set enabled = true, updated_at = excluded.updated_at`,
      [randomUUID(), name],
    );
  }

  forget(externalId: string): void {
    this.#cache.delete(externalId);
  }

  async #write(externalId: string, work: (db: Queryable) => Promise<void>): Promise<Tenant> {
    const client = await this.#pool.connect();
    let broken: Error | undefined;
    try {
      await client.query("begin");
      await work(client);
      const tenant = await this.get(externalId, client);
      await client.query("commit");
      this.forget(externalId);
      return tenant!;
    } catch (error) {
      await client.query("rollback").catch((failure: Error) => (broken = failure));
      throw constraintError(error);
    } finally {
      client.release(broken);
    }
  }
}

const differs = (before: unknown, after: unknown): boolean => JSON.stringify(before ?? null) !== JSON.stringify(after ?? null);

function effectOf(names: string[], changes: Changes): Changed {
  const has = (...candidates: string[]) => candidates.some((name) => names.includes(name));
  return {
    disconnects: has("jwt_secret", "jwt_jwks", "private_only", "suspend"),
    restartsDatabase: changes.extensions !== undefined || has("jwt_secret", "jwt_jwks", "suspend"),
  };
}

async function replaceExtensions(db: Queryable, externalId: string, extensions: Changes["extensions"]): Promise<void> {
  if (extensions === undefined) return;
  await db.query("delete from extensions where tenant_external_id = $1", [externalId]);
  for (const { type, settings } of extensions) {
    await db.query(
      `insert into extensions (id, type, settings, tenant_external_id, inserted_at, updated_at)
       values ($1, $2, $3, $4, timezone('utc', now()), timezone('utc', now()))`,
      [randomUUID(), type, settings, externalId],
    );
  }
}

function constraintError(error: unknown): unknown {
  const { constraint } = error as DatabaseError;
  if (constraint === "jwt_secret_or_jwt_jwks_required") return new ChangesetError({ jwt_secret: ["either jwt_secret or jwt_jwks must be provided"] });
  if (constraint === "tenants_external_id_index") return new ChangesetError({ external_id: ["has already been taken"] });
  return error;
}
