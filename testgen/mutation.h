// Mutants of a function: the same code with one small mistake (DeMillo et al. 1978), by the tree of the
// language's grammar. Tests that tell a mutant from the original kill it; the share of mutants killed says
// how much tests notice. Pure functions, thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/signature.h"
#include "grammar/syntax.h"

namespace espalier {

struct Mutant {
  uint32_t begin = 0;  ///< bytes [begin, end) of the source are replaced
  uint32_t end = 0;
  std::string replacement;
  uint32_t line = 0;        ///< from 1
  std::string description;  ///< "`<` became `<=`"

  std::string Apply(std::string_view source) const;
};

/// All mutants of the body of `function` that parse, in document order: relations, arithmetic, boolean
/// operators, constants, negated conditions, deleted statements, other return values. When there are more
/// than `most`, so many of them, spread evenly.
std::vector<Mutant> MutantsOf(Language language, std::string_view source, const Signature& function,
                              size_t most);

}  // namespace espalier
