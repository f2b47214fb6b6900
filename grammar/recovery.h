// Reading on where a user's text is not what the grammar accepts: macros that the grammar does not know, code
// that is being edited. Only for text that is there already; what a model writes never needs it.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "grammar/recogniser.h"

namespace espalier {

/// A place in the text where the reading was mended.
struct Recovery {
  uint32_t at = 0;       ///< byte of the text, counted from its beginning
  uint32_t popped = 0;   ///< states taken from the parser's stack
  uint32_t skipped = 0;  ///< bytes that were passed over
};

/// Takes all of `text`, as Recogniser::Advance does, and where that ends, goes on with the cheapest change to
/// the parser's stack (states popped, words passed over) behind which the next few dozen bytes can be read:
/// panic mode (Aho, Sethi, Ullman, section 4.1), with a look ahead. Errors are none: returns the changes that
/// were made, or nullopt when there was no way to go on, or too many were needed; the recogniser is dead
/// then.
std::optional<std::vector<Recovery>> AdvanceWithRecovery(Recogniser& recogniser, std::string_view text);

}  // namespace espalier
