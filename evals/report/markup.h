// Text as HTML. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "grammar/syntax.h"

namespace espalier {

/// Safe between tags and inside of quoted attributes. Bytes that are no UTF-8 become U+FFFD.
std::string EscapeHtml(std::string_view text);

/// Code as spans with the classes k (keyword), s (string), c (comment), n (number) and f (name of a function
/// where it is defined or called), by the tree of the language's grammar. Text that does not parse is
/// coloured as far as its tree says.
std::string HighlightHtml(Language language, std::string_view code);

}  // namespace espalier
