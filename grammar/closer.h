// The text that closes what a text leaves open. Pure function of its arguments; the recogniser is left as it
// was.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/recogniser.h"

namespace espalier {

struct CloserLimits {
  int most_steps = 400;  ///< of the search; each costs about 0.1 ms
};

/// The pieces of a short text with which the recogniser's text, followed by `suffix`, is accepted: closing
/// brackets, quotes and ends of statements where those are enough, names, numbers and keywords where
/// something is missing. Empty when nothing is to be closed; nullopt when none was found. A best-first
/// search: brackets that close cost least, what is invented costs most.
std::optional<std::vector<std::string>> FindCloser(Recogniser& recogniser, std::string_view suffix,
                                                   const CloserLimits& limits = {});

/// The same as one text.
std::optional<std::string> FindClosingText(Recogniser& recogniser, std::string_view suffix,
                                           const CloserLimits& limits = {});

}  // namespace espalier
