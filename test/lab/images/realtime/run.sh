#!/bin/bash
# As upstream's entrypoint: the metadata database, the tenant of a self-hosted one when that is wanted, then the command. With a command
# that does nothing it is a one-shot that makes schema `realtime` in the database that DB_* name.
set -euo pipefail
if [ -n "${RLIMIT_NOFILE:-}" ]; then
  echo "Setting RLIMIT_NOFILE to ${RLIMIT_NOFILE}"
  ulimit -Sn "$RLIMIT_NOFILE"
fi
echo "Running migrations"
/app/bin/migrate
if [ "${SEED_SELF_HOST-}" = true ]; then
  echo "Seeding selfhosted Realtime"
  /app/bin/realtime eval 'Realtime.Release.seeds(Realtime.Repo)'
fi
echo "Starting Realtime"
exec "$@"
