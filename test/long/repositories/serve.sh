#!/bin/bash
# All of them until one ends. `gofakes3` is mounted: it stands in for S3.
/usr/sbin/sshd -D &
rclone serve restic --addr :8000 --user me --pass "$REST_PASSWORD" /srv/rest &
/gofakes3 -backend memory -autobucket -host :9000 &
wait -n
