#!/usr/bin/env bash
# clang-tidy with the checks of .clang-tidy over what is built in build/release. Files that were clean
# and have not changed since are not examined again.
set -euo pipefail
cd "$(dirname "$0")/.."
build=build/release
stamps=$build/lint
mkdir -p "$stamps"
mapfile -t files < <(git ls-files --cached --others --exclude-standard '*.cpp' | grep -Ev '^(tests|evals|third_party)/')

# A file's stamp is the hash of its preprocessed inputs as far as they are ours.
ours=$(git ls-files --cached --others --exclude-standard '*.h' .clang-tidy | xargs sha256sum | sha256sum)
lint_one() {
  local file=$1 stamp
  stamp=$stamps/$(sha256sum - "$file" <<< "$ours" | sha256sum | cut -c1-32)
  [[ -e $stamp ]] && return 0
  clang-tidy-14 --quiet --extra-arg=-Wno-unknown-warning-option -p "$build" "$file" 2> /dev/null || { echo "lint: $file"; return 1; }
  touch "$stamp"
}
export -f lint_one
export stamps ours build
if printf '%s\n' "${files[@]}" | xargs -P "$(nproc)" -I{} bash -c 'lint_one {}'; then
  echo "lint: ${#files[@]} files are clean; next: make test"
else
  echo "lint: findings above; the checks are in .clang-tidy" >&2
  exit 1
fi
