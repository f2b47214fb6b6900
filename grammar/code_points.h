// Internal to grammar/: UTF-8 as tree-sitter reads it, of a text that may not be over yet.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/utf8.h"
#include "grammar/external_scanner.h"

namespace espalier {

struct DecodedPoint {
  int32_t value;  ///< or kScanInvalid, for a byte that begins no valid sequence
  uint32_t size;  ///< in bytes; 0: the text ends inside of the code point
};

inline constexpr int32_t kByteOrderMark = 0xFEFF;

/// The code point at `at` < text.size(). With `final`, a sequence that the text cuts off is invalid.
inline DecodedPoint DecodeAt(std::string_view text, uint32_t at, bool final) {
  const auto lead = static_cast<uint8_t>(text[at]);
  if (lead < 0x80) return {lead, 1};
  const std::string_view sequence = text.substr(at, 4);
  const auto size = static_cast<uint32_t>(Utf8SequenceLength(sequence));
  if (size == 0) return !final && IsUtf8Prefix(sequence) ? DecodedPoint{0, 0} : DecodedPoint{kScanInvalid, 1};
  int32_t value = lead & (0x7F >> size);
  for (const char next : sequence.substr(1, size - 1)) value = value << 6 | (next & 0x3F);
  return {value, size};
}

/// REQUIRES: a code point from U+0080 on, no surrogate.
inline std::string EncodeUtf8(int32_t code_point) {
  const auto tail = [&](int shift) { return static_cast<char>(0x80 | (code_point >> shift & 0x3F)); };
  if (code_point < 0x800) return {static_cast<char>(0xC0 | code_point >> 6), tail(0)};
  if (code_point < 0x10000) return {static_cast<char>(0xE0 | code_point >> 12), tail(6), tail(0)};
  return {static_cast<char>(0xF0 | code_point >> 18), tail(12), tail(6), tail(0)};
}

/// The smallest and largest code point that `begun`, the first bytes of one, may become.
/// REQUIRES: DecodeAt calls it cut off.
struct CodePointRange {
  int32_t first, last;
};
inline CodePointRange CodePointsFrom(std::string_view begun) {
  const auto lead = static_cast<uint8_t>(begun[0]);
  const size_t size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  std::string low(begun), high(begun);
  if (begun.size() == 1) {
    low += static_cast<char>(lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80);
    high += static_cast<char>(lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF);
  }
  low.resize(size, static_cast<char>(0x80));
  high.resize(size, static_cast<char>(0xBF));
  return {DecodeAt(low, 0, true).value, DecodeAt(high, 0, true).value};
}

}  // namespace espalier
