// Internal to adapters/: matching one line against a pattern of diagnostics.h.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "adapters/diagnostics.h"

namespace espalier {

/// What a pattern's places stood for, as views into the line.
struct LineParts {
  std::string_view file, line, column, severity, code, message;
};

/// Work that may be spent on a whole text, so that none can be made that takes long. Real output needs a
/// small part of it; when it is used up, nothing fits any more.
struct MatchBudget {
  size_t steps = 20'000'000;
};

/// The parts of `line`, if it fits `pattern` as a whole.
std::optional<LineParts> MatchLine(std::string_view pattern, std::string_view line, MatchBudget& budget);

/// kNote for "note" and "help", kWarning for "warning", else kError.
Severity SeverityOf(std::string_view word);

}  // namespace espalier
