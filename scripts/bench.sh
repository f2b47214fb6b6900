#!/usr/bin/env bash
# Speed of the model runtime on this machine, for every model that is installed.
set -euo pipefail
cd "$(dirname "$0")/.."
espalier=build/release/espalier
"$espalier" model pull --quiet qwen2.5-coder-0.5b
for model in qwen2.5-coder-0.5b qwen2.5-coder-1.5b; do
  if "$espalier" model info "$model" > /dev/null 2>&1; then
    "$espalier" bench --model "$model"
  else
    echo "$model is not installed; to measure it too: $espalier model pull $model"
  fi
done
cat << TEXT

make bench: measured prefill, decode and small batches as docs/performance.md defines them.
Next: compare with llama.cpp on this machine: evals/bench/compare_llama.sh --help
TEXT
