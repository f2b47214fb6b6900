#include "grammar/scanners/ecmascript_machine.h"

namespace espalier {
namespace {

constexpr uint32_t Bit(EcmascriptToken token) { return 1u << token; }

bool IsHtmlLineEnd(int32_t c) { return c == 0 || c == '\n' || IsSeparator(c); }

bool EndsJsxText(int32_t c) { return c == 0 || c == '<' || c == '>' || c == '{' || c == '}' || c == '&'; }

}  // namespace

ScanStatus EcmascriptMachine::NoSemicolon(ScanCursor& cursor, int32_t c) {
  if (c != '?' || cursor.flags & kNoQuestion || !Valid(cursor, kTernaryQuestionMark)) {
    return ScanStatus::kNothing;
  }
  return GoOn(cursor, kQuestion);
}

ScanStatus EcmascriptMachine::SemicolonIf(bool condition, ScanCursor& cursor, int32_t c) {
  return condition ? Found(cursor, kAutomaticSemicolon) : NoSemicolon(cursor, c);
}

ScanStatus EcmascriptMachine::Begin(std::string_view, uint32_t valid, uint32_t begin,
                                    ScanCursor& cursor) const {
  cursor = {};
  cursor.valid = valid;
  cursor.begin = begin;
  if (Valid(cursor, kTemplateChars)) {
    // Both are valid only in error recovery.
    if (Valid(cursor, kAutomaticSemicolon)) return ScanStatus::kNothing;
    return GoOn(cursor, kTemplate);
  }
  if (Valid(cursor, kJsxText)) return GoOn(cursor, kJsx);
  return Start(cursor, begin) ? ScanStatus::kMore : ScanStatus::kNothing;
}

// What is looked for at byte `at` where neither template nor JSX text is; false if nothing.
bool EcmascriptMachine::Start(ScanCursor& cursor, uint32_t at) const {
  cursor.mark = at;
  if (WantsSemicolon(cursor)) {
    GoOn(cursor, kSameLine);
  } else if (Valid(cursor, kTernaryQuestionMark)) {
    GoOn(cursor, kBeforeQuestion);
  } else if (Valid(cursor, kHtmlComment) && !Valid(cursor, kLogicalOr) && !Valid(cursor, kEscapeSequence) &&
             !Valid(cursor, kRegexPattern)) {
    GoOn(cursor, kBeforeHtml);
  } else {
    return false;
  }
  return true;
}

ScanStatus EcmascriptMachine::Step(ScanCursor& cursor, int32_t code_point, uint32_t at, uint32_t) const {
  const int32_t c = code_point == kScanEnd ? 0 : code_point;
  if (cursor.phase <= kTemplateDollar) return StepTemplate(cursor, c, at);
  if (cursor.phase == kJsx) return StepJsx(cursor, c, at);
  if (cursor.phase <= kClosedBrace) return StepSemicolon(cursor, c, at);
  if (cursor.phase >= kBeforeHtml) return StepHtml(cursor, c, at);
  if (cursor.phase == kQuestion) return StepQuestion(cursor, c, at);
  if (cursor.phase == kQuestionGap) return StepOwn(cursor, c);
  if (cursor.phase == kQuestionDot) return StepQuestionDot(cursor, c);
  if (IsSpace(c)) return ScanStatus::kMore;
  return c == '?' ? GoOn(cursor, kQuestion) : ScanStatus::kNothing;
}

// Template text: up to a backtick, an escape or a `${`.

ScanStatus EcmascriptMachine::EndTemplate(ScanCursor& cursor) {
  return cursor.flags & kHasText ? Found(cursor, kTemplateChars) : ScanStatus::kNothing;
}

ScanStatus EcmascriptMachine::StepTemplate(ScanCursor& cursor, int32_t c, uint32_t at) {
  if (cursor.phase == kTemplateDollar) {
    if (c == '{') return EndTemplate(cursor);
    cursor.flags |= kHasText;
  }
  cursor.mark = at;
  if (c == 0) return ScanStatus::kNothing;
  if (c == '`' || c == '\\') return EndTemplate(cursor);
  if (c == '$') return GoOn(cursor, kTemplateDollar);
  cursor.flags |= kHasText;
  return GoOn(cursor, kTemplate);
}

// JSX text: everything up to a tag, an entity or a brace, but not if it is only line ends with white space
// behind them. Where there is none, what the other tokens look at begins behind that white space.
ScanStatus EcmascriptMachine::StepJsx(ScanCursor& cursor, int32_t c, uint32_t at) const {
  if (EndsJsxText(c)) {
    if (cursor.flags & kHasText) return FoundUpTo(cursor, kJsxText, at);
    return Start(cursor, at) ? Step(cursor, c, at, 0) : ScanStatus::kNothing;
  }
  if (c == '\n') {
    cursor.flags |= kAtNewline;
  } else if (!(cursor.flags & kAtNewline) || !IsSpace(c)) {
    cursor.flags |= kHasText;
  }
  return ScanStatus::kMore;
}

ScanStatus EcmascriptMachine::StepSemicolon(ScanCursor& cursor, int32_t c, uint32_t at) const {
  switch (cursor.phase) {
    case kSameLine:
      return StepSameLine(cursor, c, at);
    case kGap:
      return StepGap(cursor, c, at);
    case kSlash:
      return StepSlash(cursor, c);
    case kLineComment:
      return StepLineComment(cursor, c, at);
    case kBlockComment:
    case kBlockStar:
      return StepBlockComment(cursor, c, at);
    case kBlockEnd:
      return StepBlockEnd(cursor, c, at);
    case kSign:
      return SemicolonIf(c == static_cast<int32_t>(cursor.words[0]), cursor, c);
    case kBang:
      return SemicolonIf(c != '=', cursor, c);
    case kI:
      return c == 'n' ? GoOn(cursor, kInstanceof) : Found(cursor, kAutomaticSemicolon);
    case kInstanceof:
      return StepInstanceof(cursor, c);
    default:
      return StepOwn(cursor, c);
  }
}

// Comments before a semicolon.

ScanStatus EcmascriptMachine::StepGap(ScanCursor& cursor, int32_t c, uint32_t at) const {
  if (IsSpace(c)) return GoOn(cursor, kGap);
  if (c == '/') return GoOn(cursor, kSlash);
  return StepBehindComments(cursor, c, at, /*newline=*/true);
}

ScanStatus EcmascriptMachine::StepSlash(ScanCursor& cursor, int32_t c) const {
  if (c != '/' && c != '*') return NoSemicolon(cursor, c);
  if (c == '/' || BlockCommentForbidsQuestion()) cursor.flags |= kNoQuestion;
  return GoOn(cursor, c == '/' ? kLineComment : kBlockComment);
}

ScanStatus EcmascriptMachine::StepLineComment(ScanCursor& cursor, int32_t c, uint32_t at) const {
  return c == 0 || EndsLine(c) ? StepGap(cursor, c, at) : ScanStatus::kMore;
}

ScanStatus EcmascriptMachine::StepBlockComment(ScanCursor& cursor, int32_t c, uint32_t at) const {
  if (c == '*') return GoOn(cursor, kBlockStar);
  if (c == '/' && cursor.phase == kBlockStar) return GoOn(cursor, kBlockEnd);
  if (c == 0) return StepGap(cursor, c, at);
  if (EndsLine(c)) cursor.flags |= kCommentNewline;
  return GoOn(cursor, kBlockComment);
}

// On the line itself, only a comment directly behind this one is looked at, too.
ScanStatus EcmascriptMachine::StepBlockEnd(ScanCursor& cursor, int32_t c, uint32_t at) const {
  if (c == '/' || cursor.flags & kPastLine) return StepGap(cursor, c, at);
  return StepBehindComments(cursor, c, at, cursor.flags & kCommentNewline);
}

// The beginning of the next line. `++`, `--`, `!` and names begin a statement; `+`, `-`, `!=`, `in` and
// `instanceof` go on with this one. As the packages have it, a digit or `_` ends `in` (so `in_a` goes on).

ScanStatus EcmascriptMachine::StepOperand(ScanCursor& cursor, int32_t c) {
  switch (c) {
    case '+':
    case '-':
      cursor.words[0] = static_cast<uint32_t>(c);
      return GoOn(cursor, kSign);
    case '!':
      return GoOn(cursor, kBang);
    case 'i':
      cursor.words[0] = 0;
      return GoOn(cursor, kI);
    default:
      return Found(cursor, kAutomaticSemicolon);
  }
}

ScanStatus EcmascriptMachine::StepInstanceof(ScanCursor& cursor, int32_t c) {
  constexpr std::string_view kRest = "stanceof";
  uint32_t& matched = cursor.words[0];
  if (matched == 0 && !IsLetter(c)) return NoSemicolon(cursor, c);
  if (matched == kRest.size()) return SemicolonIf(IsLetter(c), cursor, c);
  if (c != kRest[matched]) return Found(cursor, kAutomaticSemicolon);
  ++matched;
  return ScanStatus::kMore;
}

// `?.` is optional chaining, `?.5` is not.
ScanStatus EcmascriptMachine::StepQuestionDot(ScanCursor& cursor, int32_t c) {
  return IsDigit(c) ? Found(cursor, kTernaryQuestionMark) : ScanStatus::kNothing;
}

// HTML comments reach from `<!--` or `-->` to the end of the line.

ScanStatus EcmascriptMachine::StepHtml(ScanCursor& cursor, int32_t c, uint32_t at) {
  if (cursor.phase == kBeforeHtml) {
    if (IsSpace(c) || IsSeparator(c)) return ScanStatus::kMore;
    if (c == '-') cursor.flags |= kHtmlArrow;
    return StepHtmlOpening(cursor, c);
  }
  if (cursor.phase == kHtmlOpening) return StepHtmlOpening(cursor, c);
  if (!IsHtmlLineEnd(c)) return ScanStatus::kMore;
  return FoundUpTo(cursor, kHtmlComment, at);
}

ScanStatus EcmascriptMachine::StepHtmlOpening(ScanCursor& cursor, int32_t c) {
  const std::string_view opening = cursor.flags & kHtmlArrow ? "-->" : "<!--";
  uint32_t& matched = cursor.words[0];
  if (c != opening[matched]) return ScanStatus::kNothing;
  return GoOn(cursor, ++matched == opening.size() ? kHtmlText : kHtmlOpening);
}

uint32_t EcmascriptMachine::Possible(const ScanCursor& cursor) const {
  if (cursor.phase <= kTemplateDollar) return Bit(kTemplateChars) | kMayFindNothing;
  if (cursor.phase == kJsx) return PossibleInJsx(cursor);
  if (cursor.phase <= kClosedBrace) return PossibleInSemicolon(cursor);
  if (cursor.phase < kBeforeHtml) return Bit(kTernaryQuestionMark) | kMayFindNothing;
  return Bit(kHtmlComment) | (cursor.phase == kHtmlText ? 0 : kMayFindNothing);
}

// The text may still end where a tag opens, behind nothing but white space.
uint32_t EcmascriptMachine::PossibleInJsx(const ScanCursor& cursor) const {
  if (cursor.flags & kHasText) return Bit(kJsxText);
  const uint32_t possible = Bit(kJsxText) | kMayFindNothing;
  ScanCursor next = cursor;
  if (!Start(next, cursor.begin)) return possible;
  if (next.phase == kSameLine) return possible | Bit(kAutomaticSemicolon);
  return possible | (next.phase == kBeforeHtml ? Bit(kHtmlComment) : 0);
}

uint32_t EcmascriptMachine::PossibleInSemicolon(const ScanCursor& cursor) {
  uint32_t possible = Bit(kAutomaticSemicolon);
  if (cursor.phase != kClosedBrace || !Valid(cursor, kLogicalOr)) possible |= kMayFindNothing;
  const bool question = cursor.phase != kBang && cursor.phase != kClosedBrace;
  if (question && !(cursor.flags & kNoQuestion)) possible |= cursor.valid & Bit(kTernaryQuestionMark);
  return possible;
}

std::string EcmascriptMachine::StateAfter(std::string_view, const ScanCursor&) const { return {}; }

}  // namespace espalier
