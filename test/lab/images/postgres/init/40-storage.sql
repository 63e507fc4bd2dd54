-- Schema storage as it is before the storage service migrates it.
-- supabase/postgres migrations/db/init-scripts/00000000000002-storage-schema.sql, migrations/schema-17.sql @018bf3ce.
create schema storage authorization supabase_admin;
grant usage on schema storage to anon, authenticated, service_role;
grant usage on schema storage to postgres with grant option;
grant all on schema storage to supabase_storage_admin, dashboard_user;
alter default privileges for role postgres in schema storage grant all on tables to postgres, anon, authenticated, service_role;
alter default privileges for role postgres in schema storage grant all on functions to postgres, anon, authenticated, service_role;
alter default privileges for role postgres in schema storage grant all on sequences to postgres, anon, authenticated, service_role;

create table storage.buckets (
  id text primary key,
  name text not null,
  owner uuid references auth.users (id),
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);
create unique index bname on storage.buckets (name);

create table storage.objects (
  id uuid primary key default extensions.uuid_generate_v4(),
  bucket_id text constraint "objects_bucketId_fkey" references storage.buckets (id),
  name text,
  owner uuid references auth.users (id),
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  last_accessed_at timestamptz default now(),
  metadata jsonb
);
create unique index bucketid_objname on storage.objects (bucket_id, name);
create index name_prefix_search on storage.objects (name text_pattern_ops);
alter table storage.objects enable row level security;

create table storage.migrations (
  id integer primary key,
  name varchar(100) not null unique,
  hash varchar(40) not null,
  executed_at timestamp default current_timestamp
);

-- The path of an object: its folders, its file, what follows the first dot.
create function storage.foldername(name text) returns text[] language sql as $$
  select trim_array(string_to_array(name, '/'), 1)
$$;
create function storage.filename(name text) returns text language sql as $$
  select split_part(name, '/', -1)
$$;
create function storage.extension(name text) returns text language sql as $$
  select split_part(split_part(name, '/', -1), '.', 2)
$$;
-- Finds nothing, as upstream's: the service replaces it.
create function storage.search(
  prefix text, bucketname text, limits integer default 100, levels integer default 1, offsets integer default 0
) returns table (name text, id uuid, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz, metadata jsonb)
language plpgsql as $$ begin end $$;

grant all on all tables in schema storage to postgres, anon, authenticated, service_role;
grant all on all routines in schema storage to postgres, anon, authenticated, service_role, dashboard_user;
revoke all on storage.migrations from postgres, anon, authenticated, service_role;
alter table storage.buckets owner to supabase_storage_admin;
alter table storage.objects owner to supabase_storage_admin;
alter table storage.migrations owner to supabase_storage_admin;
alter function storage.foldername owner to supabase_storage_admin;
alter function storage.filename owner to supabase_storage_admin;
alter function storage.extension owner to supabase_storage_admin;
alter function storage.search owner to supabase_storage_admin;
