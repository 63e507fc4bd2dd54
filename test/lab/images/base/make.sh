#!/bin/bash
# Writes the root of a small Debian 13 to stdout, as a tar. Needs root and debootstrap; the mirror is debootstrap's default.
set -euo pipefail
suite=trixie

work=$(mktemp --directory)
trap 'rm -rf --one-file-system "$work"' EXIT
debootstrap --variant=minbase "$suite" "$work/root" >&2

# No service starts while a package is installed: in a build there is no init to start it.
printf '#!/bin/sh\nexit 101\n' >"$work/root/usr/sbin/policy-rc.d"
chmod 755 "$work/root/usr/sbin/policy-rc.d"

# Half of the size is lists, manuals and translations; neither these nor those of later packages are wanted.
cat >"$work/root/etc/dpkg/dpkg.cfg.d/lab" <<'CFG'
path-exclude=/usr/share/doc/*
path-exclude=/usr/share/man/*
path-exclude=/usr/share/locale/*
CFG
printf 'Acquire::Languages "none";\n' >"$work/root/etc/apt/apt.conf.d/lab"

tar --create --directory "$work/root" --numeric-owner --one-file-system \
  --exclude='./var/cache/apt/*' --exclude='./var/lib/apt/lists/*' --exclude='./usr/share/doc/*' \
  --exclude='./usr/share/man/*' --exclude='./usr/share/locale/*' --exclude='./dev/*' .
