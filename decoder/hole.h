// The place in a document where a completion goes: what stands left and right of the cursor, and how the
// code around it is laid out. Immutable after MakeHole; thread-safe. The document must stay alive.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "adapters/adapter.h"

namespace espalier {

struct Hole {
  std::string_view document;
  uint32_t cursor = 0;
  const Adapter* adapter = nullptr;

  std::string_view line_before;  ///< the cursor's line, left of it
  std::string_view line_after;   ///< the cursor's line, right of it, without the line end
  std::string suffix;            ///< what follows the cursor, as far as the model saw it, with LF line ends
  uint32_t depth_below = 0;      ///< indentation of the first line below that is not blank; 0 at the end
  uint32_t function_depth =
      0;              ///< indentation, at least, of the body of the function or class around; 0 outside
  bool crlf = false;  ///< the document's lines end in CRLF

  /// Nothing but white space left (right) of the cursor on its line.
  bool blank_before() const;
  bool blank_after() const;
  /// Only closing brackets, quotes and separators stand right of the cursor on its line: what an editor
  /// inserts by itself when they are opened.
  bool only_closers_after() const;
  /// The completion consists of whole lines that go before the line that the cursor is on.
  bool before_a_line() const { return blank_before() && !blank_after(); }
};

/// REQUIRES: cursor <= document.size(), normalized (see below).
Hole MakeHole(std::string_view document, uint32_t cursor, const Adapter& adapter, std::string suffix);

/// Bytes [begin, end) of the document that are the top-level construct around [from, to): from the last
/// line above that is not indented to the next one below, closing brackets included.
struct TopLevelRange {
  uint32_t begin = 0;
  uint32_t end = 0;
};
TopLevelRange TopLevelAround(std::string_view document, uint32_t from, uint32_t to);

/// The cursor, moved to the left if it splits a code point or stands between CR and LF.
uint32_t NormalizeCursor(std::string_view document, uint32_t cursor);

/// Columns of white space at the beginning of a line; a tab counts to the next multiple of 4 (only
/// comparisons within one file matter).
uint32_t IndentationOf(std::string_view line);

/// Nothing but white space.
bool IsBlank(std::string_view text);

}  // namespace espalier
