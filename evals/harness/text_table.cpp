#include "evals/harness/text_table.h"

#include <fmt/format.h>

#include <algorithm>

namespace espalier {

std::string TextTable(const std::vector<std::vector<std::string>>& rows, bool markdown) {
  std::vector<size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (size_t r = 0; r < rows.size(); ++r) {
    std::string line = markdown ? "|" : "";
    for (size_t i = 0; i < rows[r].size(); ++i) {
      line += markdown ? fmt::format(" {} |", rows[r][i]) : fmt::format("{:<{}}  ", rows[r][i], widths[i]);
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    if (r == 0 && markdown) {
      text += "|";
      for (size_t i = 0; i < widths.size(); ++i) text += "---|";
      text += "\n";
    }
  }
  return text;
}

}  // namespace espalier
