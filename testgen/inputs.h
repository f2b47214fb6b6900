// Arguments to try a function with, made from the types of its parameters: limits, usual values, and text of
// the shapes that programs look for. Pure functions, deterministic.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "adapters/signature.h"
#include "grammar/syntax.h"

namespace espalier {

/// Up to `most` calls of the function, as expressions; none where a type is one of the program's own. A
/// parameter without a type gets values of several.
std::vector<std::string> CallsFor(Language language, const Signature& function, size_t most, uint64_t seed);

}  // namespace espalier
