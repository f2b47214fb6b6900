// Closing what a cut-off completion leaves open: by brackets, counted in a light scan of the text that knows
// strings and comments only roughly, or by the grammar. The caller checks the result with the parser.
// Pure functions, thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/adapter.h"

namespace espalier {

/// The text that closes, innermost first, the brackets that `before` opens and `after` does not close: a
/// brace on a line of its own, indented as the line that opened it, other brackets in place. nullopt when
/// nothing is open, or more than a person would want to be closed for them.
std::optional<std::string> ClosersFor(std::string_view before, std::string_view after,
                                      const Adapter& adapter);

/// The text between `before` and `after` with which the whole is accepted by the language's grammar, as a
/// person would lay it out: a closing brace on a line of its own. Candidates, the first to be preferred (the
/// caller checks them); empty when there is no short one, or nothing is open. Costs some milliseconds.
std::vector<std::string> GrammarClosersFor(std::string_view before, std::string_view after,
                                           const Adapter& adapter);

/// True when each bracket of `text` has its counterpart.
bool BracketsBalance(std::string_view text, const Adapter& adapter);

}  // namespace espalier
