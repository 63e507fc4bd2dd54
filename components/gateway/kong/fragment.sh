#!/bin/bash
# fragment.sh put <project> <stdin   |   fragment.sh delete <project>   |   fragment.sh join
#
# Runs inside a gateway container. Joins the fragments of all projects into Kong's declarative file and loads it. Returns when Kong
# serves it. A file that Kong refuses is taken back, and nothing has changed. `join` only makes the file, before Kong starts.
#
# A fragment is one file (kong.ts, renderKongFragment): its hosts; its keys, as Lua within JSON; its services and its refusing routes, as
# they stand between the brackets of JSON lists; and a line for each container that serves it.
set -euo pipefail
# Half a file must not be joined when a part of it fails.
shopt -s inherit_errexit

action=$1
here=$(dirname "$0")
file=$KONG_DECLARATIVE_CONFIG
live=$(dirname "$file")
admin_port=${KONG_ADMIN_LISTEN##*:}
proxy_port=${KONG_PROXY_LISTEN##*:}
# Another number when the lines of a fragment change: those of before can not be joined with them.
folder=kong-fragments-1
. "$here/fragments.sh"

containers() { awk 'FNR > 4' /dev/null "$live/$folder"/* | sort -u; }
# As Lua within a string of JSON, where its quotes are escaped.
hosts() { claimed_hosts | sort | awk '{ printf("%s[\\\"%s\\\"]=\\\"%s\\\"", (NR > 1) ? "," : "", $2, $1) }'; }

# stdout: the declarative file, with a place for its version.
joined_file() {
  local text hosts keys services routes
  hosts=$(hosts)
  keys=$(joined 2)
  services=$(joined 3)
  routes=$(joined 4)
  text=$(<"$here/base.json")
  text=${text/'--[[@HOSTS@]]'/"$hosts"}
  text=${text/'--[[@KEYS@]]'/"$keys"}
  text=${text/'"@SERVICES@"'/"$services"}
  printf '%s' "${text/'"@ROUTES@",'/"${routes:+$routes,}"}"
}

# $1: a file of $live.
write_joined() {
  local text
  text=$(joined_file)
  wanted=$(version <<<"$text")
  printf '%s' "${text/@VERSION@/"$wanted"}" | replace "$1"
}

# Loads the file into the running Kong: all or nothing, in the same workers, so that no connection ends (kong/api/routes/config.lua and
# reconfigure_handler of kong/runloop/handler.lua @3.9.3). `kong reload` starts other workers, and the old ones keep their websockets.
load() {
  local status
  exec 3<>"/dev/tcp/127.0.0.1/$admin_port"
  printf 'POST /config HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %s\r\nConnection: close\r\n\r\n' \
    "$(wc -c <"$file")" >&3
  cat "$file" >&3
  read -r _ status _ <&3
  # All of the answer, which repeats the file: nothing of it is to be seen.
  cat <&3 >/dev/null
  [ "$status" = 201 ]
}

# Kong's worker takes the file up after the answer. There is one worker (KONG_NGINX_WORKER_PROCESSES), so that one answer is enough.
serves() {
  local answer
  answer=$(get "$proxy_port" /version)
  grep -q "$1" <<<"$answer"
}

fail() {
  echo "gateway: project $project: $1. The routes are as they were." >&2
  exit 1
}

take_back_and_fail() {
  take_back
  mv -f "$live/.last.json" "$file"
  # What Kong may have loaded of the new file.
  load || true
  fail "$1"
}

if [ "$action" = join ]; then
  write_joined "$(basename "$file")"
  exit
fi

project=$2
before=$(containers)
store "$action" "$project"

write_joined .candidate.json
if ! kong config parse "$live/.candidate.json" >"$live/.parse.log" 2>&1; then
  take_back
  rm -f "$live/.candidate.json"
  fail "Kong refuses the configuration: $(without_values <"$live/.parse.log")"
fi

# On the disk first: Kong starts from it when it starts again.
cp -p "$file" "$live/.last.json"
mv -f "$live/.candidate.json" "$file"
load || take_back_and_fail "Kong did not take the configuration"
wait_until 30 serves "$wanted" || take_back_and_fail "Kong did not take up the routes"

# A container may be deleted right after this returns (DESIGN §13.14). Kong does not say what is still in flight.
if [ -n "$(comm -23 <(printf '%s\n' "$before") <(containers))" ]; then sleep 10; fi
rm -f "$live/.previous" "$live/.last.json"
