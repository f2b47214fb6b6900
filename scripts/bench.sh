#!/usr/bin/env bash
# Speed of everything that is measured, on this machine: see evals/bench/bench.py --help.
set -euo pipefail
cd "$(dirname "$0")/.."
build/release/espalier model pull --quiet qwen2.5-coder-0.5b
python3 evals/bench/bench.py "$@"
cat << TEXT

make bench: measured decode, prefill, batches, completions, masks, tokenizer and sandbox (docs/performance.md).
Next: llama.cpp beside it: evals/bench/bench.py --peer; the plots: build/bench/index.html
TEXT
