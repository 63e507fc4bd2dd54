#!/bin/bash
# Starts Envoy as process 1. Its watched files must exist before it does, and survive it: they are on a volume.
set -euo pipefail
umask 077
live=/etc/envoy/live
mkdir -p "$live/fragments"
[ -e "$live/clusters.lines" ] || : >"$live/clusters.lines"
[ -e "$live/clusters.json" ] || printf '{"version_info":"0","resources":[]}' >"$live/clusters.json"
[ -e "$live/routes.json" ] || printf '{"version_info":"0","resources":[{"@type":"type.googleapis.com/envoy.config.route.v3.RouteConfiguration","name":"projects"}]}' >"$live/routes.json"
exec envoy --config-path /etc/envoy/envoy.json --log-level warning
