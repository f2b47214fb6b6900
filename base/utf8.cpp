#include "base/utf8.h"

#include <algorithm>
#include <cstdint>
#include <string>

namespace espalier {
namespace {

/// What may follow a lead byte (Unicode 15, table 3-7): the whole length, and the range of the second
/// byte, which is where overlong forms and surrogates show.
struct Lead {
  size_t length;
  uint8_t second_min;
  uint8_t second_max;
};

Lead LeadOf(uint8_t byte) {
  if (byte < 0x80) return {1, 0, 0};
  if (byte < 0xC2) return {0, 0, 0};
  if (byte < 0xE0) return {2, 0x80, 0xBF};
  if (byte < 0xF0)
    return {3, static_cast<uint8_t>(byte == 0xE0 ? 0xA0 : 0x80),
            static_cast<uint8_t>(byte == 0xED ? 0x9F : 0xBF)};
  if (byte < 0xF5)
    return {4, static_cast<uint8_t>(byte == 0xF0 ? 0x90 : 0x80),
            static_cast<uint8_t>(byte == 0xF4 ? 0x8F : 0xBF)};
  return {0, 0, 0};
}

}  // namespace

size_t Utf8SequenceLength(std::string_view text) {
  if (text.empty()) return 0;
  const auto at = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const Lead lead = LeadOf(at(0));
  if (lead.length <= 1) return lead.length;
  if (text.size() < lead.length || at(1) < lead.second_min || at(1) > lead.second_max) return 0;
  for (size_t i = 2; i < lead.length; ++i) {
    if ((at(i) & 0xC0) != 0x80) return 0;
  }
  return lead.length;
}

size_t FirstInvalidUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const size_t length = Utf8SequenceLength(text.substr(i));
    if (length == 0) return i;
    i += length;
  }
  return std::string_view::npos;
}

bool IsUtf8Prefix(std::string_view text) {
  if (text.empty()) return false;
  const Lead lead = LeadOf(static_cast<uint8_t>(text[0]));
  if (text.size() >= lead.length) return false;
  std::string completed(text);
  if (completed.size() == 1) completed += static_cast<char>(lead.second_min);
  completed.resize(lead.length, static_cast<char>(0x80));
  return Utf8SequenceLength(completed) == lead.length;
}

size_t CountCodePoints(std::string_view text) {
  size_t count = 0;
  for (size_t i = 0; i < text.size(); ++count) i += std::max<size_t>(1, Utf8SequenceLength(text.substr(i)));
  return count;
}

size_t OffsetOfCodePoint(std::string_view text, size_t n) {
  size_t offset = 0;
  for (; n > 0 && offset < text.size(); --n)
    offset += std::max<size_t>(1, Utf8SequenceLength(text.substr(offset)));
  return offset;
}

}  // namespace espalier
