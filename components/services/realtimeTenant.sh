# sh -c <this> realtime-tenant <put|delete>; stdin: curl's configurations, each under a line "=== <name>"; in the environment: CONTAINER,
# STACK, PROJECT
#
# Runs where Pulumi does. Makes a project a tenant of a Realtime, or ends it. Tokens and bodies go over stdin.
set -eu
text=$(cat)
# $1: the name of the section.
request() {
  printf '%s\n' "$text" | awk -v section="$1" '/^=== / { on = $2 == section; next } on' |
    docker exec --interactive "$container" curl --config - || { echo "Realtime refuses to $1 the tenant of project $PROJECT." >&2; exit 1; }
}
container=$(docker ps --quiet --filter status=running --filter name="^$CONTAINER\$")
# Content with a Realtime that is gone: then so are its tenants.
if [ "$1" = delete ] && [ -z "$(docker ps --all --quiet --filter name="^$CONTAINER\$")" ]; then exit 0; fi
[ -n "$container" ] || { echo "Realtime ($CONTAINER) does not run. Start it (docker start), then try again." >&2; exit 1; }

if [ "$1" = delete ]; then
  own=$(docker ps --quiet --filter label=indie-ventures.stack="$STACK" --filter label=indie-ventures.project="$PROJECT" --filter label=indie-ventures.service=realtime)
  # It has moved to one of its own: the deletion must not end what that one holds. Best effort, a tenant that is ill goes all the same.
  if [ -n "$own" ]; then (request detach) || true; fi
fi
request "$1"
