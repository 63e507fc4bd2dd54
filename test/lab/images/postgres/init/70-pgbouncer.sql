-- How a pooler asks for the hash of whoever logs in.
create schema pgbouncer authorization pgbouncer;
create function pgbouncer.get_auth(p_usename text) returns table (username text, password text)
language sql security definer set search_path = '' as $$
  select rolname::text, case when rolvaliduntil < now() then null else rolpassword end
  from pg_catalog.pg_authid
  where rolname = p_usename and rolcanlogin
$$;
revoke all on function pgbouncer.get_auth from public;
grant execute on function pgbouncer.get_auth to pgbouncer;
