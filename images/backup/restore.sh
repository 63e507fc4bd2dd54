#!/bin/sh
# Puts the project's database into upstream's own, which must be as its first start made it: `docker compose up --detach --wait db`, and nothing else
# yet. Run it in the folder of docker-compose.yml. All or nothing: a restore that fails leaves no table of the project, and can be run again.
#
# DATABASE_EXEC  how a command is run beside Postgres   (default: docker compose exec -T db)
# DATABASE_HOST  where Postgres is from there           (default: 127.0.0.1)
# POSTGRES_DB    the database                           (default: postgres)
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
: "${DATABASE_EXEC:=docker compose exec -T db}" "${DATABASE_HOST:=127.0.0.1}" "${POSTGRES_DB:=postgres}"

# Nothing that is found in the database stands for one of Postgres' own, whatever it is called.
PGOPTIONS="-c search_path=pg_catalog -c standard_conforming_strings=on -c statement_timeout=0 -c client_min_messages=warning"
inside() { $DATABASE_EXEC env "PGOPTIONS=$PGOPTIONS" "$@"; }
psql_inside() {
  inside psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 \
    --host "$DATABASE_HOST" --username supabase_admin --dbname "$POSTGRES_DB" "$@"
}
# stdin: SQL, all of it as one transaction.
sql() { psql_inside --output /dev/null --single-transaction; }
ask() { echo "$1" | psql_inside; }

echo "Is the database a new one?"
sql <"$here/check.sql"

folder=$(inside mktemp -d </dev/null)
trap 'inside rm -rf "$folder" </dev/null' EXIT
echo "Copying the dump beside Postgres"
inside sh -c 'cat >"$1"' sh "$folder/database.dump" <"$here/database.dump"
inside sh -c 'cat >"$1"' sh "$folder/restore.list" <"$here/restore.list"

echo "Restoring the tables"
sql <"$here/clear.sql"
# Before the tables: one of them may refer to a secret.
sql <"$here/secrets.sql"
# A superuser of its own: what the image's grants by default on whatever it makes, nothing of the project has.
echo 'drop role if exists supabase_restore; create role supabase_restore superuser nologin' | sql
inside pg_restore --exit-on-error --single-transaction --role supabase_restore --use-list "$folder/restore.list" \
  --host "$DATABASE_HOST" --username supabase_admin --dbname "$POSTGRES_DB" "$folder/database.dump" </dev/null
echo 'reassign owned by supabase_restore to supabase_admin; drop owned by supabase_restore; drop role supabase_restore' | sql

echo "Restoring settings"
sql <"$here/extras.sql" || {
  echo "The tables are restored, and extras.sql is not: mend what is said above, and run that file alone" >&2
  exit 1
}
ask analyze
users=$(ask "select count(*) from auth.users")
tables=$(ask "select count(*) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')")
echo "Restored: $users users, $tables tables"
