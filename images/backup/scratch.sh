#!/bin/bash
# Runs in a container of the Postgres image that has no network and nothing of ours in it. Sleeps until the backup container asks for a server,
# and then runs one with an empty data directory, that is thrown away when it is no longer wanted. They meet in /scratch, which is root's:
# `wanted` is there while one is wanted, and holds a word; `ready` holds the same word once it answers; `failed` holds the word, and in the lines
# after it why it does not. The server's own is the folder of its socket below it. It runs what is in other people's dumps: whatever that left, no
# later server meets.
set -uo pipefail
: "${PGDATA:=/var/lib/postgresql/data}"
server=
# The word that it was started for.
started_for=
log=/scratch/log
# The image's configuration belongs to the user that the server runs as.
configuration=(/etc/postgresql /etc/postgresql-custom)
pristine=/root/pristine

wipe() {
  # A Postgres that ends by itself takes its shared memory away. What is only about to become one, the image's entrypoint, heeds no such signal, as it
  # was started in the background (bash(1), Signals): whoever waits for that waits for ever.
  if [ -n "$server" ] && kill -QUIT "$server" 2>/dev/null; then
    for _ in {1..30}; do [ "$(cat "/proc/$server/comm" 2>/dev/null)" = postgres ] || break; sleep 0.1; done
  fi
  server=
  # All but this process, which is the container's first, until none is left.
  while kill -KILL -1 2>/dev/null; do :; done
  find "$PGDATA" /scratch/socket /tmp /var/tmp /dev/shm "${configuration[@]}" -mindepth 1 -delete
  cp --archive "$pristine/." /
  rm -f /scratch/ready /scratch/failed
}
trap 'wipe; exit 0' TERM INT

# A throwaway: nothing is kept, so nothing is forced to the disk.
start() {
  # The image wants one; nobody is ever asked for it.
  POSTGRES_PASSWORD=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n') docker-entrypoint.sh postgres -c config_file=/etc/postgresql/postgresql.conf -c hba_file=/etc/indie-ventures/pg_hba.conf \
    -c listen_addresses=127.0.0.1 -c unix_socket_directories=/scratch/socket,/var/run/postgresql \
    -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c wal_level=minimal -c max_wal_senders=0 -c autovacuum=off \
    -c shared_buffers=32MB -c maintenance_work_mem=32MB -c max_connections=20 -c max_wal_size=1GB \
    -c log_min_messages=fatal -c log_min_error_statement=panic >"$log" 2>&1 &
  server=$!
}

if [ ! -d "$pristine" ]; then
  mkdir -p "$pristine.new"
  cp --archive --parents "${configuration[@]}" "$pristine.new"
  mv "$pristine.new" "$pristine"
fi
chown root:root /scratch
mkdir -p /scratch/socket
chown postgres:postgres /scratch/socket "$PGDATA"
wipe
while :; do
  wanted=$(cat /scratch/wanted 2>/dev/null)
  if [ -z "$wanted" ]; then
    [ -z "$server" ] || wipe
  elif [ -z "$server" ] || [ "$started_for" != "$wanted" ]; then
    # Also where the last one has just ended: with nothing of it.
    wipe
    started_for=$wanted
    start
  elif [ -e /scratch/ready ]; then
    kill -0 "$server" 2>/dev/null || wipe
  elif ! kill -0 "$server" 2>/dev/null; then
    { printf '%s\n' "$wanted"; tail -n 5 "$log"; } >/scratch/failed.new
    mv /scratch/failed.new /scratch/failed
  elif pg_isready --quiet --host=127.0.0.1; then
    # Over TCP: the server that the first boot runs its scripts on listens on the socket alone.
    printf '%s' "$wanted" >/scratch/ready
  fi
  sleep 0.3 &
  wait $!
done
