// Lines of text, for adapters and for those who read what people and models write.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace espalier {

inline std::string_view TrimmedLeft(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n\f\v");
  return begin == std::string_view::npos ? std::string_view() : text.substr(begin);
}

inline std::string_view TrimmedRight(std::string_view text) {
  return text.substr(0, text.find_last_not_of(" \t\r\n\f\v") + 1);
}

inline std::string_view Trimmed(std::string_view text) { return TrimmedLeft(TrimmedRight(text)); }

/// Without line ends.
inline std::vector<std::string_view> SplitLines(std::string_view text) {
  std::vector<std::string_view> lines;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(TrimmedRight(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return lines;
}

/// Runs of white space become one blank.
inline std::string OneLine(std::string_view text) {
  std::string line;
  for (const char c : Trimmed(text)) {
    const bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!space) line += c;
    if (space && line.back() != ' ') line += ' ';
  }
  return line;
}

/// Lines joined again, without blank ones at both ends and without the indentation that all have.
std::string Dedented(std::vector<std::string_view> lines);

}  // namespace espalier
