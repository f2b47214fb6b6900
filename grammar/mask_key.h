// Internal to grammar/: what a mask depends on, as bytes: equal keys, equal masks.
#pragma once

#include <string>

#include "grammar/recogniser.h"

namespace espalier {

/// The lexeme that is under way in `head`: what its lexer knows, not where it stands.
std::string LexemeKey(Recogniser& recogniser, const Head& head);

/// The states of the head's stack down to `stack_depth` below its top, and the last `text_back` bytes of the
/// text with the places that the lexeme remembers there. Empty when that is too long to be of use.
std::string SurroundingsKey(const Recogniser& recogniser, const Head& head, uint32_t stack_depth,
                            uint32_t text_back);

}  // namespace espalier
