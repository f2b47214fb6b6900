// Internal to adapters/: runs a test file in GoogleTest, for C and C++, and tells which lines of the file
// under test were executed (gcov).
#pragma once

#include <string_view>

#include "adapters/test_recipe.h"

namespace espalier {

/// A test file that does not include the file under test is linked with it; that is C, then.
inline constexpr std::string_view kRunGoogleTest = R"sh(
echo '#include <gtest/gtest.h>' | g++ -E -x c++ - > /dev/null 2>&1 || exit 77
objects=
if ! grep -q "include \"$1\"" "$2"; then
  gcc -std=gnu17 -g --coverage -Dmain=program_main -c -o under_test.o "$1" || exit 1
  objects=under_test.o
fi
g++ -std=c++20 -g --coverage -o tested "$2" $objects -lgtest -lgtest_main -pthread -lm || exit 1
./tested > log 2>&1
status=$?
cat log
sed -n -e 's/^\[       OK \] \([^ ]*\).*/pass \1/p' -e 's/^\[  FAILED  \] \([^ ]*\) (.*/fail \1/p' log > results
gcov -t *.gcda 2> /dev/null | awk -F: -v file="$1" '
  $2 + 0 == 0 && $3 == "Source" { inside = ($4 == file) }
  inside && $2 + 0 > 0 { gsub(/[ *]/, "", $1); if ($1 != "-") print $2 + 0, ($1 ~ /[#=]/ ? 0 : $1 + 0) }' > coverage
exit $status
)sh";

inline constexpr TestRecipe kGoogleTest = {
    .script = kRunGoogleTest,
    .install_hint = "apt-get install libgtest-dev g++",
};

}  // namespace espalier
