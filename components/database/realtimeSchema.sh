# sh -c <this>; stdin: the superuser's password; in the environment: CONTAINER, DATABASE, IMAGE, NETWORK, STACK,
# SESSION, REMOVED (not empty: the project is removed)
#
# Runs where Pulumi does. Makes Realtime's tables in a database, as upstream's own image makes them: it migrates the database that it
# takes for the one of its only tenant (facts/tenancy.md §1.4, §1.6). Says by a comment on the schema which image did it, and a copy of
# the template carries the comment too. Idempotent.
set -eu
read -r DB_PASSWORD || [ -n "$DB_PASSWORD" ]
export DB_PASSWORD

fail() {
  echo "Realtime's tables in database $DATABASE: $1" >&2
  exit 1
}
# stdin: what a program said. Its last lines, without the password.
shortened() { tail -n 3 | cut -c1-300 | awk '{ gsub(ENVIRON["DB_PASSWORD"], "…") } 1'; }
# $1: the database; stdin: SQL.
sql() {
  docker exec --interactive "$CONTAINER" psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 \
    --username supabase_admin --set "database=$DATABASE" --set "image=$IMAGE" --dbname "$1"
}

# A removed project's stays as it is, and shut; one that was brought back opens here, before anybody enters it.
[ -z "${REMOVED:-}" ] || exit 0
if [ "$DATABASE" != supabase_template ]; then echo 'alter database :"database" allow_connections true' | sql postgres; fi
echo "$SESSION" | sql postgres
# Nobody can connect to the template, a superuser neither.
if [ "$DATABASE" = supabase_template ]; then
  # Also when this ends by a signal: a template that takes connections can not be copied while it has one.
  trap "echo \"alter database :\\\"database\\\" allow_connections false\" | sql postgres" EXIT
  echo 'alter database :"database" allow_connections true' | sql postgres
fi

made=$(echo "select coalesce(obj_description(to_regnamespace('realtime'), 'pg_namespace'), '')" | sql "$DATABASE")
[ "$made" != "made by $IMAGE" ] || exit 0

# The owner's own schema of this name would wait with triggers for what the superuser writes into it.
echo 'set client_min_messages = warning; drop schema if exists _realtime cascade; create schema _realtime' | sql "$DATABASE"
export DB_HOST=database DB_PORT=5432 DB_USER=supabase_admin DB_NAME="$DATABASE" DB_AFTER_CONNECT_QUERY="SET search_path TO _realtime"
# What it writes under these goes with schema _realtime; they protect nothing.
once=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
export DB_ENC_KEY="$(echo "$once" | cut -c1-16)" API_JWT_SECRET="$once" METRICS_JWT_SECRET="$once" SECRET_KEY_BASE="$once$once"
export APP_NAME=realtime ERL_AFLAGS="-proto_dist inet_tcp" DNS_NODES="''" CLUSTER_STRATEGIES=NONE SEED_SELF_HOST=true RLIMIT_NOFILE=10000
# By name: no value is in an argument.
output=$(docker run --rm --network "$NETWORK" --label "indie-ventures.stack=$STACK" --label indie-ventures.service=realtime-schema \
  --cap-drop ALL --security-opt no-new-privileges \
  --env DB_HOST --env DB_PORT --env DB_USER --env DB_PASSWORD --env DB_NAME --env DB_AFTER_CONNECT_QUERY --env DB_ENC_KEY \
  --env API_JWT_SECRET --env METRICS_JWT_SECRET --env SECRET_KEY_BASE --env APP_NAME --env ERL_AFLAGS --env DNS_NODES \
  --env CLUSTER_STRATEGIES --env SEED_SELF_HOST --env RLIMIT_NOFILE "$IMAGE" true 2>&1) ||
  fail "$IMAGE ended with an error: $(echo "$output" | shortened)"
# What the database refuses it only logs.
case $output in
  *"Tenant set-up successfully"*) ;;
  *) fail "$IMAGE did not make them: $(echo "$output" | grep -i "fail\|error" | shortened)" ;;
esac

sql "$DATABASE" <<'SQL'
set client_min_messages = warning;
-- Holds the superuser's login, encrypted.
drop schema _realtime cascade;
-- Projects' logins are members of it, and it may make roles in newer images (facts/tenancy.md §6.1). Once: two at a time would fail.
select 'alter role supabase_realtime_admin nologin nocreaterole noreplication'
  from pg_roles where rolname = 'supabase_realtime_admin' and (rolcanlogin or rolcreaterole or rolreplication) \gexec
select format('comment on schema realtime is %L', 'made by ' || :'image') \gexec
SQL
