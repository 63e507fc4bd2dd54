-- One change of wal2json: what of it each group of subscribers may know. A group has the same role and the same selected columns.
create function realtime.apply_rls(wal jsonb, max_record_bytes integer default 1048576)
returns setof realtime.wal_rls language plpgsql as $$
declare
  entity_ regclass := format('%I.%I', wal ->> 'schema', wal ->> 'table')::regclass;
  action_ realtime.action := case wal ->> 'action' when 'I' then 'INSERT' when 'U' then 'UPDATE' when 'D' then 'DELETE' else 'ERROR' end;
  is_rls_enabled bool := (select relrowsecurity from pg_class where oid = entity_);
  is_too_large bool := octet_length(wal::text) > max_record_bytes;
  head jsonb := jsonb_build_object('schema', wal ->> 'schema', 'table', wal ->> 'table', 'type', action_);
  group_ record;
  new_columns realtime.wal_column[];
  old_columns realtime.wal_column[];
  candidates realtime.subscription[];
  candidate realtime.subscription;
  visible uuid[];
  is_visible bool;
  record_ jsonb;
  old_record jsonb;
begin
  perform set_config('role', null, true);
  for group_ in
    select s.claims_role, s.selected_columns, array_agg(s.subscription_id) as subscription_ids
    from realtime.subscription s
    where s.entity = entity_ and s.action_filter in ('*', action_::text)
    group by s.claims_role, s.selected_columns
    order by s.claims_role::text, coalesce(array_to_string(s.selected_columns, ','), '')
  loop
    -- The row's columns after and before, as this role may select them.
    select array_agg(c) filter (where side = 'columns'), array_agg(c) filter (where side = 'identity')
    into new_columns, old_columns
    from (values ('columns'), ('identity')) as sides (side),
      jsonb_array_elements(wal -> side) as x,
      lateral (select (
        x ->> 'name', x ->> 'type', (x ->> 'typeoid')::oid,
        realtime.cast(x ->> 'value', coalesce((x ->> 'typeoid')::oid::regtype, (x ->> 'type')::regtype)),
        exists (select from jsonb_array_elements(wal -> 'pk') as pk where pk ->> 'name' = x ->> 'name'),
        has_column_privilege(group_.claims_role::oid, entity_, x ->> 'name', 'SELECT')
      )::realtime.wal_column as c) as made;

    if action_ <> 'DELETE' and not exists (select from unnest(new_columns) c where c.is_pkey) then
      return next (head, is_rls_enabled, group_.subscription_ids, array['Error 400: Bad Request, no primary key'])::realtime.wal_rls;
      continue;
    end if;
    if action_ <> 'DELETE' and exists (select from unnest(new_columns) c where c.is_pkey and not c.is_selectable) then
      return next (head, is_rls_enabled, group_.subscription_ids, array['Error 401: Unauthorized'])::realtime.wal_rls;
      continue;
    end if;

    -- Gathered before the role changes: reading on under another role could be refused.
    candidates := array(
      select s from realtime.subscription s
      where s.entity = entity_ and s.action_filter in ('*', action_::text) and s.claims_role = group_.claims_role
        and s.selected_columns is not distinct from group_.selected_columns
        and (realtime.is_visible_through_filters(new_columns, s.filters)
          or action_ = 'DELETE' and realtime.is_visible_through_filters(old_columns, s.filters))
    );
    -- What is deleted can not be looked up any more: everybody hears of it, by its primary key alone (below).
    if not is_rls_enabled or action_ = 'DELETE' then
      visible := array(select c.subscription_id from unnest(candidates) c);
    else
      visible := '{}';
      if exists (select from pg_prepared_statements where name = 'walrus_rls_stmt') then
        deallocate walrus_rls_stmt;
      end if;
      execute realtime.build_prepared_statement_sql('walrus_rls_stmt', entity_, new_columns);
      foreach candidate in array candidates loop
        perform set_config('role', (select rolname::text from pg_roles where oid = candidate.claims_role), true),
          set_config('request.jwt.claims', candidate.claims::text, true);
        execute 'execute walrus_rls_stmt' into is_visible;
        perform set_config('role', null, true);
        if is_visible then
          visible := visible || candidate.subscription_id;
        end if;
      end loop;
    end if;

    -- An unchanged value out of line is not in the new row; the old one has it.
    select jsonb_object_agg(coalesce(n.name, o.name), case when n.name is null then o.value else n.value end)
    into record_
    from unnest(new_columns) n full join unnest(old_columns) o on o.name = n.name
    where coalesce(n.is_selectable, o.is_selectable)
      and (group_.selected_columns is null or coalesce(n.name, o.name) = any (group_.selected_columns) or coalesce(n.is_pkey, o.is_pkey))
      and (not is_too_large or octet_length(n.value::text) <= 64);
    select jsonb_object_agg(o.name, o.value)
    into old_record
    from unnest(old_columns) o
    where o.is_selectable
      and (group_.selected_columns is null or o.name = any (group_.selected_columns) or o.is_pkey)
      and (not is_too_large or octet_length(o.value::text) <= 64)
      and (action_ <> 'DELETE' or not is_rls_enabled or o.is_pkey);

    return next (
      head || jsonb_build_object(
        'commit_timestamp', to_char((wal ->> 'timestamp')::timestamptz at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        'columns', (
          select jsonb_agg(jsonb_build_object('name', a.attname, 'type', t.typname) order by a.attnum)
          from pg_attribute a join pg_type t on t.oid = a.atttypid
          where a.attrelid = entity_ and a.attnum > 0 and has_column_privilege(group_.claims_role::oid, entity_, a.attname, 'SELECT')
            and (group_.selected_columns is null or a.attname = any (group_.selected_columns)
              or exists (select from pg_constraint where conrelid = entity_ and contype = 'p' and a.attnum = any (conkey)))
        )
      )
      || case when action_ in ('INSERT', 'UPDATE') then jsonb_build_object('record', record_) else '{}' end
      || case when action_ in ('UPDATE', 'DELETE') then jsonb_build_object('old_record', old_record) else '{}' end,
      is_rls_enabled,
      visible,
      case when is_too_large then array['Error 413: Payload Too Large'] else array[]::text[] end
    )::realtime.wal_rls;
  end loop;
  perform set_config('role', null, true);
end
$$;

-- Reads the slot on. At least one row, so that the caller knows how many changes there were: without a change to tell, all but the
-- count are null. What no table of the publication is asked for is read and dropped.
create function realtime.list_changes(publication name, slot_name name, max_changes integer, max_record_bytes integer)
returns table (wal jsonb, is_rls_enabled boolean, subscription_ids uuid[], errors text[], slot_changes_count bigint)
language sql set log_min_messages = 'fatal' as $$
  with published as (
    select
      concat_ws(',', case when p.pubinsert then 'insert' end, case when p.pubupdate then 'update' end, case when p.pubdelete then 'delete' end) as actions,
      coalesce((
        select string_agg(realtime.quote_wal2json(format('%I.%I', t.schemaname, t.tablename)::regclass), ',')
        from pg_publication_tables t where t.pubname = p.pubname
      ), '') as tables
    from pg_publication p
    where p.pubname = publication
  ),
  -- Once: it takes what it reads.
  changes as materialized (
    select c.data
    from published, pg_logical_slot_get_changes(
      slot_name, null, max_changes,
      'format-version', '2', 'include-pk', 'true', 'include-transaction', 'false', 'include-timestamp', 'true', 'include-type-oids', 'true',
      'actions', published.actions, 'add-tables', published.tables
    ) c
    where published.tables <> ''
  ),
  told as materialized (
    select r.wal, r.is_rls_enabled, r.subscription_ids, r.errors
    from changes, realtime.apply_rls(changes.data::jsonb, max_record_bytes) r
    where r.subscription_ids[1] is not null
  )
  select t.wal, t.is_rls_enabled, t.subscription_ids, t.errors, n.count
  from (select count(*) as count from changes) n left join told t on true
$$;

-- Broadcast from the database. An error is a warning: the statement that a trigger sends for goes on.
create function realtime.send(payload jsonb, event text, topic text, private boolean default true) returns void language plpgsql as $$
declare
  generated uuid := gen_random_uuid();
begin
  perform set_config('realtime.topic', topic, true);
  insert into realtime.messages (id, payload, event, topic, private, extension)
  values (generated, case when payload ? 'id' then payload else payload || jsonb_build_object('id', generated) end, event, topic, private, 'broadcast');
exception when others then
  raise warning 'WarnSendingBroadcastMessage: %', sqlerrm;
end
$$;
create function realtime.send_binary(payload bytea, event text, topic text, private boolean default true) returns void language plpgsql as $$
begin
  perform set_config('realtime.topic', topic, true);
  insert into realtime.messages (binary_payload, event, topic, private, extension) values (payload, event, topic, private, 'broadcast');
exception when others then
  raise warning 'WarnSendingBroadcastMessage: %', sqlerrm;
end
$$;
create function realtime.broadcast_changes(
  topic_name text, event_name text, operation text, table_name text, table_schema text, new record, old record, level text default 'ROW'
) returns void language plpgsql as $$
begin
  if level = 'STATEMENT' then
    raise exception 'function can only be triggered for each row, not for each statement';
  end if;
  if operation not in ('INSERT', 'UPDATE', 'DELETE') then
    raise exception 'Unexpected operation type: %', operation;
  end if;
  perform realtime.send(
    jsonb_build_object('old_record', old, 'record', new, 'operation', operation, 'table', table_name, 'schema', table_schema), event_name, topic_name
  );
exception when others then
  raise exception 'Failed to process the row: %', sqlerrm;
end
$$;
