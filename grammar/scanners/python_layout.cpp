#include "grammar/scanners/python_machine.h"

namespace espalier::python {
namespace {

bool WithinBrackets(const ScanCursor& cursor) {
  return cursor.valid & (Bit(kCloseParen) | Bit(kCloseBracket) | Bit(kCloseBrace));
}

void SetIndent(ScanCursor& cursor, uint32_t indent) {
  cursor.words[kIndentWord] = static_cast<uint16_t>(indent);  // wraps as the package's 16-bit number does
}

// A dedent waits behind comments that are indented as the block is.
bool MayDedent(const ScanCursor& cursor) {
  const uint32_t comment = cursor.words[kCommentIndentWord];
  return cursor.words[kBlockIndentWord] > 0 && !(cursor.flags & kInsideInterpolated) &&
         (comment == kNoComment || comment < cursor.words[kBlockIndentWord]);
}

bool AsksForDedent(const ScanCursor& cursor, int32_t lookahead) {
  if (IsValid(cursor, kDedent)) return true;
  const bool string_follows = IsValid(cursor, kStringStart) && QuoteFlag(lookahead) != 0;
  return !IsValid(cursor, kNewline) && !string_follows && !WithinBrackets(cursor);
}

bool MayFindNewline(const ScanCursor& cursor) {
  return IsValid(cursor, kNewline) && !InErrorRecovery(cursor);
}

bool MayStartString(const ScanCursor& cursor) {
  return IsValid(cursor, kStringStart) && cursor.words[kCommentIndentWord] == kNoComment;
}

ScanStatus StepPrefix(ScanCursor& cursor, const ScanInput& in) {
  uint32_t& delimiter = cursor.words[kDelimiterWord];
  switch (in.Lookahead()) {
    case 'f':
    case 'F':
    case 't':
    case 'T':
      delimiter |= kFormat;
      break;
    case 'r':
    case 'R':
      delimiter |= kRaw;
      break;
    case 'b':
    case 'B':
      delimiter |= kBytes;
      break;
    case 'u':
    case 'U':
      break;
    case '`':
      delimiter |= kBackQuote;
      return FoundUpTo(cursor, kStringStart, in.Next());
    case '\'':
    case '"':
      delimiter |= QuoteFlag(in.Lookahead());
      cursor.mark = in.Next();
      return GoOn(cursor, kOpeningQuote);
    default:
      return ScanStatus::kNothing;
  }
  return GoOn(cursor, kPrefix);
}

// Two quotes are an empty string's, three begin a long one.
ScanStatus StepOpeningQuotes(ScanCursor& cursor, const ScanInput& in) {
  uint32_t& delimiter = cursor.words[kDelimiterWord];
  if (in.Lookahead() != EndCharacter(delimiter)) return Found(cursor, kStringStart);
  if (cursor.phase == kOpeningQuote) return GoOn(cursor, kOpeningQuotes);
  delimiter |= kTriple;
  return FoundUpTo(cursor, kStringStart, in.Next());
}

// At the first code point that is no white space.
ScanStatus DecideLayout(ScanCursor& cursor, const ScanInput& in) {
  if (cursor.flags & kSawNewline) {
    const uint32_t indent = cursor.words[kIndentWord];
    const uint32_t block = cursor.words[kBlockIndentWord];
    if (IsValid(cursor, kIndent) && indent > block) return Found(cursor, kIndent);
    if (indent < block && MayDedent(cursor) && AsksForDedent(cursor, in.Lookahead())) {
      return Found(cursor, kDedent);
    }
    if (MayFindNewline(cursor)) return Found(cursor, kNewline);
  }
  if (!MayStartString(cursor)) return ScanStatus::kNothing;
  cursor.words[kDelimiterWord] = 0;
  return StepPrefix(cursor, in);
}

// A comment behind a newline is passed over, one behind code ends the scan.
ScanStatus StepHash(ScanCursor& cursor, const ScanInput& in) {
  constexpr uint32_t kLayout = Bit(kIndent) | Bit(kDedent) | Bit(kNewline) | Bit(kExcept);
  if (!(cursor.valid & kLayout)) return DecideLayout(cursor, in);
  if (!(cursor.flags & kSawNewline)) return ScanStatus::kNothing;
  uint32_t& comment = cursor.words[kCommentIndentWord];
  if (comment == kNoComment) comment = cursor.words[kIndentWord];
  return GoOn(cursor, kCommentText);
}

ScanStatus StepWhitespace(ScanCursor& cursor, const ScanInput& in) {
  const uint32_t indent = cursor.words[kIndentWord];
  cursor.phase = kWhitespace;
  switch (in.code_point) {
    case ' ':
      SetIndent(cursor, indent + 1);
      return ScanStatus::kMore;
    case '\t':
      SetIndent(cursor, indent + 8);
      return ScanStatus::kMore;
    case '\r':
    case '\f':
      SetIndent(cursor, 0);
      return ScanStatus::kMore;
    case '\\':
      return GoOn(cursor, kContinuation);
    case '#':
      return StepHash(cursor, in);
    case '\n':
    case kScanEnd:
      SetIndent(cursor, 0);
      cursor.flags |= kSawNewline;
      return in.AtEnd() ? DecideLayout(cursor, in) : ScanStatus::kMore;
    default:
      return DecideLayout(cursor, in);
  }
}

// The comment ends with its line; at a NUL too.
ScanStatus StepComment(ScanCursor& cursor, const ScanInput& in) {
  if (in.Lookahead() != 0 && in.Lookahead() != '\n') return ScanStatus::kMore;
  SetIndent(cursor, 0);
  return in.AtEnd() ? StepWhitespace(cursor, in) : GoOn(cursor, kWhitespace);
}

ScanStatus StepContinuation(ScanCursor& cursor, const ScanInput& in) {
  if (in.AtEnd()) return StepWhitespace(cursor, in);
  if (in.code_point == '\n') return GoOn(cursor, kWhitespace);
  if (in.code_point == '\r' && cursor.phase == kContinuation) return GoOn(cursor, kContinuationLine);
  return ScanStatus::kNothing;
}

}  // namespace

uint32_t QuoteFlag(int32_t c) {
  if (c == '\'') return kSingleQuote;
  if (c == '"') return kDoubleQuote;
  return c == '`' ? uint32_t{kBackQuote} : 0;
}

// Tokens of layout are empty and stand before the white space.
ScanStatus StartLayout(ScanCursor& cursor, const ScanInput& in) {
  cursor.mark = in.at;
  return StepWhitespace(cursor, in);
}

ScanStatus StepLayout(ScanCursor& cursor, const ScanInput& in) {
  switch (cursor.phase) {
    case kWhitespace:
      return StepWhitespace(cursor, in);
    case kCommentText:
      return StepComment(cursor, in);
    case kContinuation:
    case kContinuationLine:
      return StepContinuation(cursor, in);
    case kPrefix:
      return StepPrefix(cursor, in);
    default:
      return StepOpeningQuotes(cursor, in);
  }
}

uint32_t PossibleAtEnd(const ScanCursor& cursor) {
  uint32_t possible = ExternalScanner::kMayFindNothing;
  if (MayFindNewline(cursor)) possible |= Bit(kNewline);
  if (MayDedent(cursor) && AsksForDedent(cursor, 0)) possible |= Bit(kDedent);
  return possible;
}

uint32_t PossibleInLayout(const ScanCursor& cursor) {
  if (cursor.phase == kPrefix) return Bit(kStringStart) | ExternalScanner::kMayFindNothing;
  if (cursor.phase > kPrefix) return Bit(kStringStart);
  uint32_t possible = PossibleAtEnd(cursor) | (cursor.valid & Bit(kIndent));
  const bool is_newline_certain = (cursor.flags & kSawNewline) && MayFindNewline(cursor);
  if (MayStartString(cursor) && !is_newline_certain) possible |= Bit(kStringStart);
  return possible;
}

}  // namespace espalier::python
