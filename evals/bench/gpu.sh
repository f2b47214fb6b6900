#!/usr/bin/env bash
# Checks and times the GPU backend on a machine with a GPU, and prints one table at the end. --help tells more.
set -uo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
bundle=$root/build/gpu
programs=(cuda_kernel_test cuda_backend_test gpu_bench)
shapes=1.5b,7b
results=

usage() {
  cat <<EOF
Usage: evals/bench/gpu.sh --pack             where the build is: puts what the GPU's machine needs into build/gpu
       evals/bench/gpu.sh [--shapes LIST] [--out DIR]    on the GPU's machine, from build/gpu; below 9 minutes

1. Every kernel against its reference, on the GPU (cuda_kernel_test), some of them under compute-sanitizer, where it is.
2. Whole models against Hugging Face's logits (cuda_backend_test, the tiny models of tests/data).
3. Speed with random weights of the shapes in LIST (default $shapes; also tiny, 0.5b): decode at batch 1, 8, 64,
   prefill, time to the first token; the engine at 64 requests, with the grammar and without (gpu_bench).
4. The same shapes in PyTorch, eager, bfloat16, and what the GPU can do at most: bytes copied, bf16 products
   (gpu_torch.py), where Python has torch and transformers.

Nothing is fetched. cuBLAS comes from the machine's CUDA toolkit or from Python's wheels. --out DIR keeps logs and
JSON there.
EOF
}

fail() {
  echo "gpu.sh: $*" >&2
  exit 1
}

pack() {
  cmake --build "$root/build/release" --target espalier_cuda "${programs[@]}" >/dev/null || fail "the build failed"
  rm -rf "$bundle"
  mkdir -p "$bundle/lib"
  for program in "${programs[@]}" libespalier_cuda.so; do
    cp "$root/build/release/$program" "$bundle/"
    strip "$bundle/$program"
  done
  # Libraries that a bare machine may lack; cuBLAS is too large to carry.
  ldd "${programs[@]/#/$bundle/}" | awk '/=> \// {print $3}' | sort -u | grep -v -e cublas -e '/libc\.' -e '/libm\.' \
    -e libstdc++ -e libgcc_s -e pthread -e '/libdl' -e '/librt' | xargs -r cp -t "$bundle/lib"
  du -sh "$bundle"
}

find_cublas() {
  python3 - <<'EOF' 2>/dev/null
import glob, os, sysconfig
places = [sysconfig.get_paths()["purelib"] + "/nvidia/*/lib", "/usr/local/cuda/lib64", "/usr/local/cuda*/targets/*/lib"]
print(":".join(sorted({os.path.dirname(f) for p in places for f in glob.glob(p + "/libcublas.so.1[23]")})))
EOF
}

while [ $# -gt 0 ]; do
  case $1 in
    --pack) pack; exit ;;
    --shapes) shapes=${2:?--shapes needs a list}; shift ;;
    --out) results=${2:?--out needs a folder}; shift ;;
    -h | --help) usage; exit ;;
    *) fail "unknown option $1 (try --help)" ;;
  esac
  shift
done

[ -x "$bundle/gpu_bench" ] || fail "build/gpu is not there: run evals/bench/gpu.sh --pack where the build is"
results=${results:-$(mktemp -d)}
mkdir -p "$results"
export ESPALIER_CUDA_LIBRARY=${ESPALIER_CUDA_LIBRARY:-$bundle/libespalier_cuda.so}
export LD_LIBRARY_PATH=$bundle/lib:$(find_cublas)${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
cd "$root" || exit 1

started=$SECONDS
echo "kernels:"
timeout 150 "$bundle/cuda_kernel_test" --gtest_brief=1 2>&1 | tee "$results/kernels.log" | tail -n 25
if command -v compute-sanitizer >/dev/null; then
  echo "races between threads:"
  timeout 60 compute-sanitizer --tool racecheck --error-exitcode 9 "$bundle/cuda_kernel_test" --gtest_brief=1 \
    --gtest_filter='*Leaders*:*Draws*:*Attention*/0:*Norm*' 2>&1 | tee "$results/races.log" | tail -n 8
else
  echo "races between threads: not looked for, there is no compute-sanitizer"
fi
echo "models:"
timeout 100 "$bundle/cuda_backend_test" --gtest_brief=1 2>&1 | tee "$results/models.log" | tail -n 25
texts=()
for text in evals/bench/*.py; do texts+=(--text "$text"); done
for shape in ${shapes//,/ }; do
  timeout 100 "$bundle/gpu_bench" --shape "$shape" "${texts[@]}" >"$results/ours.$shape.json" 2>"$results/ours.$shape.log" ||
    echo "gpu_bench --shape $shape: $(tail -n 1 "$results/ours.$shape.log")"
  timeout 60 "$bundle/gpu_bench" --shape "$shape" --prefill int8 --steps 4 >"$results/int8.$shape.json" 2>"$results/int8.$shape.log" ||
    echo "gpu_bench --shape $shape --prefill int8: $(tail -n 1 "$results/int8.$shape.log")"
  timeout 100 python3 evals/bench/gpu_torch.py --shape "$shape" >"$results/torch.$shape.json" 2>"$results/torch.$shape.log" ||
    echo "gpu_torch.py --shape $shape: $(tail -n 1 "$results/torch.$shape.log")"
done
python3 evals/bench/gpu_table.py "$results" ${shapes//,/ }
echo "took $((SECONDS - started)) s; everything is in $results"
