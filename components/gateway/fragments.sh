# Read by the fragment.sh of each gateway, which has set $live, where the files are that change, and $folder, where the fragments are.
# What is the same for every gateway: one fragment per project, joined under a lock, taken back when refused. A fragment's first line is
# the project's hosts; the others are the gateway's own.
umask 077
shopt -s nullglob

exec 9>"$live/.lock"
flock 9

# $1: the number of the line.
joined() { awk -v line="$1" 'FNR == line && $0 != ""' /dev/null "$live/$folder"/* | paste -sd,; }
# "<project> <host>" for each host. It belongs to who claimed it last: while two projects exchange a domain, or one leaves that another
# already has, both name it.
claimed_hosts() {
  (cd "$live/$folder" && ls -t | xargs -r awk 'FNR == 1 { for (i = 1; i <= NF; i++) if (!claimed[$i]++) print FILENAME, $i }')
}
no_empty_lines() { sed '/^$/d'; }
version() { sha256sum | cut -c1-16; }

# $1: a file of $live; stdin: its text. A rename within the directory, so that nobody reads half a file.
replace() { cat >"$live/.new" && mv -f "$live/.new" "$live/$1"; }

# An answer of this container; the image has no curl. $1: port, $2: path.
get() {
  exec 3<>"/dev/tcp/127.0.0.1/$1"
  printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' "$2" >&3
  cat <&3
}

# $1: seconds; the rest: the command that is waited for.
wait_until() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@" 2>/dev/null; do
    [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep 0.1
  done
}

# stdin: what a gateway says of a file. It quotes what it refuses, and that may be a key: its words without the values.
without_values() { sed -E 's/"[^"]*"/"…"/g; s/eyJ[[:alnum:]_.-]*/…/g; s/sb_[[:alnum:]_-]*/…/g' | tail -n 3 | cut -c1-500; }

# $1: put or delete, $2: the project; stdin: its fragment.
store() {
  fragment=$live/$folder/$2
  rm -f "$live/.previous"
  if [ -e "$fragment" ]; then cp -p "$fragment" "$live/.previous"; fi
  case $1 in
    put) replace "$folder/$2" ;;
    delete) rm -f "$fragment" ;;
    *) echo "gateway: unknown action $1" >&2 && exit 2 ;;
  esac
}
take_back() { if [ -e "$live/.previous" ]; then mv -f "$live/.previous" "$fragment"; else rm -f "$fragment"; fi; }
