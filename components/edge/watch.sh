#!/bin/bash
# watch.sh <generation>
#
# Runs beside nginx, which has read the certificates of that generation. When there are others it lets nginx read them too. Where nginx refuses
# them it goes on with those that it has, and is asked again a minute later.
live=/etc/nginx/live

# Nobody writes there: to wait for it is to sleep, without a process for each second.
exec {never}<> <(:)
pause() { read -r -t "$1" -u "$never"; }

known=$1
while true; do
  pause 1
  { read -r generation </etc/nginx/certificates/generation || [ -n "$generation" ]; } 2>/dev/null || continue
  [ "$generation" != "$known" ] || continue
  # Not while file.sh tries a file that nginx may refuse.
  exec 9>"$live/.lock"
  flock 9
  if message=$(nginx -t 2>&1) && message=$(nginx -s reload 2>&1); then
    known=$generation
  else
    echo "edge: nginx refuses the certificates, nothing has changed: $(tail -n 3 <<<"$message")" >&2
  fi
  exec 9>&-
  [ "$generation" = "$known" ] || pause 60
done
