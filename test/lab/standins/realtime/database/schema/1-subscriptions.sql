-- Schema `realtime` of a project's database as upstream's migrations leave it: the same types, tables, functions, signatures, owners and
-- grants (supabase/realtime priv/repo/tenant_db_dump_17.sql, v2.129.8), written anew.
do $$
begin
  if to_regrole('supabase_realtime_admin') is null then
    create role supabase_realtime_admin nologin noinherit;
    alter role supabase_realtime_admin set search_path = public, extensions, realtime;
    grant anon, authenticated, service_role to supabase_realtime_admin;
    grant set on parameter log_min_messages to supabase_realtime_admin;
  end if;
end
$$;

create schema if not exists realtime;
alter schema realtime owner to supabase_admin;

create type realtime.action as enum ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'ERROR');
create type realtime.equality_op as enum (
  'eq', 'neq', 'lt', 'lte', 'gt', 'gte', 'in', 'like', 'ilike', 'is', 'match', 'imatch', 'isdistinct'
);
create type realtime.user_defined_filter as (column_name text, op realtime.equality_op, value text, negate boolean);
create type realtime.wal_column as (name text, type_name text, type_oid oid, value jsonb, is_pkey boolean, is_selectable boolean);
create type realtime.wal_rls as (wal jsonb, is_rls_enabled boolean, subscription_ids uuid[], errors text[]);

create table realtime.schema_migrations (version bigint primary key, inserted_at timestamp(0) default now());
-- Of all that this does, what only a superuser may where the image gave supabase_realtime_admin the schema.
alter table realtime.schema_migrations owner to supabase_admin;

-- Broadcasts of the database, and what a private channel's policies are tried on. One partition a day, made by the service.
create table realtime.messages (
  topic text not null,
  extension text not null,
  payload jsonb,
  event text,
  private boolean default false,
  updated_at timestamp not null default now(),
  inserted_at timestamp not null default now(),
  id uuid not null default gen_random_uuid(),
  binary_payload bytea,
  constraint messages_pkey primary key (id, inserted_at)
) partition by range (inserted_at);
alter table realtime.messages add constraint messages_payload_exclusive check (payload is null or binary_payload is null) not valid;
create index messages_inserted_at_topic_index on only realtime.messages (inserted_at desc, topic)
  where extension = 'broadcast' and private is true;
alter table realtime.messages enable row level security;

create function realtime.to_regrole(role_name text) returns regrole language sql immutable as $$
  select role_name::regrole
$$;

-- Who listens to which table, with the claims that row level security is tried with.
create table realtime.subscription (
  id bigint generated always as identity constraint pk_subscription primary key,
  subscription_id uuid not null,
  entity regclass not null,
  filters realtime.user_defined_filter[] not null default '{}',
  claims jsonb not null,
  claims_role regrole not null generated always as (realtime.to_regrole(claims ->> 'role')) stored,
  created_at timestamp not null default timezone('utc', now()),
  action_filter text default '*' constraint subscription_action_filter_check check (action_filter in ('*', 'INSERT', 'UPDATE', 'DELETE')),
  selected_columns text[]
);
create index ix_realtime_subscription_entity on realtime.subscription (entity);
create unique index subscription_subscription_id_entity_filters_action_filter_selec
  on realtime.subscription (subscription_id, entity, filters, action_filter, coalesce(selected_columns, '{}'));

create function realtime.topic() returns text language sql stable as $$
  select nullif(current_setting('realtime.topic', true), '')
$$;

-- Text of Postgres as JSON of its type; bytea stays the text that it is.
create function realtime.cast(val text, type_ regtype) returns jsonb language plpgsql immutable as $$
declare
  result jsonb;
begin
  if type_ = 'bytea'::regtype then
    return to_jsonb(val);
  end if;
  execute format('select to_jsonb(%L::%s)', val, type_) into result;
  return result;
end
$$;

create function realtime.check_equality_op(op realtime.equality_op, type_ regtype, val_1 text, val_2 text)
returns boolean language plpgsql immutable as $$
declare
  symbol text := case op
    when 'eq' then '=' when 'neq' then '<>' when 'lt' then '<' when 'lte' then '<=' when 'gt' then '>' when 'gte' then '>=' when 'in' then '= any'
    else 'UNKNOWN OP' end;
  result boolean;
begin
  execute format('select %L::%s %s (%L::%s)', val_1, type_, symbol, val_2, type_::text || case op when 'in' then '[]' else '' end) into result;
  return result;
end
$$;

create function realtime.check_equality_op(op realtime.equality_op, type_ regtype, val_1 text, val_2 text, negate boolean)
returns boolean language plpgsql stable as $$
declare
  symbol text := case op
    when 'eq' then '=' when 'neq' then '<>' when 'lt' then '<' when 'lte' then '<=' when 'gt' then '>' when 'gte' then '>=' when 'in' then '= any'
    when 'like' then 'like' when 'ilike' then 'ilike' when 'match' then '~' when 'imatch' then '~*' when 'isdistinct' then 'is distinct from' end;
  result boolean;
begin
  if op = 'is' then
    if val_2 not in ('null', 'true', 'false', 'unknown') then
      raise exception 'invalid value for is filter: must be null, true, false, or unknown';
    end if;
    execute format('select %L::%s is %s', val_1, type_, val_2) into result;
  else
    execute format('select %L::%s %s (%L::%s)', val_1, type_, symbol, val_2, type_::text || case op when 'in' then '[]' else '' end) into result;
  end if;
  return result <> negate;
end
$$;

-- Every filter must name a column that is there and hold.
create function realtime.is_visible_through_filters(columns realtime.wal_column[], filters realtime.user_defined_filter[])
returns boolean language sql stable as $$
  select coalesce(bool_and(
    c.name is not null and coalesce(realtime.check_equality_op(
      f.op, coalesce(c.type_oid::regtype, c.type_name::regtype), c.value #>> '{}', f.value, coalesce(f.negate, false)
    ), false)
  ), true)
  from unnest(filters) f left join unnest(columns) c on c.name = f.column_name
$$;

-- "prepare … as select exists (…)": is there a row with this primary key that the role may see?
create function realtime.build_prepared_statement_sql(prepared_statement_name text, entity regclass, columns realtime.wal_column[])
returns text language sql as $$
  select format('prepare %s as select exists (select from %s where %s)', prepared_statement_name, entity,
    string_agg(format('%I = %L', c.name, c.value #>> '{}'), ' and '))
  from unnest(columns) c
  where c.is_pkey
$$;

create function realtime.wal2json_escape_identifier(name text) returns text language sql immutable strict as $$
  select regexp_replace(name, '([\\,.[:space:]])', '\\\1', 'g')
$$;
create function realtime.quote_wal2json(entity regclass) returns text language sql immutable strict as $$
  select realtime.wal2json_escape_identifier(n.nspname::text) || '.' || realtime.wal2json_escape_identifier(c.relname::text)
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.oid = entity
$$;

-- Refuses at once what would fail when a change comes.
create function realtime.subscription_check_filters() returns trigger language plpgsql as $$
declare
  filter realtime.user_defined_filter;
  column_ text;
  type_ regtype;
  selectable text[] := array(
    select attname from pg_attribute
    where attrelid = new.entity and attnum > 0 and not attisdropped
      and has_column_privilege(new.claims ->> 'role', attrelid, attnum, 'SELECT')
  );
begin
  foreach filter in array new.filters loop
    if not filter.column_name = any (selectable) then
      raise exception 'invalid column for filter %', filter.column_name;
    end if;
    type_ := (select atttypid::regtype from pg_attribute where attrelid = new.entity and attname = filter.column_name);
    case
      when filter.op = 'in' then
        if jsonb_array_length(realtime.cast(filter.value, (type_::text || '[]')::regtype)) > 100 then
          raise exception 'too many values for `in` filter. Maximum 100';
        end if;
      when filter.op = 'is' then
        if filter.value not in ('null', 'true', 'false', 'unknown') then
          raise exception 'invalid value for is filter: must be null, true, false, or unknown';
        end if;
        if filter.value <> 'null' and type_ <> 'boolean'::regtype then
          raise exception 'is % filter requires a boolean column, got %', filter.value, type_;
        end if;
      when filter.op in ('like', 'ilike', 'match', 'imatch') then
        if not exists (
          select from pg_operator
          where oprleft = type_ and oprname = case filter.op when 'match' then '~' when 'imatch' then '~*' else '~~' end
            and (filter.op in ('like', 'ilike') or oprright = type_ and oprresult = 'boolean'::regtype)
        ) then
          raise exception 'operator % requires a text-compatible column type, got %', filter.op, type_;
        end if;
        if filter.op in ('match', 'imatch') then
          begin
            perform '' ~ filter.value;
          exception when others then
            raise exception 'invalid regular expression for % filter: %', filter.op, sqlerrm;
          end;
        end if;
      else
        perform realtime.cast(filter.value, type_);
    end case;
  end loop;
  foreach column_ in array coalesce(new.selected_columns, '{}') loop
    if not column_ = any (selectable) then
      raise exception 'invalid column for select %', column_;
    end if;
  end loop;
  -- The unique index sees the same filters in another order as the same.
  new.filters := array(select f from unnest(new.filters) f order by f.column_name, f.op, f.value, f.negate);
  new.selected_columns := (select array_agg(c order by c) from unnest(new.selected_columns) c);
  return new;
end
$$;
create trigger tr_check_filters before insert or update on realtime.subscription
  for each row execute function realtime.subscription_check_filters();
