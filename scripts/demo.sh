#!/usr/bin/env bash
# The demonstration behind `make demo`: fetches the 0.5B model and fills the hole in two real files.
set -euo pipefail
cd "$(dirname "$0")/.."
espalier=build/release/espalier
model=qwen2.5-coder-0.5b

"$espalier" model pull "$model"

# The hole of an example is its one line of nothing but blanks; the cursor stands at that line's end.
complete_hole() {
  local hole line
  hole=$(grep -n -m 1 '^ \+$' "$1") || { echo "demo: $1 has lost its hole, a line of blanks: git checkout $1" >&2; exit 1; }
  line=${hole%%:*}
  hole=${hole#*:}
  printf '\n$ espalier complete %s:%s:%s --show\n' "$1" "$line" $((${#hole} + 1))
  "$espalier" complete "$1:$line:$((${#hole} + 1))" --model "$model" --show
}

complete_hole examples/lru_cache.py
complete_hole examples/interval_merger.cpp

cat << TEXT

make demo: built $espalier, fetched $model (once) and filled the hole in examples/lru_cache.py and
examples/interval_merger.cpp; each answer was checked with the language's parser before it was shown.
Next: complete your own code:  $espalier complete FILE:LINE:COLUMN --show
      or describe some:        $espalier generate --lang python "a function that parses ISO dates"
      or look around:          $espalier --help
TEXT
