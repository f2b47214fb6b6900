#!/usr/bin/env bash
# Prefill (pp512) and decode (tg128) of Espalier beside llama.cpp: same GGUF files, same threads, same
# machine, runs interleaved so that both meet the same clock speeds and neighbours. --help tells more.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/espalier
version=0.3.36
sdist_sha256=832db0699007f1be95a7e41ef12e88926b02ba836461e36a36372db2760c1a2e
rounds=3
threads=$(lscpu -p=CORE,SOCKET | grep -v '^#' | sort -u | wc -l)
models=q05,q15
json=0

usage() {
  cat <<EOF
Usage: evals/bench/compare_llama.sh [--rounds N] [--threads N] [--models q05,q15] [--json]

Runs llama-bench and model_bench in turn, N rounds (default $rounds), and prints for each model the median
tokens a second of both and the median of the rounds' ratios (above 1: Espalier is faster).

  --rounds N      rounds of llama, ours (default $rounds)
  --threads N     threads of both (default: one a physical core, $threads here)
  --models LIST   q05 and/or q15, the Qwen2.5-Coder-Instruct Q4_K_M files (default $models)
  --json          print {"ratios":{"q05_decode":...,"q05_prefill":...,...}} and nothing else

llama-bench is built once from the llama.cpp that llama-cpp-python $version carries, with GGML_NATIVE, under
$cache/bench (needs python3 with pip, cmake, ninja, a C++ compiler: about 5 minutes on 2 cores).

Environment: LLAMA_BENCH  a llama-bench to use instead
             MODEL_BENCH  our model_bench (default build/release/model_bench, built when missing)
             ESPALIER_MODELS  folder of the models (default $cache/models)
EOF
}

fail() {
  echo "compare_llama.sh: $*" >&2
  exit 1
}

while [ $# -gt 0 ]; do
  case $1 in
    --rounds | --threads | --models)
      [ $# -ge 2 ] || fail "$1 needs a value"
      declare "${1#--}=$2"
      shift
      ;;
    --json) json=1 ;;
    -h | --help)
      usage
      exit 0
      ;;
    *) fail "unknown option $1 (try --help)" ;;
  esac
  shift
done
[[ $rounds =~ ^[1-9][0-9]*$ ]] || fail "--rounds must be a number above 0, not '$rounds'"
[[ $threads =~ ^[1-9][0-9]*$ ]] || fail "--threads must be a number above 0, not '$threads'"

model_file() {
  local folder=${ESPALIER_MODELS:-$cache/models} size
  case $1 in
    q05) size=0.5b ;;
    q15) size=1.5b ;;
    *) fail "unknown model '$1': --models takes q05 and q15" ;;
  esac
  local file=$folder/qwen2.5-coder-$size-instruct-q4_k_m.gguf
  [ -f "$file" ] || fail "$file is not there: run 'espalier model pull' for it, or set ESPALIER_MODELS"
  echo "$file"
}

build_llama() {
  local work=$cache/bench/llama-cpp-python-$version
  llama=$work/build/bin/llama-bench
  [ -x "$llama" ] && return
  echo "building llama-bench under $work (once)" >&2
  mkdir -p "$work"
  echo "llama-cpp-python==$version --hash=sha256:$sdist_sha256" >"$work/requirements.txt"
  python3 -m pip download -q --no-deps --no-binary :all: --require-hashes -r "$work/requirements.txt" -d "$work" >&2
  tar -xf "$work"/llama_cpp_python-$version.tar.gz -C "$work"
  cmake -S "$work/llama_cpp_python-$version/vendor/llama.cpp" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DGGML_NATIVE=ON -DLLAMA_CURL=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF >"$work/configure.log"
  ninja -C "$work/build" llama-bench >"$work/build.log" || fail "llama-bench did not build: see $work/build.log"
}

build_ours() {
  ours=$root/build/release/model_bench
  [ -x "$ours" ] && return
  (cd "$root" && cmake --preset release && cmake --build --preset release --target model_bench) >&2
}

declare -A files
for model in ${models//,/ }; do files[$model]=$(model_file "$model"); done

llama=${LLAMA_BENCH:-}
[ -n "$llama" ] || build_llama
[ -x "$llama" ] || fail "$llama is not a program"
ours=${MODEL_BENCH:-}
[ -n "$ours" ] || build_ours
[ -x "$ours" ] || fail "$ours is not a program"

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
for ((round = 1; round <= rounds; round++)); do
  for model in ${models//,/ }; do
    echo "round $round of $rounds, $model" >&2
    "$llama" -m "${files[$model]}" -p 512 -n 128 -t "$threads" -r 1 -o json \
      >"$results/$model.$round.llama" 2>"$results/log" || fail "llama-bench: $(tail -n 3 "$results/log")"
    "$ours" "${files[$model]}" -p 512 -n 128 -t "$threads" -r 1 --rows 0 --memory-context 0 --json \
      >"$results/$model.$round.ours"
  done
done

python3 - "$results" "$rounds" "$json" "$threads" ${models//,/ } <<'EOF'
import json
import statistics
import sys

folder, rounds, as_json, threads, *models = sys.argv[1:]


def rates(model, round_number):
    """Tokens a second as {phase: (llama.cpp, ours)}."""
    with open(f"{folder}/{model}.{round_number}.llama") as file:
        llama = {"prefill" if run["n_prompt"] else "decode": run["avg_ts"] for run in json.load(file)}
    with open(f"{folder}/{model}.{round_number}.ours") as file:
        ours = json.load(file)
    return {phase: (llama[phase], ours[phase]["tokens_per_s"]) for phase in ("decode", "prefill")}


ratios, lines = {}, []
for model in models:
    runs = [rates(model, r) for r in range(1, int(rounds) + 1)]
    for phase in ("decode", "prefill"):
        llama, ours = zip(*(run[phase] for run in runs))
        all_ratios = [b / a for a, b in zip(llama, ours)]
        ratios[f"{model}_{phase}"] = round(statistics.median(all_ratios), 3)
        lines.append(f"{model:6} {phase:8} {statistics.median(llama):12.1f} {statistics.median(ours):12.1f} "
                     f"{statistics.median(all_ratios):8.2f}   {min(all_ratios):.2f}..{max(all_ratios):.2f}")
if int(as_json):
    print(json.dumps({"ratios": ratios}, separators=(",", ":")))
else:
    print(f"{threads} threads, {rounds} rounds, tokens/s (median)")
    print(f"{'model':6} {'phase':8} {'llama.cpp':>12} {'espalier':>12} {'ratio':>8}   range")
    print("\n".join(lines))
EOF
