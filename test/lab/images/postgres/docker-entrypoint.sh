#!/bin/bash
# Makes the data directory at the first start, then becomes Postgres.
#
# A first boot that is killed must not leave half a data directory that the next start takes for a whole one. So all is made in
# .first-boot, which becomes .first-boot-done by one rename when it is complete and on the disk; from there each entry moves up,
# PG_VERSION last. Both are resumed by the next start.
set -euo pipefail

case ${1-} in
  '' | -*) set -- postgres "$@" ;;
  postgres) ;;
  *) exec "$@" ;;
esac

making=$PGDATA/.first-boot
made=$PGDATA/.first-boot-done

fail() {
  echo "lab-postgres: $1" >&2
  exit 1
}

become_postgres() {
  mkdir -p "$PGDATA" /var/run/postgresql /etc/postgresql-custom
  find "$PGDATA" /var/run/postgresql /etc/postgresql-custom ! -user postgres -exec chown postgres:postgres {} +
  chmod 700 "$PGDATA"
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
}

check_environment() {
  if [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then export POSTGRES_PASSWORD="$(<"$POSTGRES_PASSWORD_FILE")"; fi
  [ -n "${POSTGRES_PASSWORD:-}" ] || fail "the data directory is empty and POSTGRES_PASSWORD is not set: set it to the superuser's password"
  [ "$POSTGRES_USER" = supabase_admin ] || fail "POSTGRES_USER is $POSTGRES_USER, but the roles are made for supabase_admin alone"
  [ -z "$(find "$PGDATA" -mindepth 1 -maxdepth 1 ! -name lost+found -print -quit)" ] ||
    fail "$PGDATA holds files but no PG_VERSION: it is no data directory, and nothing in it is deleted"
}

# "$@": the server's own command line; listens on the socket alone, so nobody outside sees it half made.
first_boot() {
  local database=${POSTGRES_DB:-postgres} file
  # Never in argv: whoever may list processes sees that.
  initdb --pgdata "$making" --username supabase_admin --pwfile <(printf '%s\n' "$POSTGRES_PASSWORD") --no-sync \
    --auth scram-sha-256 --encoding UTF-8 --locale-provider icu --icu-locale en_US.UTF-8 --allow-group-access >/dev/null

  pg_ctl --pgdata "$making" --wait --silent --options "$(printf '%q ' "${@:2}" -c data_directory="$making" \
    -c hba_file=/etc/postgresql/first_boot_hba.conf -c listen_addresses= -c fsync=off)" start
  run() { psql --no-psqlrc --quiet --username supabase_admin --set ON_ERROR_STOP=1 "$@"; }
  [ "$database" = postgres ] || run --dbname postgres --set database="$database" <<<'create database :"database";'
  for file in /usr/share/lab-postgres/*.sql; do
    run --dbname "$database" --single-transaction --file "$file" >/dev/null
  done
  pg_ctl --pgdata "$making" --wait --silent --mode fast stop
  initdb --pgdata "$making" --sync-only >/dev/null
  mv --no-target-directory "$making" "$made"
}

move_up() {
  find "$made" -mindepth 1 -maxdepth 1 ! -name PG_VERSION -exec mv --no-clobber --target-directory "$PGDATA" {} +
  sync "$PGDATA"
  [ ! -e "$made/PG_VERSION" ] || mv "$made/PG_VERSION" "$PGDATA/"
  rmdir "$made"
}

# Vault's root key: made where there is none, as upstream's pgsodium_getkey.sh does. Whole or not at all.
make_root_key() {
  local key=/etc/postgresql-custom/pgsodium_root.key
  [ ! -s "$key" ] || return 0
  (umask 077 && od -An -N32 -v -tx1 /dev/urandom | tr -d ' \n' >"$key.new")
  mv "$key.new" "$key"
}

[ "$(id -u)" != 0 ] || become_postgres "$@"
# A volume of an older image may lack it, and Postgres refuses an include_dir that is not there.
mkdir -p /etc/postgresql-custom/conf.d
make_root_key
if [ ! -e "$PGDATA/PG_VERSION" ] && [ ! -d "$made" ]; then
  rm -rf "$making"
  check_environment
  echo "lab-postgres: first boot, a stand-in for supabase/postgres, not for production" >&2
  first_boot "$@"
fi
if [ -d "$made" ]; then move_up; fi
unset POSTGRES_PASSWORD
exec "$@"
