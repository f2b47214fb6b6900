// A few hundred tokens as language models have them: single characters, blanks, brackets, quotes, operators,
// words with and without a space before them, code points whole and in parts.
#pragma once

#include <string_view>
#include <vector>

#include "grammar/vocabulary.h"

namespace espalier {

/// By id; among them an empty one, one with a NUL, and two that are alike.
const std::vector<std::string_view>& SmallTokens();
const Vocabulary& SmallVocabulary();

}  // namespace espalier
