// Rust: string contents, raw strings, floating point numbers (as opposed to "1..2" and "1.max(2)"), and the
// inside of comments, which nest.
//
// Serialized state: a byte, the number of '#' of the last raw string opened.
#include <cwctype>

#include "grammar/scanners/scan_step.h"

namespace espalier {
namespace {

enum Token : uint8_t {
  kStringContent,
  kRawStringStart,
  kRawStringContent,
  kRawStringEnd,
  kFloat,
  kOuterDocMarker,
  kInnerDocMarker,
  kBlockCommentContent,
  kLineDocContent,
  kErrorSentinel,  // valid in recovery from an error only
};

enum Phase : uint8_t {
  kString,
  kLineDoc,
  kSpace,      // before a raw string or a number
  kRawPrefix,  // behind 'b' or 'c'
  kRawHashes,  // behind 'r'
  kRawContent,
  kRawQuote,          // in the '#' behind a quote in a raw string's content
  kRawEnd,            // in the '#' behind its last quote
  kInteger,           // in a number's first digits
  kPoint,             // behind its point
  kFraction,          // in the digits behind that
  kExponent,          // behind 'e'
  kExponentSign,      // behind that one's sign
  kExponentDigits,    // in its digits
  kSuffix,            // behind the 'f' (or 'u', 'i') of a suffix
  kSuffixDigits,      // in its digits
  kCommentStart,      // at the first code point inside of a block comment
  kCommentMarker,     // behind the '*' that may mark it as documentation
  kCommentFirstStar,  // behind a '*' that may not
  kCommentText,
  kCommentSlash,  // behind a '/' in its text
  kCommentStar,   // behind a '*' in its text
};

constexpr uint16_t kIsMarked = 1;       // flag: the comment's content has an end so far
constexpr uint16_t kHasContent = 2;     // flag: the string's content is not empty
enum Word { kHashesWord, kCountWord };  // '#' of the raw string; those counted, or the comment's depth

constexpr uint32_t Bit(Token token) { return 1u << token; }
bool IsValid(const ScanCursor& cursor, Token token) { return cursor.valid & Bit(token); }

constexpr uint32_t kCommentTokens = Bit(kOuterDocMarker) | Bit(kInnerDocMarker) | Bit(kBlockCommentContent);
constexpr uint32_t kTokensBehindSpace =
    Bit(kRawStringStart) | Bit(kRawStringContent) | Bit(kRawStringEnd) | Bit(kFloat);

bool IsDigit(int32_t c) { return c >= '0' && c <= '9'; }
bool IsNumberCharacter(int32_t c) { return c == '_' || IsDigit(c); }

ScanStatus StepString(ScanCursor& cursor, const ScanInput& in) {
  const bool is_over = in.code_point == '"' || in.code_point == '\\';
  if (is_over && (cursor.flags & kHasContent)) return FoundUpTo(cursor, kStringContent, in.at);
  cursor.flags |= kHasContent;
  return is_over || in.AtEnd() ? ScanStatus::kNothing : ScanStatus::kMore;
}

ScanStatus StepLineDoc(ScanCursor& cursor, const ScanInput& in) {
  if (!in.AtEnd() && in.code_point != '\n') return ScanStatus::kMore;
  return FoundUpTo(cursor, kLineDocContent, in.Next());
}

// --- Raw strings ---

ScanStatus StepRawHashes(ScanCursor& cursor, const ScanInput& in) {
  if (in.code_point == '"') return FoundUpTo(cursor, kRawStringStart, in.Next());
  if (in.code_point != '#') return ScanStatus::kNothing;
  ++cursor.words[kCountWord];
  return ScanStatus::kMore;
}

ScanStatus StepRawPrefix(ScanCursor& cursor, const ScanInput& in) {
  return in.code_point == 'r' ? GoOn(cursor, kRawHashes) : ScanStatus::kNothing;
}

ScanStatus StepRawContent(ScanCursor& cursor, const ScanInput& in) {
  if (in.AtEnd()) return ScanStatus::kNothing;
  if (in.code_point != '"') return GoOn(cursor, kRawContent);
  cursor.mark = in.at;
  cursor.words[kCountWord] = 0;
  return cursor.words[kHashesWord] == 0 ? Found(cursor, kRawStringContent) : GoOn(cursor, kRawQuote);
}

ScanStatus StepRawQuote(ScanCursor& cursor, const ScanInput& in) {
  if (in.code_point != '#') return StepRawContent(cursor, in);
  const bool is_end = ++cursor.words[kCountWord] == cursor.words[kHashesWord];
  return is_end ? Found(cursor, kRawStringContent) : ScanStatus::kMore;
}

// The content's scan has seen them; whatever stands there is taken for '#'.
ScanStatus StepRawEnd(ScanCursor& cursor, const ScanInput& in) {
  const bool is_last = ++cursor.words[kCountWord] == cursor.words[kHashesWord];
  return is_last || in.AtEnd() ? FoundUpTo(cursor, kRawStringEnd, in.Next()) : ScanStatus::kMore;
}

// --- Numbers ---

// At the code point behind a complete number without suffix.
ScanStatus StepBehindNumber(ScanCursor& cursor, const ScanInput& in) {
  const int32_t c = in.code_point;
  cursor.mark = in.at;
  return c == 'u' || c == 'i' || c == 'f' ? GoOn(cursor, kSuffix) : Found(cursor, kFloat);
}

ScanStatus StepInteger(ScanCursor& cursor, const ScanInput& in) {
  const int32_t c = in.code_point;
  if (IsNumberCharacter(c)) return ScanStatus::kMore;
  cursor.mark = in.at;
  if (c == 'e' || c == 'E') return GoOn(cursor, kExponent);
  return c == '.' ? GoOn(cursor, kPoint) : ScanStatus::kNothing;
}

ScanStatus StepFraction(ScanCursor& cursor, const ScanInput& in) {
  const int32_t c = in.code_point;
  if (IsNumberCharacter(c)) return GoOn(cursor, kFraction);
  cursor.mark = in.at;
  return c == 'e' || c == 'E' ? GoOn(cursor, kExponent) : StepBehindNumber(cursor, in);
}

// A method call or a range is no fraction.
ScanStatus StepPoint(ScanCursor& cursor, const ScanInput& in) {
  const bool is_letter = std::iswalpha(static_cast<wint_t>(in.Lookahead()));
  return is_letter || in.code_point == '.' ? ScanStatus::kNothing : StepFraction(cursor, in);
}

// Without a digit, the exponent does not belong to the number.
ScanStatus StepExponent(ScanCursor& cursor, const ScanInput& in) {
  const int32_t c = in.code_point;
  if (cursor.phase == kExponent && (c == '+' || c == '-')) return GoOn(cursor, kExponentSign);
  if (IsNumberCharacter(c)) return GoOn(cursor, kExponentDigits);
  return cursor.phase == kExponentDigits ? StepBehindNumber(cursor, in) : Found(cursor, kFloat);
}

ScanStatus StepSuffix(ScanCursor& cursor, const ScanInput& in) {
  if (IsDigit(in.code_point)) return GoOn(cursor, kSuffixDigits);
  if (cursor.phase == kSuffixDigits) cursor.mark = in.at;
  return Found(cursor, kFloat);
}

ScanStatus StepSpace(ScanCursor& cursor, const ScanInput& in) {
  const int32_t c = in.Lookahead();
  if (std::iswspace(static_cast<wint_t>(c))) return ScanStatus::kMore;
  if (IsValid(cursor, kRawStringStart)) {
    if (c == 'b' || c == 'c') return GoOn(cursor, kRawPrefix);
    if (c == 'r') return GoOn(cursor, kRawHashes);
  }
  if (IsValid(cursor, kRawStringContent)) return StepRawContent(cursor, in);
  if (IsValid(cursor, kRawStringEnd) && c == '"') {
    const bool is_over = cursor.words[kHashesWord] == 0;
    return is_over ? FoundUpTo(cursor, kRawStringEnd, in.Next()) : GoOn(cursor, kRawEnd);
  }
  return IsValid(cursor, kFloat) && IsDigit(c) ? GoOn(cursor, kInteger) : ScanStatus::kNothing;
}

// --- Block comments ---

// The package compares a comment's code points by their lowest byte.
char CommentCharacter(const ScanInput& in) { return static_cast<char>(in.Lookahead()); }

void MarkComment(ScanCursor& cursor, uint32_t mark) {
  cursor.mark = mark;
  cursor.flags |= kIsMarked;
}

ScanStatus FoundComment(ScanCursor& cursor, uint32_t end) {
  return FoundUpTo(cursor, kBlockCommentContent, cursor.flags & kIsMarked ? cursor.mark : end);
}

// How the comment goes on behind the code point, whose effect on its depth is counted.
Phase NextCommentPhase(ScanCursor& cursor, char c) {
  uint32_t& depth = cursor.words[kCountWord];
  if (cursor.phase == kCommentText) {
    if (c == '/') return kCommentSlash;
    return c == '*' ? kCommentStar : kCommentText;
  }
  if (cursor.phase == kCommentStar && c == '*') return kCommentStar;
  if (cursor.phase == kCommentSlash && c == '*') ++depth;
  if (cursor.phase == kCommentStar && c == '/') --depth;
  return kCommentText;
}

ScanStatus StepCommentText(ScanCursor& cursor, const ScanInput& in) {
  if (in.AtEnd()) return FoundComment(cursor, in.at);
  const char c = CommentCharacter(in);
  const bool is_mark = cursor.phase == kCommentText || (cursor.phase == kCommentStar && c == '*');
  if (is_mark) MarkComment(cursor, in.at);
  cursor.phase = NextCommentPhase(cursor, c);
  if (cursor.words[kCountWord] == 0) return FoundComment(cursor, in.Next());
  if (c == '/') MarkComment(cursor, in.Next());
  return ScanStatus::kMore;
}

// Behind the comment's second '*': with a '/' it is an empty comment, with a third one no documentation.
ScanStatus StepCommentMarker(ScanCursor& cursor, const ScanInput& in) {
  if (in.code_point == '/') return ScanStatus::kNothing;
  const bool is_marker = cursor.phase == kCommentMarker && in.code_point != '*';
  if (is_marker) return Found(cursor, kOuterDocMarker);
  if (!IsValid(cursor, kBlockCommentContent)) return ScanStatus::kNothing;
  cursor.phase = kCommentStar;
  return StepCommentText(cursor, in);
}

ScanStatus StepCommentStart(ScanCursor& cursor, const ScanInput& in) {
  const char c = CommentCharacter(in);
  if (IsValid(cursor, kInnerDocMarker) && c == '!') return FoundUpTo(cursor, kInnerDocMarker, in.Next());
  cursor.words[kCountWord] = 1;
  if (IsValid(cursor, kOuterDocMarker) && c == '*') {
    MarkComment(cursor, in.Next());
    return GoOn(cursor, kCommentMarker);
  }
  if (!IsValid(cursor, kBlockCommentContent)) return ScanStatus::kNothing;
  if (in.AtEnd()) return FoundComment(cursor, in.at);
  if (c == '*') return GoOn(cursor, kCommentFirstStar);
  return GoOn(cursor, c == '/' ? kCommentSlash : kCommentText);
}

uint32_t PossibleInComment(const ScanCursor& cursor) {
  constexpr uint32_t kNothing = ExternalScanner::kMayFindNothing;
  const uint32_t content = cursor.valid & Bit(kBlockCommentContent);
  if (cursor.phase == kCommentStart) return (cursor.valid & kCommentTokens) | kNothing;
  if (cursor.phase == kCommentMarker) return content | Bit(kOuterDocMarker) | kNothing;
  return cursor.phase == kCommentFirstStar ? content | kNothing : content;
}

Phase FirstPhase(uint32_t valid) {
  if (valid & kCommentTokens) return kCommentStart;
  if ((valid & Bit(kStringContent)) && !(valid & Bit(kFloat))) return kString;
  return valid & Bit(kLineDocContent) ? kLineDoc : kSpace;
}

class RustMachine final : public ExternalScanner {
 public:
  ScanStatus Begin(std::string_view state, uint32_t valid, uint32_t begin,
                   ScanCursor& cursor) const override {
    cursor = {.valid = valid, .begin = begin, .mark = begin, .phase = FirstPhase(valid)};
    if (state.size() == 1) cursor.words[kHashesWord] = static_cast<uint8_t>(state[0]);
    const bool is_idle = cursor.phase == kSpace && !(valid & kTokensBehindSpace);
    return is_idle || IsValid(cursor, kErrorSentinel) ? ScanStatus::kNothing : ScanStatus::kMore;
  }

  ScanStatus Step(ScanCursor& cursor, int32_t code_point, uint32_t at, uint32_t size) const override {
    const ScanInput in = {code_point, at, size};
    switch (cursor.phase) {
      case kString:
        return StepString(cursor, in);
      case kLineDoc:
        return StepLineDoc(cursor, in);
      case kSpace:
        return StepSpace(cursor, in);
      case kRawPrefix:
        return StepRawPrefix(cursor, in);
      case kRawHashes:
        return StepRawHashes(cursor, in);
      case kRawContent:
        return StepRawContent(cursor, in);
      case kRawQuote:
        return StepRawQuote(cursor, in);
      case kRawEnd:
        return StepRawEnd(cursor, in);
      case kInteger:
        return StepInteger(cursor, in);
      case kPoint:
        return StepPoint(cursor, in);
      case kFraction:
        return StepFraction(cursor, in);
      case kExponent:
      case kExponentSign:
      case kExponentDigits:
        return StepExponent(cursor, in);
      case kSuffix:
      case kSuffixDigits:
        return StepSuffix(cursor, in);
      case kCommentStart:
        return StepCommentStart(cursor, in);
      case kCommentMarker:
      case kCommentFirstStar:
        return StepCommentMarker(cursor, in);
      default:
        return StepCommentText(cursor, in);
    }
  }

  uint32_t Possible(const ScanCursor& cursor) const override {
    switch (cursor.phase) {
      case kString:
        return Bit(kStringContent) | kMayFindNothing;
      case kLineDoc:
        return Bit(kLineDocContent);
      case kSpace:
        return (cursor.valid & kTokensBehindSpace) | kMayFindNothing;
      case kRawPrefix:
      case kRawHashes:
        return Bit(kRawStringStart) | kMayFindNothing;
      case kRawContent:
      case kRawQuote:
        return Bit(kRawStringContent) | kMayFindNothing;
      case kRawEnd:
        return Bit(kRawStringEnd);
      case kInteger:
      case kPoint:
        return Bit(kFloat) | kMayFindNothing;
      case kFraction:
      case kExponent:
      case kExponentSign:
      case kExponentDigits:
      case kSuffix:
      case kSuffixDigits:
        return Bit(kFloat);
      default:
        return PossibleInComment(cursor);
    }
  }

  std::string StateAfter(std::string_view /*state*/, const ScanCursor& cursor) const override {
    const Word hashes = cursor.token == kRawStringStart ? kCountWord : kHashesWord;
    return {static_cast<char>(cursor.words[hashes])};  // the package, too, counts them in a byte
  }
};

}  // namespace

const ExternalScanner& RustScanner() {
  static const RustMachine machine;
  return machine;
}

}  // namespace espalier
