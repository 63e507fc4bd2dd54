-- The owner of all but the schema and its list of migrations, and who may use what.
do $$
declare
  object text;
begin
  for object in
    select format('function %s', p.oid::regprocedure) from pg_proc p where p.pronamespace = 'realtime'::regnamespace
    union all
    select format('type %s', t.oid::regtype) from pg_type t
    where t.typnamespace = 'realtime'::regnamespace and (t.typtype = 'e' or t.typtype = 'c' and
      (select relkind from pg_class where oid = t.typrelid) = 'c')
    union all values ('table realtime.messages'), ('table realtime.subscription')
  loop
    execute format('alter %s owner to supabase_realtime_admin', object);
  end loop;
end
$$;

grant usage on schema realtime to anon, authenticated, service_role;
grant usage on schema realtime to postgres with grant option;
grant all on schema realtime to supabase_realtime_admin with grant option;
grant all on all functions in schema realtime to postgres, dashboard_user;
grant all on function realtime.apply_rls, realtime.build_prepared_statement_sql, realtime.cast,
  realtime.check_equality_op(realtime.equality_op, regtype, text, text),
  realtime.check_equality_op(realtime.equality_op, regtype, text, text, boolean),
  realtime.is_visible_through_filters, realtime.quote_wal2json, realtime.subscription_check_filters, realtime.to_regrole
  to anon, authenticated, service_role;
grant all on realtime.messages, realtime.subscription to postgres, dashboard_user;
grant select, insert, update on realtime.messages to anon, authenticated, service_role;
grant select on realtime.subscription to anon, authenticated, service_role;
grant all on sequence realtime.subscription_id_seq to postgres, dashboard_user;
grant usage on sequence realtime.subscription_id_seq to anon, authenticated, service_role;
alter default privileges for role supabase_admin in schema realtime grant all on tables to postgres, dashboard_user;
alter default privileges for role supabase_admin in schema realtime grant all on sequences to postgres, dashboard_user;
alter default privileges for role supabase_admin in schema realtime grant all on functions to postgres, dashboard_user;
