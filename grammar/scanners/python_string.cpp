#include "grammar/scanners/python_machine.h"

namespace espalier::python {
namespace {

ScanStatus ContentIfAny(ScanCursor& cursor) {
  return cursor.flags & kHasContent ? Found(cursor, kStringContent) : ScanStatus::kNothing;
}

ScanStatus StepBackslash(ScanCursor& cursor, const ScanInput& in) {
  const uint32_t delimiter = cursor.words[kDelimiterWord];
  if (delimiter & kRaw) return GoOn(cursor, kRawEscape);
  cursor.mark = in.at;
  return delimiter & kBytes ? GoOn(cursor, kBytesEscape) : ContentIfAny(cursor);
}

ScanStatus StepQuote(ScanCursor& cursor, const ScanInput& in) {
  cursor.mark = in.at;
  if (cursor.words[kDelimiterWord] & kTriple) return GoOn(cursor, kOneQuote);
  if (cursor.flags & kHasContent) return Found(cursor, kStringContent);
  return FoundUpTo(cursor, kStringEnd, in.Next());
}

// At the end of the text, or at a NUL, the scan goes on as if between tokens.
ScanStatus StepContent(ScanCursor& cursor, const ScanInput& in) {
  const uint32_t delimiter = cursor.words[kDelimiterWord];
  const int32_t c = in.Lookahead();
  if (c == 0) return StartLayout(cursor, in);
  if ((c == '{' || c == '}') && (delimiter & kFormat)) {
    cursor.mark = in.at;
    return ContentIfAny(cursor);
  }
  if (c == '\\') return StepBackslash(cursor, in);
  if (c == EndCharacter(delimiter)) return StepQuote(cursor, in);
  const bool is_open_line = c == '\n' && !(delimiter & kTriple);
  if (is_open_line && (cursor.flags & kHasContent)) return ScanStatus::kNothing;
  cursor.flags |= kHasContent;
  return GoOn(cursor, kContent);
}

ScanStatus StepRawEscape(ScanCursor& cursor, const ScanInput& in) {
  const int32_t c = in.Lookahead();
  const bool is_protected = c == '\\' || c == EndCharacter(cursor.words[kDelimiterWord]);
  if (cursor.phase == kRawEscape && is_protected) return GoOn(cursor, kRawNewline);
  if (cursor.phase != kRawLineFeed && c == '\r') return GoOn(cursor, kRawLineFeed);
  return c == '\n' ? GoOn(cursor, kContent) : StepContent(cursor, in);
}

ScanStatus StepBytesEscape(ScanCursor& cursor, const ScanInput& in) {
  const int32_t c = in.Lookahead();
  if (cursor.phase == kBytesEscape) {
    return c == 'N' || c == 'u' || c == 'U' ? GoOn(cursor, kBytesSkip) : ContentIfAny(cursor);
  }
  cursor.flags |= kHasContent;
  return in.AtEnd() ? StepContent(cursor, in) : GoOn(cursor, kContent);
}

// One or two quotes are content of a string that three end.
ScanStatus StepQuotes(ScanCursor& cursor, const ScanInput& in) {
  if (in.Lookahead() != EndCharacter(cursor.words[kDelimiterWord])) {
    return FoundUpTo(cursor, kStringContent, in.at);
  }
  if (cursor.phase == kOneQuote) return GoOn(cursor, kTwoQuotes);
  if (cursor.flags & kHasContent) return Found(cursor, kStringContent);
  return FoundUpTo(cursor, kStringEnd, in.Next());
}

ScanStatus StepFirstInFormat(ScanCursor& cursor, const ScanInput& in) {
  if (in.code_point == '{') return GoOn(cursor, kAfterLeftBrace);
  if (in.code_point == '}') return GoOn(cursor, kAfterRightBrace);
  return IsValid(cursor, kStringContent) ? StepContent(cursor, in) : StartLayout(cursor, in);
}

ScanStatus StepSecondBrace(ScanCursor& cursor, const ScanInput& in) {
  const int32_t brace = cursor.phase == kAfterLeftBrace ? '{' : '}';
  if (in.code_point != brace) return ScanStatus::kNothing;
  return FoundUpTo(cursor, kEscapeInterpolation, in.Next());
}

uint32_t PossibleInContent(const ScanCursor& cursor) {
  uint32_t possible = PossibleAtEnd(cursor) | Bit(kStringContent);
  if (!(cursor.flags & kHasContent)) possible |= Bit(kStringEnd);
  return possible;
}

uint32_t PossibleBehindQuotes(const ScanCursor& cursor) {
  return Bit(kStringContent) | (cursor.flags & kHasContent ? 0 : Bit(kStringEnd));
}

}  // namespace

ScanStatus StepString(ScanCursor& cursor, const ScanInput& in) {
  switch (cursor.phase) {
    case kFirstInFormat:
      return StepFirstInFormat(cursor, in);
    case kAfterLeftBrace:
    case kAfterRightBrace:
      return StepSecondBrace(cursor, in);
    case kContent:
      return StepContent(cursor, in);
    case kBytesEscape:
    case kBytesSkip:
      return StepBytesEscape(cursor, in);
    case kOneQuote:
    case kTwoQuotes:
      return StepQuotes(cursor, in);
    default:
      return StepRawEscape(cursor, in);
  }
}

uint32_t PossibleInString(const ScanCursor& cursor) {
  switch (cursor.phase) {
    case kFirstInFormat:
      return Bit(kEscapeInterpolation) |
             (IsValid(cursor, kStringContent) ? PossibleInContent(cursor) : PossibleInLayout(cursor));
    case kAfterLeftBrace:
    case kAfterRightBrace:
      return Bit(kEscapeInterpolation) | ExternalScanner::kMayFindNothing;
    case kBytesEscape:
    case kBytesSkip:
      return Bit(kStringContent) | PossibleAtEnd(cursor);
    case kOneQuote:
    case kTwoQuotes:
      return PossibleBehindQuotes(cursor);
    default:
      return PossibleInContent(cursor);
  }
}

}  // namespace espalier::python
