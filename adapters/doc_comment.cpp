#include "adapters/doc_comment.h"

#include <algorithm>
#include <utility>

#include "adapters/text_lines.h"

namespace espalier {
namespace {

size_t Indentation(std::string_view line) { return std::min(line.find_first_not_of(" \t"), line.size()); }

bool IsBlank(std::string_view line) { return Trimmed(line).empty(); }

/// A line without the sign of a line comment; false when it has none.
bool DropLineSign(std::string_view& line) {
  const std::string_view text = TrimmedLeft(line);
  for (std::string_view sign : {"///", "//!", "//", "#:", "#"}) {
    if (!text.starts_with(sign)) continue;
    line = text.substr(sign.size());
    return true;
  }
  return false;
}

/// The inside of "/* ... */" line by line, without the stars that lines begin with.
void AddBlock(std::string_view inside, std::vector<std::string_view>& lines) {
  while (inside.starts_with('*') || inside.starts_with('!')) inside.remove_prefix(1);
  while (inside.ends_with('*')) inside.remove_suffix(1);
  const std::vector<std::string_view> block = SplitLines(inside);
  const bool starred = std::all_of(block.begin() + 1, block.end(), [](std::string_view line) {
    return IsBlank(line) || TrimmedLeft(line).starts_with('*');
  });
  for (size_t i = 0; i < block.size(); ++i) {
    std::string_view line = block[i];
    if (i == 0) line = TrimmedLeft(line);
    if (i > 0 && starred && !IsBlank(line)) line = TrimmedLeft(line).substr(1);
    if (line.starts_with(' ') && (i == 0 || starred)) line.remove_prefix(1);
    lines.push_back(line);
  }
}

}  // namespace

std::string Dedented(std::vector<std::string_view> lines) {
  while (!lines.empty() && IsBlank(lines.front())) lines.erase(lines.begin());
  while (!lines.empty() && IsBlank(lines.back())) lines.pop_back();
  size_t common = std::string_view::npos;
  for (std::string_view line : lines) {
    if (!IsBlank(line)) common = std::min(common, Indentation(line));
  }
  std::string text;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) text += '\n';
    if (!IsBlank(lines[i])) text += TrimmedRight(lines[i].substr(common));
  }
  return text;
}

std::string PlainComment(std::string_view comment) {
  std::vector<std::string_view> lines;
  while (!comment.empty()) {
    comment = TrimmedLeft(comment);
    if (comment.starts_with("/*")) {
      const size_t end = std::min(comment.find("*/", 2), comment.size());
      AddBlock(comment.substr(2, end - 2), lines);
      comment.remove_prefix(std::min(end + 2, comment.size()));
      continue;
    }
    const size_t end = std::min(comment.find('\n'), comment.size());
    std::string_view line = comment.substr(0, end);
    DropLineSign(line);
    if (!comment.empty()) lines.push_back(line);
    comment.remove_prefix(std::min(end + 1, comment.size()));
  }
  return Dedented(std::move(lines));
}

std::string PlainDocstring(std::string_view literal) {
  const size_t quote = literal.find_first_of("\"'");
  if (quote == std::string_view::npos) return {};
  literal.remove_prefix(quote);
  const bool is_long = literal.starts_with("\"\"\"") || literal.starts_with("'''");
  const size_t width = is_long ? 3 : 1;
  if (literal.size() < 2 * width) return {};
  const std::string_view inside = literal.substr(width, literal.size() - 2 * width);
  const std::vector<std::string_view> lines = SplitLines(inside);
  const std::string first(Trimmed(lines.front()));
  const std::string rest = Dedented({lines.begin() + 1, lines.end()});
  // The lines behind the first are indented like the body; the first stands behind the quotes.
  if (first.empty() || rest.empty()) return first + rest;
  const bool gap = lines.size() > 1 && IsBlank(lines[1]);
  return first + (gap ? "\n\n" : "\n") + rest;
}

}  // namespace espalier
