-- Runs in database `postgres`, before a superuser enters a project's database for the first time. There the owner's settings and functions
-- wait: with `alter database … set search_path`, or with a function public.format(text, text), which suits a call better than Postgres's
-- own, a project's code would run as superuser (CVE-2018-1058). A setting of this role in this database comes before both. Idempotent.
--
-- Postgres's own functions first, and then a schema that no project may create in.
alter role supabase_admin in database :"database" set search_path = extensions;
-- What else an owner could set to keep us out, or to make SQL of ours mean something else.
alter role supabase_admin in database :"database" set role = 'none';
alter role supabase_admin in database :"database" set standard_conforming_strings = on;
alter role supabase_admin in database :"database" set client_encoding = 'UTF8';
alter role supabase_admin in database :"database" set default_transaction_read_only = off;
alter role supabase_admin in database :"database" set statement_timeout = 0;
alter role supabase_admin in database :"database" set lock_timeout = 0;
alter role supabase_admin in database :"database" set transaction_timeout = 0;
-- Empty. Written out, '' would be a library with no name.
alter role supabase_admin in database :"database" set local_preload_libraries from current;
