// Internal to grammar/: UTF-8 as tree-sitter reads it, of a text that may not be over yet.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "grammar/external_scanner.h"

namespace espalier {

struct DecodedPoint {
  int32_t value;  ///< or kScanInvalid, for a byte that begins no valid sequence
  uint32_t size;  ///< in bytes; 0: the text ends inside of the code point
};

inline constexpr int32_t kByteOrderMark = 0xFEFF;

/// The code point at `at` < text.size(). With `final`, a sequence that the text cuts off is invalid.
inline DecodedPoint DecodeAt(std::string_view text, uint32_t at, bool final) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[at + i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  constexpr DecodedPoint kInvalid = {kScanInvalid, 1};
  if (lead < 0xC2 || lead > 0xF4) return kInvalid;
  const uint32_t size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  int32_t value = lead & (0x7F >> size);
  for (uint32_t i = 1; i < size; ++i) {
    if (at + i >= text.size()) return final ? kInvalid : DecodedPoint{0, 0};
    const uint8_t next = byte(i);
    if ((next & 0xC0) != 0x80) return kInvalid;
    if (i == 1) {
      const bool overlong = (lead == 0xE0 && next < 0xA0) || (lead == 0xF0 && next < 0x90);
      const bool outside = (lead == 0xED && next > 0x9F) || (lead == 0xF4 && next > 0x8F);
      if (overlong || outside) return kInvalid;
    }
    value = value << 6 | (next & 0x3F);
  }
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
