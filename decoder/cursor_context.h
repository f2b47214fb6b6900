// Whether the cursor is where a person writes prose: in a comment or in a string. Pure functions.
#pragma once

#include <cstdint>
#include <string_view>

#include "grammar/syntax.h"

namespace espalier {

/// True inside a comment, and at the end of a line comment, where typing continues it.
bool CursorInComment(const SyntaxTree& tree, std::string_view document, uint32_t cursor);

/// True inside the text of a string literal; code interpolated into one does not count.
bool CursorInString(const SyntaxTree& tree, uint32_t cursor);

}  // namespace espalier
