#!/bin/sh
# Runs one of our scripts: scripts/run.sh scripts/demo.ts [arguments]. The one place for Node's
# flags.
# exec: the script takes the place of this shell, so that signals reach it and its exit code is
# ours.
exec node --import "$(cd "$(dirname "$0")" && pwd)/text-imports.ts" "$@"
