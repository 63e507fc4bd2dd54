#!/bin/bash
# file.sh put <sites|upstreams|passwords> <name> <stdin   |   file.sh delete <sites|upstreams|passwords> <name>
#
# Runs inside the edge container. Changes one file of nginx's configuration and reloads. A file that nginx refuses is taken back,
# and nothing has changed. Returns when the new configuration serves, and who was served by a changed one has gone over to it.
set -euo pipefail
umask 077

action=$1
live=/etc/nginx/live
file=$live/$2/$3.conf
mkdir -p "$live/sites" "$live/upstreams" "$live/passwords"
# Read by the workers, at each request, and they are not root.
chgrp nginx "$live/passwords"
chmod 750 "$live/passwords"

exec 9>"$live/.lock"
flock 9

rm -f "$live/.previous"
if [ -e "$file" ]; then cp "$file" "$live/.previous"; fi
case $action in
  put)
    cat >"$live/.new"
    if [ "$2" = passwords ]; then chgrp nginx "$live/.new" && chmod 640 "$live/.new"; fi
    mv -f "$live/.new" "$file"
    ;;
  delete) rm -f "$file" ;;
  *) echo "edge: unknown action $action" >&2 && exit 2 ;;
esac

# What the workers answer tells which configuration they have: `nginx -s reload` does not wait.
generation=$(date +%s%N)
printf 'server { listen 127.0.0.1:8081; access_log off; location / { return 200 "generation %s\\n"; } }\n' "$generation" >"$live/generation.conf"

if ! message=$(nginx -t 2>&1); then
  if [ -e "$live/.previous" ]; then mv -f "$live/.previous" "$file"; else rm -f "$file"; fi
  echo "edge: nginx refuses $2/$3.conf, nothing has changed: $(tail -n 3 <<<"$message")" >&2
  exit 1
fi
nginx -s reload 2>/dev/null

serves_new() {
  exec 3<>/dev/tcp/127.0.0.1/8081
  printf 'GET / HTTP/1.0\r\n\r\n' >&3
  grep -q "generation $generation" <&3
}
deadline=$((SECONDS + 30))
# Three in a row: a worker of before may still take a connection until it has its signal.
in_a_row=0
until [ "$in_a_row" -ge 3 ]; do
  if serves_new 2>/dev/null; then in_a_row=$((in_a_row + 1)); else in_a_row=0; fi
  if [ "$SECONDS" -ge "$deadline" ]; then echo "edge: nginx did not take up $2/$3.conf" >&2; exit 1; fi
  sleep 0.05
done

# A worker of before serves the connections that it has by the files of before, for ten seconds more (keepalive_min_timeout), and what
# those lead to may be deleted right after this. A websocket stays with it, so that the wait ends.
if [ -e "$live/.previous" ] && ! cmp -s "$live/.previous" "$file"; then
  deadline=$((SECONDS + 12))
  while grep -qsz "worker process is shutting down" /proc/[0-9]*/cmdline && [ "$SECONDS" -lt "$deadline" ]; do sleep 0.2; done
fi
rm -f "$live/.previous"
