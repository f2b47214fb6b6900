#include "lsp/position.h"

#include <algorithm>

#include "base/utf8.h"

namespace espalier::lsp {
namespace {

// Bytes of the character at text[at]; 1 for a byte of no valid sequence.
uint32_t CharacterBytes(std::string_view text, size_t at) {
  return static_cast<uint32_t>(std::max<size_t>(1, Utf8SequenceLength(text.substr(at))));
}

uint32_t UnitsOfCharacter(uint32_t bytes, PositionEncoding encoding) {
  switch (encoding) {
    case PositionEncoding::kUtf8:
      return bytes;
    case PositionEncoding::kUtf16:
      return bytes == 4 ? 2 : 1;
    case PositionEncoding::kUtf32:
      return 1;
  }
  return 1;
}

// A line starts at `at` (> 0) when a terminator ends just before it.
bool IsLineStart(std::string_view text, size_t at) {
  const char before = text[at - 1];
  return before == '\n' || (before == '\r' && (at == text.size() || text[at] != '\n'));
}

}  // namespace

uint32_t CountUnits(std::string_view text, PositionEncoding encoding) {
  uint32_t units = 0;
  for (size_t at = 0; at < text.size();) {
    const uint32_t bytes = CharacterBytes(text, at);
    units += UnitsOfCharacter(bytes, encoding);
    at += bytes;
  }
  return units;
}

uint32_t BytesOfUnits(std::string_view text, uint32_t units, PositionEncoding encoding) {
  size_t at = 0;
  uint32_t counted = 0;
  while (at < text.size()) {
    const uint32_t bytes = CharacterBytes(text, at);
    const uint32_t next = counted + UnitsOfCharacter(bytes, encoding);
    if (next > units) break;
    counted = next;
    at += bytes;
  }
  return static_cast<uint32_t>(at);
}

LineIndex::LineIndex(std::string_view text) : starts_{0} {
  for (size_t at = 1; at <= text.size(); ++at) {
    if (IsLineStart(text, at)) starts_.push_back(static_cast<uint32_t>(at));
  }
}

std::string_view LineIndex::Line(std::string_view text, uint32_t line) const {
  const size_t begin = starts_[line];
  size_t end = line + 1 < starts_.size() ? starts_[line + 1] : text.size();
  if (line + 1 < starts_.size()) {
    const bool two_bytes = text[end - 1] == '\n' && end - 1 > begin && text[end - 2] == '\r';
    end -= two_bytes ? 2 : 1;
  }
  return text.substr(begin, end - begin);
}

uint32_t LineIndex::OffsetAt(std::string_view text, Position position, PositionEncoding encoding) const {
  if (position.line >= line_count()) return static_cast<uint32_t>(text.size());
  return starts_[position.line] + BytesOfUnits(Line(text, position.line), position.character, encoding);
}

Position LineIndex::PositionAt(std::string_view text, uint32_t offset, PositionEncoding encoding) const {
  const auto after = std::upper_bound(starts_.begin(), starts_.end(), offset);
  const auto line = static_cast<uint32_t>(after - starts_.begin()) - 1;
  const std::string_view content = Line(text, line);
  // Whole characters before the offset: an offset inside a character counts as the character's start.
  const uint32_t bytes = BytesOfUnits(content, offset - starts_[line], PositionEncoding::kUtf8);
  return {line, CountUnits(content.substr(0, bytes), encoding)};
}

void LineIndex::Update(std::string_view new_text, uint32_t begin, uint32_t end, uint32_t inserted) {
  // Whether a line starts at s depends on bytes s-1 and s alone: starts before `begin` and after `end`
  // stay (the latter shifted), those between are looked for again, both seams included.
  const auto first = std::lower_bound(starts_.begin() + 1, starts_.end(), begin);
  const auto last = std::upper_bound(first, starts_.end(), end);
  std::vector<uint32_t> fresh;
  for (uint32_t at = std::max(begin, 1u); at <= begin + inserted && at <= new_text.size(); ++at) {
    if (IsLineStart(new_text, at)) fresh.push_back(at);
  }
  const uint32_t shift = inserted - (end - begin);  // modulo 2^32: a smaller text shifts back
  for (auto it = last; it != starts_.end(); ++it) *it += shift;
  const auto at = starts_.erase(first, last);
  starts_.insert(at, fresh.begin(), fresh.end());
}

}  // namespace espalier::lsp
