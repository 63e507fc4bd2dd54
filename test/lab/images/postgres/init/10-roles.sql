-- The roles that upstream's image makes, with their attributes, memberships and settings.
-- Sources: supabase/postgres migrations/db, init-scripts and migrations, as CONTRACT.md lists them.
\getenv password POSTGRES_PASSWORD

alter role supabase_admin with superuser createdb createrole replication bypassrls;
-- Nobody but the image's operator: it is no superuser, and no member of the services' roles.
create role postgres with login nosuperuser createdb createrole replication bypassrls password :'password';

-- What a request becomes.
create role anon nologin;
create role authenticated nologin;
create role service_role nologin bypassrls;

-- What a service logs in as; each without a password until someone sets one.
create role authenticator with login noinherit;
create role supabase_auth_admin with login noinherit createrole;
create role supabase_storage_admin with login noinherit createrole;
create role supabase_realtime_admin with login noinherit createrole replication;
create role supabase_replication_admin with login replication;
create role supabase_etl_admin with login replication;
create role supabase_read_only_user with login bypassrls;
create role pgbouncer with login;
create role dashboard_user nologin createdb createrole replication;

grant anon, authenticated, service_role to authenticator, supabase_realtime_admin;
grant authenticator to supabase_storage_admin;
grant anon, authenticated, service_role to postgres with admin option;
grant pg_monitor, pg_read_all_data, pg_signal_backend to postgres;
grant pg_read_all_data to supabase_read_only_user;
-- realtime.list_changes sets it for itself.
grant set on parameter log_min_messages to supabase_realtime_admin;

alter role supabase_admin set search_path = "$user", public, auth, extensions;
alter role postgres set search_path = "$user", public, extensions;
alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';
alter role authenticator set lock_timeout = '8s';
alter role authenticator set session_preload_libraries = 'safeupdate';
alter role supabase_auth_admin set search_path = auth;
alter role supabase_auth_admin set idle_in_transaction_session_timeout = 60000;
alter role supabase_storage_admin set search_path = storage;
alter role supabase_realtime_admin set search_path = public, extensions, realtime;

select current_database() as database \gset
alter database :"database" owner to postgres;
grant all on database :"database" to postgres, dashboard_user;
grant create on database :"database" to supabase_auth_admin, supabase_realtime_admin;
