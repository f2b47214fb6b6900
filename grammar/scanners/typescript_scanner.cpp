// The external scanner of tree-sitter-typescript 0.23, which TypeScript and TSX share.
#include "grammar/scanners/ecmascript_machine.h"

namespace espalier {
namespace {

class TypeScriptMachine final : public EcmascriptMachine {
  bool WantsSemicolon(const ScanCursor& cursor) const override {
    return Valid(cursor, kAutomaticSemicolon) || Valid(cursor, kFunctionSignatureSemicolon);
  }

  bool EndsLine(int32_t c) const override { return c == '\n'; }

  bool BlockCommentForbidsQuestion() const override { return false; }

  ScanStatus StepSameLine(ScanCursor& cursor, int32_t c, uint32_t) const override {
    if (c == 0) return Found(cursor, kAutomaticSemicolon);
    if (c == '}') return GoOn(cursor, kClosedBrace);
    if (!IsSpace(c)) return NoSemicolon(cursor, c);
    if (c != '\n') return ScanStatus::kMore;
    cursor.flags |= kPastLine;
    return GoOn(cursor, kGap);
  }

  ScanStatus StepBehindComments(ScanCursor& cursor, int32_t c, uint32_t, bool) const override {
    return GoesOn(cursor, c) ? NoSemicolon(cursor, c) : StepOperand(cursor, c);
  }

  static bool GoesOn(const ScanCursor& cursor, int32_t c) {
    constexpr std::string_view kContinuing = "`,.;*%><=?^|&:";
    if (c == '{') return Valid(cursor, kFunctionSignatureSemicolon);
    if (c == '(' || c == '[') return Valid(cursor, kLogicalOr);  // in a type, the next member
    return IsAscii(c) && kContinuing.find(static_cast<char>(c)) != kContinuing.npos;
  }

  ScanStatus StepQuestion(ScanCursor& cursor, int32_t c, uint32_t at) const override {
    if (c == '?' || c == '.') return ScanStatus::kNothing;
    cursor.mark = at;
    return StepQuestionGap(cursor, c);
  }

  ScanStatus StepOwn(ScanCursor& cursor, int32_t c) const override {
    return cursor.phase == kClosedBrace ? StepClosedBrace(cursor, c) : StepQuestionGap(cursor, c);
  }

  // `?:`, `?)` and `?,` mark something optional.
  static ScanStatus StepQuestionGap(ScanCursor& cursor, int32_t c) {
    if (IsSpace(c)) return GoOn(cursor, kQuestionGap);
    if (c == ':' || c == ')' || c == ',') return ScanStatus::kNothing;
    return c == '.' ? GoOn(cursor, kQuestionDot) : Found(cursor, kTernaryQuestionMark);
  }

  // `}:` closes an object pattern with a type, unless an expression may end here.
  static ScanStatus StepClosedBrace(ScanCursor& cursor, int32_t c) {
    if (IsSpace(c)) return ScanStatus::kMore;
    if (c == ':' && !Valid(cursor, kLogicalOr)) return ScanStatus::kNothing;
    return Found(cursor, kAutomaticSemicolon);
  }
};

}  // namespace

const ExternalScanner& TypeScriptScanner() {
  static const TypeScriptMachine machine;
  return machine;
}

}  // namespace espalier
