#!/usr/bin/env bash
# clang-format over the C++ sources that git knows: scripts/format.sh [--check]
set -euo pipefail
cd "$(dirname "$0")/.."
mapfile -t files < <(git ls-files --cached --others --exclude-standard '*.cpp' '*.h' '*.cu' '*.cuh' | grep -v -e '^tests/data/' -e '^examples/')  # whose holes are blanks at a line's end
if [[ ${1:-} == --check ]]; then
  clang-format-14 --dry-run --Werror "${files[@]}"
  echo "format: ${#files[@]} files are formatted"
else
  clang-format-14 -i "${files[@]}"
  echo "format: ${#files[@]} files formatted; next: git diff"
fi
