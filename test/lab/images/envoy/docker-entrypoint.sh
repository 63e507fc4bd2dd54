#!/bin/sh
# As the official image's: Envoy runs as user envoy, whose id ENVOY_UID and ENVOY_GID change; with ENVOY_UID=0 it stays root.
set -eu
case ${1-} in '' | -*) set -- envoy "$@" ;; esac
if [ "$1" = envoy ] && [ -n "${LOGLEVEL:-}" ]; then set -- "$@" --log-level "$LOGLEVEL"; fi
if [ "${ENVOY_UID:-}" = 0 ] || [ "$(id -u)" != 0 ]; then exec "$@"; fi

if [ -n "${ENVOY_UID:-}" ] && [ "$ENVOY_UID" != "$(id -u envoy)" ]; then usermod -u "$ENVOY_UID" envoy; fi
if [ -n "${ENVOY_GID:-}" ] && [ "$ENVOY_GID" != "$(id -g envoy)" ]; then groupmod -g "$ENVOY_GID" envoy; fi
chown envoy:envoy /dev/stdout /dev/stderr
exec setpriv --reuid=envoy --regid=envoy --init-groups "$@"
