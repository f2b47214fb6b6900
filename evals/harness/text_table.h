// Tables for terminals and in Markdown. Pure function.
#pragma once

#include <string>
#include <vector>

namespace espalier {

/// Rows of cells, the first of them a heading; columns as wide as they must be. REQUIRES: a row, and rows of
/// one length.
std::string TextTable(const std::vector<std::vector<std::string>>& rows, bool markdown);

}  // namespace espalier
