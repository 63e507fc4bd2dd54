# bash -c <this> forget <database> <role,role,…> [<anything, where the postgresql provider drops the database next>]
#
# Runs inside the Postgres container before a project's database and roles are dropped. What others have granted to the roles, in
# databases of their own, would keep them from being dropped, and so would a database that its owner has made a template. No data of the
# project is touched. Idempotent.
set -euo pipefail
database=$1
roles=$2
provider_drops=${3:-}

sql() {
  psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 --username supabase_admin --dbname "$1" \
    --set "database=$database" --set "roles=$roles"
}

# $1: the database.
drop_owned_in() {
  sql "$1" <<<"select format('drop owned by %I', rolname) from pg_roles where rolname = any (string_to_array(:'roles', ',')) \gexec"
}
# $1: the database.
is_there() { [ -n "$(database=$1 sql postgres <<<"select 1 from pg_database where datname = :'database'")" ]; }

# $1: the database. Another project that goes at the same time takes its database along, and ends the sessions in it.
forget_in() {
  local said attempt
  for attempt in 1 2 3 4 5; do
    if said=$(drop_owned_in "$1" 2>&1); then return; fi
    is_there "$1" || return 0
    sleep 1
  done
  echo "$said" >&2
  return 1
}

sql postgres <<<"select format('alter database %I is_template false', datname) from pg_database where datname = :'database' \gexec"
sql postgres <<<"select datname from pg_database where datallowconn and datname <> :'database'" |
  while IFS= read -r other; do forget_in "$other"; done

# The provider fails at what is gone, and a purge has dropped it (images/backup/removal.ts).
if [ -n "$provider_drops" ] && ! is_there "$database"; then
  sql postgres <<<"select format('create database %I template template0', :'database') \gexec"
fi
