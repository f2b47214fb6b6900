#!/bin/sh
# Runs neovim_test.lua; exits with 77 ("skipped") and says why when something it needs is not there.
#   run_neovim_test.sh SOURCE_DIR ESPALIER_PROGRAM [NVIM_LAUNCHER]
set -u
source_dir=$1
espalier=$2
nvim=${3:-nvim}
models=${ESPALIER_MODELS:-${XDG_CACHE_HOME:-$HOME/.cache}/espalier/models}
model=$models/qwen2.5-coder-0.5b-instruct-q4_k_m.gguf

command -v "$nvim" >/dev/null 2>&1 || { echo "skipped: there is no '$nvim' (Debian: apt-get install neovim)"; exit 77; }
if [ -f "$model" ]; then
  writes=sense
else
  echo "note: without $model only the exchange of messages is tested, with a random model"
  model=$source_dir/tests/data/tiny/qwen2-k.gguf
  writes=nonsense
fi

state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
# The user's own configuration, plugins and logs stay out of it.
exec_env="XDG_CONFIG_HOME=$state XDG_DATA_HOME=$state XDG_STATE_HOME=$state NVIM_LOG_FILE=$state/log"
env $exec_env ESPALIER="$espalier" ESPALIER_MODEL="$model" ESPALIER_MODEL_WRITES="$writes" \
  ESPALIER_SOURCE="$source_dir" ESPALIER_NVIM="$nvim" \
  "$nvim" --headless -u NONE -i NONE -n -c "luafile $source_dir/tests/e2e/neovim_test.lua" -c cq!  # when it did not come to its end
