#!/bin/sh
# `sh tell.sh want <owner>`: as `node main.ts want <owner>`, one at a time. An update tells of all projects at once, and each Node takes 35 MB of the
# container's memory.
cd "$(dirname "$0")" && exec flock --close tell.sh node main.ts "$@"
