#!/usr/bin/env bash
# Configures (once) and builds one preset: scripts/build.sh release [target...]
set -euo pipefail
cd "$(dirname "$0")/.."
preset=$1
shift
if [[ ! -f build/$preset/build.ninja ]]; then
  log=$(mktemp)
  if ! cmake --preset "$preset" > "$log" 2>&1; then
    tail -n 40 "$log" >&2
    exit 1
  fi
  rm -f "$log"
fi
exec cmake --build --preset "$preset" ${1:+--target "$@"}
