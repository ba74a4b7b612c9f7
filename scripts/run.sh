#!/bin/sh
# Runs one of our scripts: scripts/run.sh scripts/demo.ts [arguments]. The one place for Node's
# flags.
# exec: the script takes the place of this shell, so that signals reach it and its exit code is
# ours.
# kafkajs 2.2.4 sets timers in the past, which Node warns about and survives.
exec node --disable-warning=TimeoutNegativeWarning --import "$(cd "$(dirname "$0")" && pwd)/text-imports.ts" "$@"
