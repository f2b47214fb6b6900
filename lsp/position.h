// Byte offsets and LSP positions, and nothing else: the one place where text is counted in code units.
// A position is a line and a character, counted in UTF-8, UTF-16 or UTF-32 code units as negotiated;
// everything else in Espalier works on byte offsets of UTF-8 text. Lines end with "\n", "\r\n" or a
// lone "\r" and a line's terminator is not part of it, so no position lies inside "\r\n".
//
// Rules, for any input: a line past the end is the end of the text; a character past the end of a line
// is the end of that line; a position or offset inside a character is the character's start; a byte
// that belongs to no valid UTF-8 sequence is one character of one unit in every encoding.
//
// Values; const functions may run on any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>
#include <vector>

namespace espalier::lsp {

/// The unit that `Position::character` counts.
enum class PositionEncoding { kUtf8, kUtf16, kUtf32 };

struct Position {
  uint32_t line = 0;       ///< from 0
  uint32_t character = 0;  ///< code units from the start of the line
  friend auto operator<=>(const Position&, const Position&) = default;
};

/// Half-open: `end` is not part of it.
struct Range {
  Position start;
  Position end;
  friend bool operator==(const Range&, const Range&) = default;
};

/// Length of `text` in code units of `encoding`.
uint32_t CountUnits(std::string_view text, PositionEncoding encoding);

/// Bytes of the longest run of whole characters at the start of `text` that has at most `units` units.
uint32_t BytesOfUnits(std::string_view text, uint32_t units, PositionEncoding encoding);

/// Where the lines of one text start. Every function takes the text itself again: the index does not
/// own it. REQUIRES: the text is the one the index was built for (or edited to), below 4 GiB.
class LineIndex {
 public:
  explicit LineIndex(std::string_view text = {});

  uint32_t line_count() const { return static_cast<uint32_t>(starts_.size()); }
  /// Bytes of a line without its terminator. REQUIRES: line < line_count().
  std::string_view Line(std::string_view text, uint32_t line) const;

  uint32_t OffsetAt(std::string_view text, Position position, PositionEncoding encoding) const;
  Position PositionAt(std::string_view text, uint32_t offset, PositionEncoding encoding) const;

  /// Follows the replacement of bytes [begin, end) by `inserted` bytes; `new_text` is the text after it.
  void Update(std::string_view new_text, uint32_t begin, uint32_t end, uint32_t inserted);

  friend bool operator==(const LineIndex&, const LineIndex&) = default;

 private:
  std::vector<uint32_t> starts_;  ///< ascending; starts_[0] == 0
};

}  // namespace espalier::lsp
