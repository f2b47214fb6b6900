// Arguments to try a function with, made from the types of its parameters: limits, usual values, and text of
// the shapes that programs look for. Pure functions, deterministic.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "adapters/signature.h"
#include "grammar/syntax.h"

namespace espalier {

/// Constants of a function's body: values that it compares its arguments with, more often than not.
struct InputHints {
  std::vector<std::string> texts;     ///< of strings and characters, without quotes
  std::vector<std::string> integers;  ///< in decimal
};
InputHints HintsIn(Language language, const std::string& source, const Signature& function);

/// Up to `most` calls of the function, as expressions; none where a type is one of the program's own. A
/// parameter without a type gets values of several.
std::vector<std::string> CallsFor(Language language, const Signature& function, size_t most, uint64_t seed,
                                  const InputHints& hints = {});

}  // namespace espalier
