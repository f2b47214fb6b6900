#!/usr/bin/env bash
# Runs all tests of one preset in parallel and says what came out: scripts/test.sh [preset]
# The 0.5B model is fetched first, since the tests that need it are skipped without it; a machine
# without a network only skips them.
set -uo pipefail
cd "$(dirname "$0")/.."
preset=${1:-release}
started=$SECONDS

if ! "build/$preset/espalier" model pull --quiet qwen2.5-coder-0.5b; then
  echo "test: the model could not be fetched; the tests that need it will be skipped" >&2
fi

# Where setup.sh put the TypeScript compiler.
export PATH=$PATH:$PWD/.deps/typescript/node_modules/.bin

log=build/$preset/test.log
ctest --test-dir "build/$preset" -j "$(nproc)" --output-on-failure --no-tests=error < /dev/null > "$log" 2>&1
status=$?

# ctest lists what was skipped and what failed after its summary line.
if ((status != 0)); then grep -E '^ *[0-9]+/[0-9]+ .*\*\*\*(Failed|Timeout|Exception)' -A 40 "$log" | head -n 300; fi
sed -n '/tests passed/,$p' "$log"
skipped=$(grep -c '\*\*\*Skipped' "$log")
cat << TEXT

make test: built build/$preset and ran $(grep -cE '^ *[0-9]+/[0-9]+ Test' "$log") tests in $((SECONDS - started)) s, $skipped of them skipped (reasons: grep -i skipped $log).
TEXT
if ((status == 0)); then
  echo "Next: make demo, to see completions; make bench, for speed; ctest --preset asan-ubsan after cmake --preset asan-ubsan."
else
  echo "Next: run one failing test alone with  ctest --test-dir build/$preset -R NAME --output-on-failure"
fi
exit $status
