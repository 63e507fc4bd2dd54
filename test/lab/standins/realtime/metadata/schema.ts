// The tables of upstream's metadata database, as its migrations leave them (priv/repo/migrations, v2.129.8).
import type { Queryable } from "pg";

/** Not qualified, as upstream's: DB_AFTER_CONNECT_QUERY says in which schema they are. */
const TABLES = `
create table tenants (
  id uuid primary key,
  name text,
  external_id text,
  jwt_secret text,
  max_concurrent_users integer not null default 200,
  inserted_at timestamp(0) not null,
  updated_at timestamp(0) not null,
  max_events_per_second integer not null default 100,
  postgres_cdc_default text default 'postgres_cdc_rls',
  max_bytes_per_second integer not null default 100000,
  max_channels_per_client integer not null default 100,
  max_joins_per_second integer not null default 500,
  suspend boolean default false,
  jwt_jwks jsonb,
  notify_private_alpha boolean default false,
  private_only boolean not null default false,
  migrations_ran integer default 0,
  broadcast_adapter varchar(255) default 'gen_rpc',
  max_presence_events_per_second integer default 1000,
  max_payload_size_in_kb integer default 3000,
  max_client_presence_events_per_window integer,
  client_presence_window_ms integer,
  presence_enabled boolean not null default false,
  feature_flags jsonb not null default '{}',
  gcm_migrated_at timestamp(0),
  constraint jwt_secret_or_jwt_jwks_required check (jwt_secret is not null or jwt_jwks is not null)
);
create unique index tenants_external_id_index on tenants (external_id);
create table extensions (
  id uuid primary key,
  type text,
  settings jsonb,
  tenant_external_id text references tenants (external_id) on delete cascade,
  inserted_at timestamp(0) not null,
  updated_at timestamp(0) not null
);
create unique index extensions_tenant_external_id_type_index on extensions (tenant_external_id, type);
create index extensions_tenant_external_id_index on extensions (tenant_external_id);
create table feature_flags (
  id uuid primary key,
  name varchar(255) not null,
  enabled boolean not null default false,
  inserted_at timestamp(0) not null,
  updated_at timestamp(0) not null,
  rollout_percentage integer not null default 100,
  bucket_key varchar(255),
  constraint rollout_percentage_must_be_between_0_and_100 check (rollout_percentage between 0 and 100)
);
create unique index feature_flags_name_index on feature_flags (name)`;

const VERSIONS = [
  "20210706140551", "20220329161857", "20220410212326", "20220506102948", "20220527210857", "20220815211129", "20220815215024",
  "20220818141501", "20221018173709", "20221102172703", "20221223010058", "20230110180046", "20230810220907", "20230810220924",
  "20231024094642", "20240306114423", "20240418082835", "20240625211759", "20240704172020", "20240902173232", "20241106103258",
  "20250424203323", "20250613072131", "20250711044927", "20250811121559", "20250926223044", "20251204170944", "20251218000543",
  "20260209232800", "20260304000000", "20260422000000", "20260709151810", "20260805000000",
];

/** What `/app/bin/migrate` does. @returns how many versions were recorded; 0 when all were there */
export async function migrate(db: Queryable): Promise<number> {
  await db.query("create table if not exists schema_migrations (version bigint primary key, inserted_at timestamp(0))");
  await db.query("begin");
  // As Ecto: of two that start at once the second waits.
  await db.query("lock table schema_migrations in share update exclusive mode");
  const { rows } = await db.query("select version::text from schema_migrations");
  const recorded = new Set(rows.map(({ version }) => version as string));
  const missing = VERSIONS.filter((version) => !recorded.has(version));
  if (missing.length > 0 && recorded.size > 0) {
    await db.query("rollback");
    throw new Error("lab-realtime, a stand-in, does not lead an older metadata database on: run upstream's image, or begin with an empty schema");
  }
  if (missing.length > 0) {
    await db.query(TABLES);
    await db.query("insert into schema_migrations (version, inserted_at) select v, timezone('utc', now()) from unnest($1::bigint[]) as v", [missing]);
  }
  await db.query("commit");
  return missing.length;
}
