#!/bin/bash
# Starts Envoy as process 1. Its watched files must exist before it does, and survive it: they are on a volume.
set -euo pipefail
umask 077
live=/etc/envoy/live
# Projects that an older version of us wrote are served from routes.json until they are written anew, which this update does.
for old in "$live"/fragments*; do
  if [ -e "$old" ] && [ "$old" != "$live/fragments-2" ]; then rm -r "$old"; fi
done
mkdir -p "$live/fragments-2"
[ -e "$live/clusters.lines" ] || : >"$live/clusters.lines"
[ -e "$live/clusters.json" ] || printf '{"version_info":"0","resources":[]}' >"$live/clusters.json"
[ -e "$live/routes.json" ] || printf '{"version_info":"0","resources":[{"@type":"type.googleapis.com/envoy.config.route.v3.RouteConfiguration","name":"projects"}]}' >"$live/routes.json"
exec envoy --config-path /etc/envoy/envoy.json --log-level warning
