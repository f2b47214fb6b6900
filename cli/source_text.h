// Files and positions as people name them: FILE:LINE:COLUMN, both from 1, columns in characters
// (Unicode code points). Pure functions, except ReadSource and ReadBytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace espalier {

/// A line and a column, both from 1. The column after the last character of a line is valid.
struct LineColumn {
  uint32_t line = 1;
  uint32_t column = 1;
  bool operator==(const LineColumn&) const = default;
};

struct SourceTarget {
  std::string file;  ///< "-" = standard input
  LineColumn position;
};

/// Splits "FILE:LINE:COLUMN" at its last two colons. Errors: kInvalidArgument.
Result<SourceTarget> ParseTarget(std::string_view text);

/// Reads a text file, or standard input for "-". Errors: kNotFound, kIo (directory, permission),
/// kUnsupported (over `max_bytes`, not UTF-8); every message names the file and says what to do.
Result<std::string> ReadSource(const std::string& file, uint64_t max_bytes);
/// The same for bytes that need not be UTF-8.
Result<std::string> ReadBytes(const std::string& file, uint64_t max_bytes);

/// Byte offset of a position. A line ends before "\n" or "\r\n". Errors: kInvalidArgument, with the
/// range that would be valid.
Result<uint32_t> ByteOffset(std::string_view document, LineColumn position);
/// The position of a byte offset <= document.size().
LineColumn PositionAt(std::string_view document, uint32_t offset);

}  // namespace espalier
