#!/bin/bash
# fragment.sh put <project> <stdin   |   fragment.sh delete <project>
#
# Runs inside a gateway container. Joins the fragments of all projects into Envoy's two files and replaces those by rename, because
# Envoy reacts to moves only (facts/ops.md §3.3). Returns when Envoy serves the new routes and what it served before is idle. A
# candidate that Envoy refuses is taken back, and nothing has changed.
#
# A fragment is one file (envoy.ts, renderFragment): its hosts; a virtual host with a placeholder for them; the project's keys and its
# routes on the common host, without the brackets around them; and lines "<cluster name> <cluster>", the same in each project whose
# service it is. All but the first are JSON.
set -euo pipefail

action=$1
project=$2
live=/etc/envoy/live
# Another number when the lines of a fragment change: those of before can not be joined with them (start.sh takes them away).
folder=fragments-2
. "$(dirname "$0")/fragments.sh"

cluster_lines() { awk 'FNR > 4' /dev/null "$live/$folder"/* | sort -u; }
virtual_hosts() {
  awk 'FILENAME == ARGV[1] { list[$1] = list[$1] (list[$1] == "" ? "" : ",") "\"" $2 "\""; next }
    { project = FILENAME; sub(/.*\//, "", project) }
    FNR == 2 && list[project] != "" { sub(/"@DOMAINS@"/, "[" list[project] "]"); print }' \
    <(claimed_hosts) "$live/$folder"/* | sort | paste -sd,
}
names() { cut -d' ' -f1; }
as_list() { cut -d' ' -f2- | paste -sd,; }

# Without a project there is nobody to ask for at the common host either.
common_host() {
  local text routes
  routes=$(joined 4)
  text=$(</etc/envoy/common.json)
  text=${text/'"@CONTEXT@"'/"{$(joined 3)}"}
  printf '%s' "${text/'"@COMMON_ROUTES@",'/"${routes:+$routes,}"}"
}

route_configuration() {
  local own
  own=$(virtual_hosts)
  printf '"name":"projects","ignore_port_in_host_matching":true,"virtual_hosts":[%s%s]' "${own:+$own,}" "$(common_host)"
}

# stdin: cluster lines.
write_clusters() {
  tee "$live/.lines" | sed 's|^\([^ ]*\) {|\1 {"@type":"type.googleapis.com/envoy.config.cluster.v3.Cluster",|' | as_list >"$live/.list"
  printf '{"version_info":"%s","resources":[%s]}' "$(version <"$live/.list")" "$(<"$live/.list")" | replace clusters.json
  mv -f "$live/.lines" "$live/clusters.lines"
}

# $1: the version that Envoy is to report.
write_routes() {
  printf '{"version_info":"%s","resources":[{"@type":"type.googleapis.com/envoy.config.route.v3.RouteConfiguration",%s}]}' \
    "$1" "$(route_configuration)" | replace routes.json
}

admin() { get 9901 "$1"; }

# The version alone: the whole answer is longer than a pipe holds, and a `grep -q` that leaves it early is an error by pipefail.
has_version() {
  local answer
  answer=$(admin "/config_dump?resource=dynamic_route_configs&mask=version_info")
  grep -q "\"version_info\": \"$1\"" <<<"$answer"
}
knows_clusters() {
  local answer name
  answer=$(admin /clusters)
  for name in "$@"; do
    grep -qE "^$name::[0-9.]+:[0-9]+::" <<<"$answer" || return 1
  done
}
is_idle() {
  local answer name
  answer=$(admin /clusters)
  for name in "$@"; do
    if grep -qE "^$name::.*::rq_active::[1-9]" <<<"$answer"; then return 1; fi
  done
}

# `envoy --mode validate` does not read watched files, so the candidate stands inline.
validate() {
  local text
  text=$(</etc/envoy/candidate.json)
  text=${text/'"@ROUTES@"'/"{$(route_configuration)}"}
  text=${text/'"@CLUSTERS@"'/"[$(cluster_lines | as_list)]"}
  printf '%s' "$text" >"$live/.candidate.json"
  envoy --mode validate --config-path "$live/.candidate.json" --log-level error >"$live/.validate.log" 2>&1
}

take_back_and_fail() {
  take_back
  cluster_lines | write_clusters
  echo "gateway: project $project: $1. The routes are as they were." >&2
  exit 1
}

store "$action" "$project"

validate || take_back_and_fail "Envoy refuses the configuration: $(without_values <"$live/.validate.log")"
rm -f "$live/.candidate.json"

# Clusters in before the routes that name them, out after (DESIGN §13.5). `sort -u` keeps the first of two with one name.
new=$(cluster_lines)
mapfile -t leaving < <(comm -13 <(names <<<"$new") <(names <"$live/clusters.lines" | sort) | no_empty_lines)
{ printf '%s\n' "$new"; cat "$live/clusters.lines"; } | no_empty_lines | sort -s -u -k1,1 | write_clusters

if [ "$action" = put ]; then
  mapfile -t entering < <(awk 'FNR > 4' "$fragment" | names)
  wait_until 30 knows_clusters "${entering[@]}" || take_back_and_fail "Envoy can not find its containers"
fi

route_version=$(route_configuration | version)
write_routes "$route_version"
wait_until 30 has_version "$route_version" || take_back_and_fail "Envoy did not take up the routes"

# A container may be deleted right after this returns (DESIGN §13.14).
wait_until 10 is_idle "${leaving[@]}" || true
no_empty_lines <<<"$new" | write_clusters
rm -f "$live/.previous"
