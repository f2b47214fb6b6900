#include "model/ascii_scanner.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace espalier {
namespace {

/// Classes of bytes, as bits so that sets of classes are masks. kEnd is what follows the text.
constexpr uint8_t kLetter = 1, kDigit = 2, kBlank = 4, kNewline = 8, kOther = 16, kNonAscii = 32, kEnd = 64;
constexpr uint8_t kWhite = kBlank | kNewline;

constexpr uint8_t ClassOf(uint32_t byte) {
  if (byte >= 0x80) return kNonAscii;
  if ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') return kLetter;
  if (byte >= '0' && byte <= '9') return kDigit;
  if (byte == '\n' || byte == '\r') return kNewline;
  return byte == ' ' || byte == '\t' || byte == '\v' || byte == '\f' ? kBlank : kOther;
}

constexpr std::array<uint8_t, 256> kClasses = [] {
  std::array<uint8_t, 256> classes{};
  for (uint32_t byte = 0; byte < 256; ++byte) classes[byte] = ClassOf(byte);
  return classes;
}();

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  uint8_t Class(size_t i) const { return i < text_.size() ? kClasses[static_cast<uint8_t>(text_[i])] : kEnd; }

  /// First position at or after `i` whose class is not in `mask`.
  size_t SkipRun(size_t i, uint8_t mask) const {
    while (i < text_.size() && (kClasses[static_cast<uint8_t>(text_[i])] & mask) != 0) ++i;
    return i;
  }

  /// End of a run that only a byte of another class ends; one outside ASCII might belong to the run.
  size_t RunEnd(size_t i, uint8_t mask) const {
    const size_t end = SkipRun(i, mask);
    return Class(end) == kNonAscii ? kAskRegex : end;
  }

  /// Length of 's 't 'm 'd 're 've 'll at `i`, else 0. `fold` is 0x20 to ignore case, 0 to heed it.
  size_t Contraction(size_t i, char fold) const {
    const auto letter = [&](size_t k) {
      return k < text_.size() ? static_cast<char>(text_[k] | fold) : '\0';
    };
    const char first = letter(i + 1), second = letter(i + 2);
    if (first == 's' || first == 't' || first == 'm' || first == 'd') return 2;
    const bool pair =
        (first == 'r' && second == 'e') || (first == 'v' && second == 'e') || (first == 'l' && second == 'l');
    return pair ? 3 : 0;
  }

  /// `\s+(?!\S)|\s+` for a run of white space [begin, end): all but the last character, which the next
  /// word may take, unless nothing follows or nothing would be left.
  size_t LeaveOne(size_t begin, size_t end) const {
    return end == text_.size() || end == begin + 1 ? end : end - 1;
  }

  std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

template <bool kSingleDigits>
size_t ScanGpt2Family(std::string_view text, size_t begin) {
  const Scanner s(text);
  if (text[begin] == '\'') {
    if (const size_t length = s.Contraction(begin, 0)) return begin + length;
  }
  const size_t first = begin + (text[begin] == ' ' ? 1 : 0);
  const uint8_t kind = s.Class(first);
  if (kSingleDigits && kind == kDigit) return begin + 1;  // the digit, or the space before one
  if ((kind & (kLetter | kDigit | kOther)) != 0) return s.RunEnd(first, kind);
  const size_t end = s.RunEnd(begin, kWhite);
  if (end == kAskRegex) return kAskRegex;
  return kSingleDigits && s.Class(end) == kDigit ? end : s.LeaveOne(begin, end);
}

template <size_t kDigitGroup>
size_t ScanDigits(const Scanner& s, size_t begin) {
  size_t end = begin + 1;
  while (end < begin + kDigitGroup && s.Class(end) == kDigit) ++end;
  return end < begin + kDigitGroup && s.Class(end) == kNonAscii ? kAskRegex : end;
}

/// `\s*[\r\n]+|\s+(?!\S)|\s+`: up to the last line end of the white space, if it has one.
size_t ScanWhite(const Scanner& s, size_t begin) {
  const size_t end = s.RunEnd(begin, kWhite);
  if (end == kAskRegex) return kAskRegex;
  size_t line_end = end;
  while (line_end > begin && s.Class(line_end - 1) != kNewline) --line_end;
  return line_end > begin ? line_end : s.LeaveOne(begin, end);
}

template <size_t kDigitGroup>
size_t ScanCl100kFamily(std::string_view text, size_t begin) {
  const Scanner s(text);
  const uint8_t kind = s.Class(begin);
  if (kind == kLetter) return s.RunEnd(begin + 1, kLetter);
  if (kind == kDigit) return ScanDigits<kDigitGroup>(s, begin);
  if (kind == kNonAscii) return kAskRegex;
  if (text[begin] == '\'') {
    if (const size_t length = s.Contraction(begin, 0x20)) return begin + length;
  }
  const uint8_t next = s.Class(begin + 1);
  if (kind != kNewline && (next & (kLetter | kNonAscii)) != 0) return s.RunEnd(begin + 1, kLetter);
  if (kind == kOther || (text[begin] == ' ' && next == kOther)) {
    const size_t end = s.RunEnd(begin + 1, kOther);
    return end == kAskRegex ? kAskRegex : s.SkipRun(end, kNewline);
  }
  return ScanWhite(s, begin);
}

}  // namespace

size_t ScanGpt2(std::string_view text, size_t begin) { return ScanGpt2Family<false>(text, begin); }
size_t ScanGpt2SingleDigits(std::string_view text, size_t begin) { return ScanGpt2Family<true>(text, begin); }
size_t ScanLlama3(std::string_view text, size_t begin) { return ScanCl100kFamily<3>(text, begin); }
size_t ScanQwen2(std::string_view text, size_t begin) { return ScanCl100kFamily<1>(text, begin); }

}  // namespace espalier
