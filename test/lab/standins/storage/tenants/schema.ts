import type { Pool } from "pg";

const NOTIFY = (trigger: string, table: string, channel: string, id: string) => `
create or replace function ${trigger}() returns trigger language plpgsql as $$
begin
  perform pg_notify('${channel}', '"' || coalesce(new.${id}, old.${id}) || '"');
  return null;
end $$;
create or replace trigger ${trigger} after insert or update or delete on ${table} for each row execute function ${trigger}();`;

/**
 * The multitenant database as far as this stand-in uses it (migrations/multitenant, v1.70.6). Upstream's own is taken as it is; from this one
 * upstream can not go on: it has no row in its table of migrations, and lacks the tables of shards and Iceberg.
 */
const schema = `
create table if not exists tenants (
  id text primary key, anon_key text not null, database_url text not null, jwt_secret text not null, service_key text not null,
  file_size_limit bigint not null default 52428800, feature_image_transformation boolean not null default false, database_pool_url text,
  max_connections integer, jwks jsonb, cursor_id serial, created_at timestamp default current_timestamp, migrations_version text,
  migrations_status text, tracing_mode text not null default 'basic', image_transformation_max_resolution integer,
  feature_s3_protocol boolean not null default true, disable_events text[], feature_purge_cache boolean not null default false,
  feature_iceberg_catalog boolean not null default false, feature_iceberg_catalog_max_namespaces integer not null default 10,
  feature_iceberg_catalog_max_tables integer not null default 10, feature_iceberg_catalog_max_catalogs integer not null default 2,
  feature_vector_buckets boolean not null default false, feature_vector_buckets_max_buckets integer not null default 10,
  feature_vector_buckets_max_indexes integer not null default 5, delete_objects_limit integer
);
create index if not exists tenants_migration_version_idx on tenants (cursor_id, migrations_version, migrations_status);
create table if not exists tenants_jwks (
  id uuid primary key default gen_random_uuid(), tenant_id text references tenants (id) on delete cascade, kind varchar(50) not null,
  content text not null, active boolean not null, created_at timestamptz not null default now()
);
create index if not exists tenants_jwks_tenant_id_idx on tenants_jwks (tenant_id);
create index if not exists tenants_jwks_active_idx on tenants_jwks (tenant_id, active);
create unique index if not exists tenants_jwks_unique_active_signing_key_idx on tenants_jwks (tenant_id)
  where active and kind = 'storage-url-signing-key';
${NOTIFY("tenants_notify_trigger", "tenants", "tenants_update", "id")}
${NOTIFY("tenants_jwks_notify_trigger", "tenants_jwks", "tenants_jwks_update", "tenant_id")}
`;

const LOCK = "select pg_advisory_xact_lock(-8525285245963000605)";

export async function makeMultitenantSchema(pool: Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("begin");
    await client.query(LOCK);
    const { rows } = await client.query("select to_regclass('tenants') is not null and to_regclass('tenants_jwks') is not null as exists");
    if (!rows[0].exists) await client.query(schema);
    await client.query("commit");
  } finally {
    client.release();
  }
}
