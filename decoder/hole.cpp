#include "decoder/hole.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace espalier {
namespace {

constexpr uint32_t kTabColumns = 4;

std::string_view WithoutCr(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// The first line of `text` that is not blank, or an empty one.
std::string_view FirstCodeLine(std::string_view text) {
  while (!text.empty()) {
    const size_t newline = text.find('\n');
    const std::string_view line = text.substr(0, newline);
    if (!IsBlank(line)) return line;
    text = newline == std::string_view::npos ? std::string_view() : text.substr(newline + 1);
  }
  return text;
}

// Does the line open (or continue) a control structure, not a function or class?
bool IsControlHeader(std::string_view line) {
  constexpr std::array<std::string_view, 19> kWords = {
      "if",    "else",   "elif",    "for",  "while", "do",   "switch", "case",   "default",     "try",
      "catch", "except", "finally", "with", "match", "loop", "select", "unsafe", "synchronized"};
  size_t begin = line.find_first_not_of(" \t})]");
  if (begin == std::string_view::npos) return true;
  const std::string_view code = line.substr(begin);
  return std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) {
    return code.starts_with(word) &&
           (code.size() == word.size() || std::isalnum(static_cast<unsigned char>(code[word.size()])) == 0);
  });
}

// Goes up from line to less indented line until one is no control structure. `depth` is the cursor's.
uint32_t FunctionDepth(std::string_view before, uint32_t depth) {
  while (!before.empty() && depth > 0) {
    const size_t newline = before.rfind('\n');
    const std::string_view line = newline == std::string_view::npos ? before : before.substr(newline + 1);
    before = newline == std::string_view::npos ? std::string_view() : before.substr(0, newline);
    if (IsBlank(line) || IndentationOf(line) >= depth) continue;
    depth = IndentationOf(line);
    if (!IsControlHeader(line)) return depth + 1;
  }
  return 0;
}

// How deep the cursor is: its line's indentation, or what the line above asks for.
uint32_t DepthAt(const Hole& hole, std::string_view above) {
  const uint32_t own = IndentationOf(hole.line_before);
  const size_t code_end = above.find_last_not_of(" \t\r\n");
  if (!hole.blank_before() || code_end == std::string_view::npos) return own;
  const size_t newline = above.rfind('\n', code_end);
  const uint32_t line_above =
      IndentationOf(newline == std::string_view::npos ? above : above.substr(newline + 1));
  const bool opens_body = std::string_view("{:([").find(above[code_end]) != std::string_view::npos;
  return std::max(own, opens_body ? line_above + 1 : line_above);
}

}  // namespace

bool Hole::blank_before() const { return IsBlank(line_before); }
bool Hole::blank_after() const { return IsBlank(line_after); }
bool Hole::only_closers_after() const {
  return line_after.find_first_not_of(")]}>\"'`;, \t") == std::string_view::npos;
}

Hole MakeHole(std::string_view document, uint32_t cursor, const Adapter& adapter, std::string suffix) {
  Hole hole;
  hole.document = document;
  hole.cursor = cursor;
  hole.adapter = &adapter;
  hole.suffix = std::move(suffix);
  const std::string_view before = document.substr(0, cursor), after = document.substr(cursor);
  const size_t line = before.rfind('\n');
  hole.line_before = line == std::string_view::npos ? before : before.substr(line + 1);
  hole.line_after = WithoutCr(after.substr(0, after.find('\n')));
  const std::string_view above = before.substr(0, before.size() - hole.line_before.size());
  hole.function_depth = FunctionDepth(above, DepthAt(hole, above));
  const size_t first_newline = document.find('\n');
  hole.crlf =
      first_newline != std::string_view::npos && first_newline > 0 && document[first_newline - 1] == '\r';

  hole.depth_below =
      IndentationOf(FirstCodeLine(hole.before_a_line() ? document.substr(cursor - hole.line_before.size())
                                                       : after.substr(hole.line_after.size())));
  return hole;
}

TopLevelRange TopLevelAround(std::string_view document, uint32_t from, uint32_t to) {
  const auto starts_construct = [document](size_t line) {
    return line < document.size() &&
           std::string_view(" \t\r\n)]}").find(document[line]) == std::string_view::npos;
  };
  const auto line_start = [document](size_t at) {
    const size_t newline = at == 0 ? std::string_view::npos : document.rfind('\n', at - 1);
    return newline == std::string_view::npos ? 0 : newline + 1;
  };
  size_t begin = line_start(from);
  while (begin > 0 && !starts_construct(begin)) begin = line_start(begin - 1);
  size_t end = to;
  while (end < document.size()) {
    const size_t newline = document.find('\n', end);
    end = newline == std::string_view::npos ? document.size() : newline + 1;
    if (starts_construct(end)) break;
  }
  return {static_cast<uint32_t>(begin), static_cast<uint32_t>(end)};
}

uint32_t NormalizeCursor(std::string_view document, uint32_t cursor) {
  const auto splits_code_point = [&](uint32_t at) {
    return at > 0 && at < document.size() && (static_cast<unsigned char>(document[at]) & 0xC0) == 0x80;
  };
  while (splits_code_point(cursor)) --cursor;
  const bool in_line_end =
      cursor > 0 && cursor < document.size() && document[cursor - 1] == '\r' && document[cursor] == '\n';
  return in_line_end ? cursor - 1 : cursor;
}

uint32_t IndentationOf(std::string_view line) {
  uint32_t columns = 0;
  for (char c : line) {
    if (c == ' ') {
      ++columns;
    } else if (c == '\t') {
      columns += kTabColumns - columns % kTabColumns;
    } else {
      break;
    }
  }
  return columns;
}

bool IsBlank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

}  // namespace espalier
