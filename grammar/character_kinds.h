// Internal to grammar/: code points sorted roughly, so that a lexer can pass over a whole part of a
// vocabulary at once: if a state stays the same for all kinds that occur in it, no token of it leaves the
// state. Which code points share a kind matters for speed alone.
#pragma once

#include <cstdint>

namespace espalier {

/// A set of kinds.
using CharacterKinds = uint8_t;

inline constexpr CharacterKinds kLetter = 1, kDigit = 2, kUnderscore = 4, kBlank = 8,
                                kOtherPrintable = 16,  ///< of ASCII
    kLetterBeyondAscii = 32, kOtherBeyondAscii = 64,
                                kOtherKind = 128;  ///< control characters, and what is no code point

inline constexpr CharacterKinds kWordOrBlank = kLetter | kDigit | kUnderscore | kBlank;
inline constexpr CharacterKinds kBeyondAscii = kLetterBeyondAscii | kOtherBeyondAscii;

struct CodePointInterval {
  int32_t first, last;
};

/// Letters in every grammar's view: of Latin, Greek, Cyrillic, Hebrew, Arabic, Thai, Japanese, Chinese and
/// Korean.
inline constexpr CodePointInterval kLettersBeyondAscii[] = {
    {0xC0, 0xD6},     {0xD8, 0xF6},     {0xF8, 0x17F},   {0x391, 0x3A1}, {0x3B1, 0x3C9},
    {0x400, 0x481},   {0x5D0, 0x5EA},   {0x620, 0x64A},  {0xE01, 0xE30}, {0x3041, 0x3096},
    {0x30A1, 0x30FA}, {0x4E00, 0x9FA5}, {0xAC00, 0xD7A3}};

constexpr CharacterKinds KindOf(int32_t code_point) {
  if (code_point >= 0x80) {
    for (const CodePointInterval& letters : kLettersBeyondAscii) {
      if (code_point <= letters.last) {
        return code_point >= letters.first ? kLetterBeyondAscii : kOtherBeyondAscii;
      }
    }
    return kOtherBeyondAscii;
  }
  if ((code_point >= 'a' && code_point <= 'z') || (code_point >= 'A' && code_point <= 'Z')) return kLetter;
  if (code_point >= '0' && code_point <= '9') return kDigit;
  if (code_point == '_') return kUnderscore;
  if (code_point == ' ') return kBlank;
  return code_point > ' ' && code_point < 0x7F ? kOtherPrintable : kOtherKind;
}

}  // namespace espalier
