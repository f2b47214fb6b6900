// Text as HTML. Pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "grammar/syntax.h"

namespace espalier {

/// Safe between tags and inside of quoted attributes. Bytes that are no UTF-8 become U+FFFD.
std::string EscapeHtml(std::string_view text);

/// Something to see at a place in code.
struct CodeMark {
  uint32_t offset = 0;
  std::string title;
};

/// Code as spans with the classes k (keyword), s (string), c (comment), n (number) and f (name of a function
/// where it is defined or called), by the tree of the language's grammar. Text that does not parse is
/// coloured as far as its tree says. Marks, in ascending order, become empty spans of the class refused.
std::string HighlightHtml(Language language, std::string_view code, std::span<const CodeMark> marks = {});

}  // namespace espalier
