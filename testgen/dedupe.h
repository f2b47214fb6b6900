// Programs that differ only in what means nothing. Pure functions, thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/syntax.h"

namespace espalier {

/// The program as its tree: without comments, documentation and layout. Two programs with the same one do the
/// same. The text itself where it does not parse.
std::string CanonicalProgram(Language language, std::string_view text);

/// A program and the positions at which it stands among others.
struct DistinctProgram {
  std::string text;  ///< as it first appears
  std::vector<uint32_t> at;
};

/// In the order of their first appearance.
std::vector<DistinctProgram> DistinctPrograms(Language language, const std::vector<std::string>& programs);

}  // namespace espalier
