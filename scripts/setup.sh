#!/usr/bin/env bash
# Makes a Debian (bookworm) machine able to build Espalier: installs the packages that are missing,
# and nothing else. Needs root or sudo only when something is missing. Running it again costs well
# under a second.
#
#   scripts/setup.sh           what the build and the tests need
#   scripts/setup.sh --lint    also clang-format and clang-tidy, for `make format` and `make lint`
#   scripts/setup.sh --browser also Chromium, in which the test of the evaluation report looks at it
#   scripts/setup.sh --mpi     also Open MPI's mpirun, under which the evaluation's sharding is tested
#   scripts/setup.sh --cuda    also a CUDA toolkit, unless the machine has one of 12.4 or later: 528 MB
#   scripts/setup.sh --fuzz    also clang and its runtimes, for the libFuzzer programs (tests/fuzz/)
set -euo pipefail
cd "$(dirname "$0")/.."

# command:package, for tools that may also come from somewhere else
tools=(make:make cmake:cmake ninja:ninja-build g++:g++ ccache:ccache git:git pkg-config:pkg-config
       python3:python3 node:nodejs npm:npm nvim:neovim
       bwrap:bubblewrap)
libraries=(libpcre2-dev nlohmann-json3-dev libboost1.81-dev libboost-context1.81-dev libcli11-dev libtomlplusplus-dev libfmt-dev
           libspdlog-dev libssl-dev libzip-dev libexpected-dev libgtest-dev libgmock-dev libbenchmark-dev
           libseccomp-dev libsqlite3-dev)
if [[ ${1:-} == --lint ]]; then
  tools+=(clang-format-14:clang-format-14 clang-tidy-14:clang-tidy-14)
elif [[ ${1:-} == --browser ]]; then
  tools+=(chromium:chromium)
elif [[ ${1:-} == --mpi ]]; then
  tools+=(mpirun:openmpi-bin)
elif [[ ${1:-} == --fuzz ]]; then
  tools+=(clang++-14:clang-14)
  libraries+=(libclang-rt-14-dev)
fi

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

missing=()
for entry in "${tools[@]}"; do
  command -v "${entry%%:*}" > /dev/null || missing+=("${entry#*:}")
done
# `model pull` and the size report use pip; a Python from elsewhere brings its own.
if ! python3 -c 'import pip' > /dev/null 2>&1; then missing+=(python3-pip); fi
if ! python3 -c 'import ensurepip' > /dev/null 2>&1; then missing+=(python3-venv); fi

# Tests that Espalier writes are tried in the frameworks that they are for: pytest, and JUnit with JaCoCo where Java is.
if ! python3 -c 'import pytest' > /dev/null 2>&1; then missing+=(python3-pytest); fi
if command -v javac > /dev/null; then libraries+=(junit5 libjacoco-java); fi

if command -v dpkg-query > /dev/null; then
  installed=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "${libraries[@]}" 2> /dev/null || true)
  for library in "${libraries[@]}"; do
    grep -qx "$library installed" <<< "$installed" || missing+=("$library")
  done
else
  say "this is not Debian: install what these packages hold by hand: ${libraries[*]}"
fi

if ((${#missing[@]} > 0)); then
  command -v apt-get > /dev/null || fail "missing: ${missing[*]}; install them with your package manager"
  as_root=()
  if [[ $(id -u) != 0 ]]; then
    command -v sudo > /dev/null || fail "missing: ${missing[*]}; run as root: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  say "installing ${missing[*]}"
  log=$(mktemp)
  if ! { "${as_root[@]}" apt-get update -q &&
         "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"; } > "$log" 2>&1; then
    tail -n 20 "$log" >&2
    fail "apt-get failed (its last lines are above); check the network and /etc/apt/sources.list, then run this again"
  fi
  rm -f "$log"
fi

# lizard measures function sizes for the size budget. Without it that one test is skipped.
if [[ ! -x .deps/python/bin/lizard ]] && ! command -v lizard > /dev/null; then
  say "fetching lizard into .deps/python"
  { python3 -m venv .deps/python && .deps/python/bin/pip install -q lizard==1.24.0; } > /dev/null 2>&1 ||
    say "could not fetch lizard; the size budget will not be checked"
fi
# TypeScript programs are built with its compiler, which no package of Debian 12 has in this version. Without it
# their tests are skipped.
typescript=tests/testgen/typescript
if ! cmp -s $typescript/package-lock.json .deps/typescript/package-lock.json; then
  say "fetching the TypeScript compiler into .deps/typescript"
  mkdir -p .deps/typescript
  cp $typescript/package.json $typescript/package-lock.json .deps/typescript/
  npm ci --prefix .deps/typescript --ignore-scripts --no-audit --no-fund > /dev/null 2>&1 ||
    { rm -f .deps/typescript/package-lock.json; say "could not fetch TypeScript; its tests will be skipped"; }
fi
# The wheels are laid out as nvcc finds its parts but for two names.
newest_cuda() {
  local nvcc
  for nvcc in "$(command -v nvcc || true)" /usr/local/cuda/bin/nvcc; do
    [[ -x $nvcc ]] && "$nvcc" --version | sed -n 's/.*release \([0-9]*\.[0-9]*\).*/\1/p'
  done | sort -V | tail -n 1
}
cuda=third_party/cuda-requirements.txt
if [[ ${1:-} == --cuda ]] && ! cmp -s $cuda .deps/cuda/requirements.txt; then
  if printf '12.4\n%s\n' "$(newest_cuda)" | sort -V -C; then
    say "the CUDA toolkit of this machine will do"
  else
    say "fetching a CUDA toolkit into .deps/cuda (528 MB)"
    rm -rf .deps/cuda
    log=$(mktemp)
    if ! python3 -m pip install -q --no-deps --require-hashes --no-compile --target .deps/cuda -r $cuda > "$log" 2>&1; then
      tail -n 5 "$log" >&2
      fail "could not fetch CUDA; everything else works without it"
    fi
    rm -f "$log"
    root=.deps/cuda/nvidia/cu13
    ln -sfn lib $root/lib64
    for library in cublas cublasLt cudart; do ln -sf lib$library.so.13 $root/lib/lib$library.so; done
    cp $cuda .deps/cuda/requirements.txt
    touch CMakeLists.txt  # a build that is there already looks for it anew
  fi
fi
say "all there"
