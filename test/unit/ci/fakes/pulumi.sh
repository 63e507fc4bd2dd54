#!/bin/sh
# `pulumi`, which says what the test put into files, and writes down what it was told. No node: it is started some dozens of times.
cd "$FAKE_FOLDER" || exit 9
echo "$*" >>pulumi.calls
env >>pulumi.env
say() { if [ -e "$1" ]; then cat "$1"; fi; }
case "$1 $2" in
"version "*) cat "$FAKE_PROGRAMS/version" ;;
"plugin ls") cat "$FAKE_PROGRAMS/plugins.json" ;;
"stack export") echo '{"version":3,"deployment":{"resources":[]}}' ;;
"stack output") echo '{"projects":{"blog":{"url":"http://blog.example.com"}}}' ;;
"preview "* | "up "*)
  for word in "$@"; do
    if [ "$before" = --event-log ]; then say events >"$word"; fi
    before=$word
  done
  say "$1.stdout"
  say "$1.stderr" >&2
  exit "$(say "$1.code" | grep . || echo 0)"
  ;;
esac
