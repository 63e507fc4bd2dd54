#!/bin/bash
# Runs inside the Postgres container, as its superuser on the unix socket. Idempotent.
#
# Makes supabase_template, the pristine copy that every project's database starts from. `CREATE DATABASE … TEMPLATE postgres` fails
# while pg_cron's or pg_net's worker is connected, so it is a dump and a restore (facts/tenancy.md §6.3).
set -euo pipefail
run() { psql --no-psqlrc --quiet --username supabase_admin --set ON_ERROR_STOP=1 "$@"; }

if [ -z "$(run --tuples-only --no-align --dbname postgres --command "select 1 from pg_database where datname = 'supabase_template'")" ]; then
  # Made under another name: one that was killed halfway is never taken for the template.
  run --dbname postgres --command 'drop database if exists supabase_template_new with (force)'
  run --dbname postgres --command 'create database supabase_template_new template template0'
  pg_dump --username supabase_admin --format custom postgres |
    pg_restore --username supabase_admin --dbname supabase_template_new --exit-on-error --single-transaction
  run --dbname postgres --command 'alter database supabase_template_new rename to supabase_template'
fi

# A project's roles get into their own database alone (facts/tenancy.md §6.4). CONNECT only: TEMPORARY is needed by functions that
# use temporary tables (DESIGN §13.16).
run --dbname postgres <<'SQL'
alter database supabase_template with is_template true allow_connections false;
revoke connect on database supabase_template from public;
revoke connect on database postgres from public;
revoke connect on database template1 from public;
SQL
