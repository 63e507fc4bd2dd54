/**
 * The functions that list objects (v1.70.6: names, arguments, results; the texts are this stand-in's, and read every row below the prefix,
 * where upstream's skip). A folder is the part of a name up to the next slash after the prefix; its row has no id.
 */
export const searches = `
drop function if exists storage.search(text, text, integer, integer, integer);
create or replace function storage.search(
  prefix text, bucketname text, limits integer default 100, levels integer default 1, offsets integer default 0, search text default '',
  sortcolumn text default 'name', sortorder text default 'asc'
) returns table (name text, id uuid, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz, metadata jsonb)
language plpgsql stable as $$
declare
  wanted text := lower(coalesce(prefix, '') || coalesce(search, ''));
  direction text := case when lower(coalesce(sortorder, 'asc')) = 'asc' then 'asc' else 'desc' end;
  sorted text := case when lower(sortcolumn) in ('updated_at', 'created_at', 'last_accessed_at') then lower(sortcolumn) else 'name' end;
  -- By a time, folders come first; by name, in its order.
  orders text := case when sorted = 'name' then 'sort_key collate "C" ' || direction
    else 'listed.id is not null, ' || quote_ident(sorted) || ' ' || direction || ', sort_key collate "C" ' || direction end;
begin
  if sorted <> 'name' then
    -- The service escapes patterns for this one, as upstream's uses ILIKE here.
    wanted := replace(replace(replace(wanted, E'\\\\%', '%'), E'\\\\_', '_'), E'\\\\\\\\', E'\\\\');
    prefix := replace(replace(replace(prefix, E'\\\\%', '%'), E'\\\\_', '_'), E'\\\\\\\\', E'\\\\');
  end if;
  return query execute format('
    with found as (
      select o.*, storage.get_common_prefix(lower(o.name), $1, ''/'') as folder
      from storage.objects as o where o.bucket_id = $2 and starts_with(lower(o.name), $1)
    ), listed as (
      select distinct on (folder) left(found.name, length(folder) - 1) as path, null::uuid as id, null::timestamptz as updated_at,
        null::timestamptz as created_at, null::timestamptz as last_accessed_at, null::jsonb as metadata, folder as sort_key
      from found where folder is not null
      union all
      select found.name, found.id, found.updated_at, found.created_at, found.last_accessed_at, found.metadata, lower(found.name)
      from found where folder is null
    )
    select substr(path, $3), listed.id, listed.updated_at, listed.created_at, listed.last_accessed_at, listed.metadata
    from listed order by %s limit $4 offset $5', orders)
  using wanted, bucketname, length(coalesce(prefix, '')) + 1, least(coalesce(limits, 100), 1500), offsets;
end $$;

create function storage.list_objects_with_delimiter(
  _bucket_id text, prefix_param text, delimiter_param text, max_keys integer default 100, start_after text default '', next_token text default '',
  sort_order text default 'asc'
) returns table (name text, id uuid, metadata jsonb, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz)
language plpgsql stable as $$
declare
  direction text := case when lower(coalesce(sort_order, 'asc')) = 'asc' then 'asc' else 'desc' end;
  after text := coalesce(nullif(next_token, ''), start_after, '');
begin
  -- After a folder comes what is after all of it.
  if after <> '' and exists (select from storage.objects as o where o.bucket_id = _bucket_id and starts_with(o.name, after || delimiter_param)) then
    after := after || delimiter_param;
  end if;
  return query execute format('
    with found as (
      select o.*, storage.get_common_prefix(o.name, $1, $5) as folder
      from storage.objects as o where o.bucket_id = $2 and starts_with(o.name, $1)
    ), listed as (
      select distinct rtrim(folder, $5) as path, null::uuid as id, null::jsonb as metadata, null::timestamptz as updated_at,
        null::timestamptz as created_at, null::timestamptz as last_accessed_at, folder as sort_key
      from found where folder is not null
      union all
      select found.name, found.id, found.metadata, found.updated_at, found.created_at, found.last_accessed_at, found.name
      from found where folder is null
    )
    select path, listed.id, listed.metadata, listed.updated_at, listed.created_at, listed.last_accessed_at
    from listed where $3 = '''' or sort_key collate "C" %s $3 order by sort_key collate "C" %s limit $4',
    case direction when 'asc' then '>' else '<' end, direction)
  using coalesce(prefix_param, ''), _bucket_id, after, max_keys, delimiter_param;
end $$;

create function storage.search_by_timestamp(
  p_prefix text, p_bucket_id text, p_limit integer, p_level integer, p_start_after text, p_sort_order text, p_sort_column text,
  p_sort_column_after text
) returns table (key text, name text, id uuid, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz, metadata jsonb)
language plpgsql stable as $$
begin
  -- A folder is as old as the oldest object in it.
  return query execute format('
    with found as (
      select o.*, storage.get_common_prefix(o.name, $1, ''/'') as folder
      from storage.objects as o where o.bucket_id = $2 and starts_with(o.name, $1)
    ), listed as (
      select rtrim(folder, ''/'') as path, null::uuid as id, min(found.created_at) as updated_at, min(found.created_at) as created_at,
        null::timestamptz as last_accessed_at, null::jsonb as metadata
      from found where folder is not null group by folder
      union all
      select found.name, found.id, found.updated_at, found.created_at, found.last_accessed_at, found.metadata from found where folder is null
    )
    select split_part(path, ''/'', $3), path, listed.id, listed.updated_at, listed.created_at, listed.last_accessed_at, listed.metadata
    from listed
    where $5 = '''' or (date_trunc(''milliseconds'', %1$I), path collate "C") %3$s (coalesce(nullif($6, '''')::timestamptz, ''epoch''), $5)
    order by date_trunc(''milliseconds'', %1$I) %2$s, path collate "C" %2$s limit $4',
    p_sort_column, p_sort_order, case p_sort_order when 'asc' then '>' else '<' end)
  using coalesce(p_prefix, ''), p_bucket_id, p_level, p_limit, coalesce(p_start_after, ''), p_sort_column_after;
end $$;

create function storage.search_v2(
  prefix text, bucket_name text, limits integer default 100, levels integer default 1, start_after text default '',
  sort_order text default 'asc', sort_column text default 'name', sort_column_after text default ''
) returns table (key text, name text, id uuid, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz, metadata jsonb)
language plpgsql stable as $$
declare
  direction text := case when lower(sort_order) = 'desc' then 'desc' else 'asc' end;
  many integer := least(coalesce(limits, 100), 1500);
begin
  if lower(sort_column) in ('updated_at', 'created_at') then
    return query select * from storage.search_by_timestamp(
      prefix, bucket_name, many, levels, start_after, direction, lower(sort_column), sort_column_after);
  else
    return query select split_part(l.name, '/', levels), l.name, l.id, l.updated_at, l.created_at, l.last_accessed_at, l.metadata
      from storage.list_objects_with_delimiter(bucket_name, prefix, '/', many, start_after, '', direction) as l;
  end if;
end $$;

-- For the S3 protocol, which this stand-in lacks: upstream's image finds it here.
create function storage.list_multipart_uploads_with_delimiter(
  bucket_id text, prefix_param text, delimiter_param text, max_keys integer default 100, next_key_token text default '',
  next_upload_token text default ''
) returns table (key text, id text, created_at timestamptz) language plpgsql as $$
begin
  return query
    with found as (
      select coalesce(storage.get_common_prefix(u.key, prefix_param, delimiter_param), u.key) collate "C" as path, u.id, u.created_at
      from storage.s3_multipart_uploads as u
      where u.bucket_id = list_multipart_uploads_with_delimiter.bucket_id and starts_with(u.key, prefix_param)
    )
    select distinct on (path) found.path, found.id, found.created_at from found
    where case when next_upload_token <> '' then found.id collate "C" > next_upload_token else path > next_key_token end
    order by path, found.created_at limit max_keys;
end $$;
`;
