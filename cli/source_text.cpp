#include "cli/source_text.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>

#include "base/utf8.h"
#include "cli/output.h"

namespace espalier {
namespace {

namespace fs = std::filesystem;

std::optional<uint32_t> ParseOrdinal(std::string_view text) {
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value == 0) return std::nullopt;
  return value;
}

/// Cuts the text after the last ':' off `text`.
std::string_view TakeLastField(std::string_view& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return {};
  const std::string_view field = text.substr(colon + 1);
  text = text.substr(0, colon);
  return field;
}

Status CheckIsReadableFile(const std::string& file) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (status.type() == fs::file_type::not_found) {
    return Fail(ErrorCode::kNotFound, fmt::format("there is no file '{}'; check the path", file));
  }
  if (status.type() == fs::file_type::directory) {
    return Fail(ErrorCode::kIo, fmt::format("'{}' is a directory; name a file", file));
  }
  if (access(file.c_str(), R_OK) != 0) {
    return Fail(ErrorCode::kIo,
                fmt::format("cannot read '{}': {}; check its permissions", file, std::strerror(errno)));
  }
  return {};
}

/// How much is read, and what to do when that is too little.
struct ReadLimit {
  uint64_t bytes;
  std::string_view advice;
};

Status TooLarge(const std::string& file, const ReadLimit& limit) {
  return Fail(ErrorCode::kUnsupported,
              fmt::format("'{}' is larger than {}; {}", file, HumanBytes(static_cast<double>(limit.bytes)),
                          limit.advice));
}

Result<std::string> ReadStream(std::FILE* stream, const std::string& file, const ReadLimit& limit) {
  std::string text;
  std::string buffer(64 << 10, '\0');
  for (size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), stream)) > 0;) {
    text.append(buffer, 0, n);
    if (text.size() > limit.bytes) return Fail(TooLarge(file, limit).error());
  }
  if (std::ferror(stream) != 0) {
    return Fail(ErrorCode::kIo, fmt::format("cannot read '{}': {}", file, std::strerror(errno)));
  }
  return text;
}

std::string NameOf(const std::string& file) { return file == "-" ? "standard input" : file; }

Result<std::string> ReadAll(const std::string& file, const ReadLimit& limit) {
  if (file == "-") return ReadStream(stdin, NameOf(file), limit);
  ESPALIER_RETURN_IF_ERROR(CheckIsReadableFile(file));
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(std::fopen(file.c_str(), "rb"), std::fclose);
  if (!stream) return Fail(ErrorCode::kIo, fmt::format("cannot read '{}': {}", file, std::strerror(errno)));
  return ReadStream(stream.get(), file, limit);
}

Status CheckUtf8(const std::string& file, std::string_view text) {
  const size_t bad = FirstInvalidUtf8(text);
  if (bad == std::string_view::npos) return {};
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(bad), '\n');
  return Fail(
      ErrorCode::kUnsupported,
      fmt::format("'{}' is not UTF-8: byte 0x{:02X} on line {}; convert it, for example with iconv -t UTF-8",
                  file, static_cast<uint8_t>(text[bad]), line));
}

/// The line without its end; `start` is its first byte.
std::string_view LineAt(std::string_view document, size_t start) {
  std::string_view line = document.substr(start, document.find('\n', start) - start);
  if (start + line.size() < document.size() && line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

Result<SourceTarget> ParseTarget(std::string_view text) {
  std::string_view rest = text;
  const auto column = ParseOrdinal(TakeLastField(rest));
  const auto line = ParseOrdinal(TakeLastField(rest));
  if (column && line && !rest.empty()) return SourceTarget{std::string(rest), {*line, *column}};
  return Fail(
      ErrorCode::kInvalidArgument,
      fmt::format("'{}' is not FILE:LINE:COLUMN with line and column from 1, for example src/main.py:12:5",
                  text));
}

Result<std::string> ReadBytes(const std::string& file, uint64_t max_bytes) {
  return ReadAll(file, {max_bytes, "use a smaller file"});
}

Result<std::string> ReadSource(const std::string& file, uint64_t max_bytes) {
  ESPALIER_ASSIGN_OR_RETURN(
      std::string text,
      ReadAll(file, {max_bytes, "raise complete.max_document_bytes or use a smaller file"}));
  ESPALIER_RETURN_IF_ERROR(CheckUtf8(NameOf(file), text));
  return text;
}

Result<uint32_t> ByteOffset(std::string_view document, LineColumn position) {
  size_t start = 0;
  for (uint32_t line = 1; line < position.line; ++line) {
    const size_t end = document.find('\n', start);
    if (end == std::string_view::npos) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("line {} is past the end: the last line is {}", position.line, line));
    }
    start = end + 1;
  }
  const std::string_view line = LineAt(document, start);
  const size_t last_column = CountCodePoints(line) + 1;
  if (position.column > last_column) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("column {} is past the end of line {}, whose last column is {}", position.column,
                            position.line, last_column));
  }
  return static_cast<uint32_t>(start + OffsetOfCodePoint(line, position.column - 1));
}

LineColumn PositionAt(std::string_view document, uint32_t offset) {
  const std::string_view before = document.substr(0, offset);
  const size_t line_start = before.rfind('\n') + 1;  // npos + 1 == 0: the first line
  return {static_cast<uint32_t>(1 + std::count(before.begin(), before.end(), '\n')),
          static_cast<uint32_t>(1 + CountCodePoints(before.substr(line_start)))};
}

}  // namespace espalier
