// UTF-8 as byte strings: validity, code points and their lengths. Pure functions, thread-safe, safe on
// any bytes.
#pragma once

#include <cstddef>
#include <string_view>

namespace espalier {

/// Offset of the first byte that does not begin or continue a valid sequence (overlong forms,
/// surrogates and values over U+10FFFF are invalid), or npos when all of `text` is valid.
size_t FirstInvalidUtf8(std::string_view text);
inline bool IsValidUtf8(std::string_view text) { return FirstInvalidUtf8(text) == std::string_view::npos; }

/// Bytes of the valid sequence at the beginning of `text`, 1 to 4; 0 when there is none.
size_t Utf8SequenceLength(std::string_view text);

/// True when `text` is the beginning of a valid sequence, but not the whole of it.
bool IsUtf8Prefix(std::string_view text);

/// Number of code points, where every byte that is not part of a valid sequence counts as one.
size_t CountCodePoints(std::string_view text);

/// Byte offset of the `n`th code point (counted as by CountCodePoints); text.size() when there are fewer.
size_t OffsetOfCodePoint(std::string_view text, size_t n);

}  // namespace espalier
