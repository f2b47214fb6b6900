// Internal to grammar/json/: how JSON strings are spelled. A free string may use every escape that RFC 8259
// has; where a schema says what is in a string, each code point is spelled in one way only: as itself, or,
// where it may not stand for itself, as \" \\ \b \f \n \r \t or \u00xx in lower case. Pure functions,
// thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace espalier {

/// The string literal with its quotes. REQUIRES: valid UTF-8.
std::string SpellJsonString(std::string_view text);
/// The spelling of a code point below U+0020, of a quote or a backslash; empty for the others, which are
/// themselves.
std::string EscapeOf(uint32_t code_point);
void AppendUtf8(uint32_t code_point, std::string& out);
/// What a literal's inside stands for. REQUIRES: StringStep takes it and ends in kInText.
std::string DecodeJsonString(std::string_view inside);

/// Where in a free string a text stands; behind its opening quote that is kInText.
enum StringState : uint8_t {
  kInText,
  kEscape,  // behind a backslash
  kUnit1,
  kUnit2,
  kUnit3,
  kUnit4,       // hexadecimal digits of \uXXXX: the first, ... comes next
  kUnitAfterD,  // the second digit, which decides whether it is a surrogate
  kHigh3,
  kHigh4,  // digits of the first half of a surrogate pair
  kLowSlash,
  kLowU,
  kLow1,
  kLow2,
  kLow3,
  kLow4,  // and of the second, \uDC00 to \uDFFF
  kTail1,
  kTail2,
  kTailE0,
  kTailED,
  kTailF0,
  kTail3,
  kTailF4,     // bytes inside of a UTF-8 sequence
  kStringEnd,  // behind the closing quote
  kNoString,
};
inline constexpr size_t kStringStates = kStringEnd;  // that have a next one

extern const std::array<std::array<uint8_t, 256>, kStringStates> kStringTable;

inline StringState StringStep(uint8_t state, uint8_t byte) {
  return static_cast<StringState>(kStringTable[state][byte]);
}
/// A shortest text from a state to kInText.
std::string_view ShortestToText(uint8_t state);

}  // namespace espalier
