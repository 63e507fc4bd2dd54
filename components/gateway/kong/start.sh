#!/bin/bash
# Starts Kong as process 1. What changes is on a volume and survives it.
set -euo pipefail
umask 077
live=$(dirname "$KONG_DECLARATIVE_CONFIG")
mkdir -p "$live/kong-fragments-1" "$KONG_PREFIX"
# What Kong starts from: the fragments that are there, in the words of this version of us.
bash "$(dirname "$0")/fragment.sh" join
# The image's own: it makes nginx's files and starts it.
exec /entrypoint.sh kong docker-start
