/**
 * What upstream's tenant migrations leave of tables (v1.70.6), from nothing or from what supabase/postgres' image has at first:
 * each statement takes what is already there.
 */
export const tables = `
create schema if not exists storage;
do $$ begin
  create type storage.buckettype as enum ('STANDARD', 'ANALYTICS', 'VECTOR');
exception when duplicate_object then null;
end $$;
create table if not exists storage.migrations (
  id integer primary key, name varchar(100) not null unique, hash varchar(40) not null, executed_at timestamp default current_timestamp
);

create table if not exists storage.buckets (
  id text primary key, name text not null, owner uuid, created_at timestamptz default now(), updated_at timestamptz default now()
);
alter table storage.buckets
  drop constraint if exists buckets_owner_fkey,
  add column if not exists public boolean default false,
  add column if not exists avif_autodetection boolean default false,
  add column if not exists file_size_limit bigint,
  add column if not exists allowed_mime_types text[],
  add column if not exists owner_id text,
  add column if not exists type storage.buckettype not null default 'STANDARD',
  add column if not exists versioning_status text not null default 'DISABLED'
    constraint buckets_versioning_dark_check check (versioning_status = 'DISABLED')
    constraint buckets_versioning_status_check check (versioning_status in ('DISABLED', 'ENABLED', 'SUSPENDED')),
  add constraint buckets_versioning_standard_only_check check (type = 'STANDARD' or versioning_status = 'DISABLED');
comment on column storage.buckets.owner is 'Field is deprecated, use owner_id instead';
create unique index if not exists bname on storage.buckets (name);

create table if not exists storage.objects (
  id uuid primary key, bucket_id text constraint "objects_bucketId_fkey" references storage.buckets (id), name text, owner uuid,
  created_at timestamptz default now(), updated_at timestamptz default now(), last_accessed_at timestamptz default now(), metadata jsonb
);
alter table storage.objects
  alter column id set default gen_random_uuid(),
  drop constraint if exists objects_owner_fkey,
  add column if not exists path_tokens text[] generated always as (string_to_array(name, '/')) stored,
  add column if not exists version text,
  add column if not exists owner_id text,
  add column if not exists user_metadata jsonb,
  add column if not exists archived_at timestamptz,
  add column if not exists is_delete_marker boolean not null default false,
  add column if not exists is_versioned boolean not null default false;
comment on column storage.objects.owner is 'Field is deprecated, use owner_id instead';
create unique index if not exists bucketid_objname on storage.objects (bucket_id, name);
create index if not exists name_prefix_search on storage.objects (name text_pattern_ops);
create index if not exists idx_objects_bucket_id_name on storage.objects (bucket_id, name collate "C");
create index if not exists idx_objects_bucket_id_name_lower on storage.objects (bucket_id, lower(name) collate "C");

create table storage.s3_multipart_uploads (
  id text primary key, in_progress_size bigint not null default 0, upload_signature text not null,
  bucket_id text not null references storage.buckets (id), key text collate "C" not null, version text not null, owner_id text,
  created_at timestamptz not null default now(), user_metadata jsonb, metadata jsonb
);
create index idx_multipart_uploads_list on storage.s3_multipart_uploads (bucket_id, key, created_at);
create table storage.s3_multipart_uploads_parts (
  id uuid primary key default gen_random_uuid(), upload_id text not null references storage.s3_multipart_uploads (id) on delete cascade,
  size bigint not null default 0, part_number integer not null, bucket_id text not null references storage.buckets (id),
  key text collate "C" not null, etag text not null, owner_id text, version text not null, created_at timestamptz not null default now()
);

create table storage.buckets_analytics (
  name text not null, type storage.buckettype not null default 'ANALYTICS', format text not null default 'ICEBERG',
  created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  id uuid primary key default gen_random_uuid(), deleted_at timestamptz
);
create unique index buckets_analytics_unique_name_idx on storage.buckets_analytics (name) where deleted_at is null;
create table storage.buckets_vectors (
  id text primary key, type storage.buckettype not null default 'VECTOR', created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create table storage.vector_indexes (
  id text primary key default gen_random_uuid(), name text collate "C" not null, bucket_id text not null references storage.buckets_vectors (id),
  data_type text not null, dimension integer not null, distance_metric text not null, metadata_configuration jsonb,
  created_at timestamptz not null default now(), updated_at timestamptz not null default now()
);
create unique index vector_indexes_name_bucket_id_idx on storage.vector_indexes (name, bucket_id);

alter table storage.migrations enable row level security;
alter table storage.buckets enable row level security;
alter table storage.objects enable row level security;
alter table storage.s3_multipart_uploads enable row level security;
alter table storage.s3_multipart_uploads_parts enable row level security;
alter table storage.buckets_analytics enable row level security;
alter table storage.buckets_vectors enable row level security;
alter table storage.vector_indexes enable row level security;
`;

/** Roles are settings (DB_ANON_ROLE …), so their names come quoted. @param superUser is left out where the cluster has no such role */
export function grants(roles: { anon: string; authenticated: string; service: string; superUser: string | undefined }): string {
  const all = `${roles.anon}, ${roles.authenticated}, ${roles.service}`;
  const readers = `${roles.anon}, ${roles.authenticated}`;
  const uploads = "storage.s3_multipart_uploads, storage.s3_multipart_uploads_parts";
  const forSuperUser = roles.superUser === undefined ? "" : `grant all on storage.buckets, storage.objects to ${roles.superUser} with grant option;`;
  return `
revoke all on storage.migrations from ${all};
grant all on storage.buckets, storage.objects, storage.buckets_analytics to ${all};
revoke all on storage.buckets_vectors, storage.vector_indexes, ${uploads} from ${all};
grant select on storage.buckets_vectors, storage.vector_indexes to ${all};
grant all on ${uploads} to ${roles.service};
grant select on ${uploads} to ${readers};
${forSuperUser}`;
}
