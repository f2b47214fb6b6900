// How a test file in a language's usual framework is run: a shell script and its files, no code.
// testgen/framework_run.h follows it, inside the sandbox; nothing here runs anything.
#pragma once

#include <span>
#include <string_view>

#include "adapters/recipe.h"

namespace espalier {

/// A script ends with this status where the framework is not installed.
inline constexpr int kFrameworkMissing = 77;

struct TestRecipe {
  /// For sh, in a folder with the file under test ("$1") and the test file ("$2"). It writes into that folder
  ///   results    "pass NAME" or "fail NAME", a line for each test that ran
  ///   coverage   "LINE COUNT" or "FIRST LAST COUNT", for lines of "$1" that can be executed; may be missing
  /// and may end with any status; what it prints is shown where a test fails or nothing ran.
  std::string_view script;
  std::span<const RecipeFile> files = {};  ///< beside the two
  std::string_view install_hint = {};      ///< how to get the framework
};

}  // namespace espalier
