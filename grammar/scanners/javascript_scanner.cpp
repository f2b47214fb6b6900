// The external scanner of tree-sitter-javascript 0.25.
#include "grammar/scanners/ecmascript_machine.h"

namespace espalier {
namespace {

class JavaScriptMachine final : public EcmascriptMachine {
  bool WantsSemicolon(const ScanCursor& cursor) const override { return Valid(cursor, kAutomaticSemicolon); }

  bool EndsLine(int32_t c) const override { return c == '\n' || IsSeparator(c); }

  bool BlockCommentForbidsQuestion() const override { return true; }

  ScanStatus StepSameLine(ScanCursor& cursor, int32_t c, uint32_t at) const override {
    if (c == 0) return Found(cursor, kAutomaticSemicolon);
    return c == '/' ? GoOn(cursor, kSlash) : StepLine(cursor, c, at);
  }

  ScanStatus StepBehindComments(ScanCursor& cursor, int32_t c, uint32_t at, bool newline) const override {
    if (cursor.flags & kPastLine) return StepNextLine(cursor, c);
    const bool ends = newline && !Valid(cursor, kLogicalOr) && c != ',' && c != '=';
    return ends ? Found(cursor, kAutomaticSemicolon) : StepLine(cursor, c, at);
  }

  ScanStatus StepQuestion(ScanCursor& cursor, int32_t c, uint32_t at) const override {
    if (c == '?') return ScanStatus::kNothing;
    cursor.mark = at;
    return c == '.' ? GoOn(cursor, kQuestionDot) : Found(cursor, kTernaryQuestionMark);
  }

  // Behind a dot: `.5` begins a statement, `.name` goes on.
  ScanStatus StepOwn(ScanCursor& cursor, int32_t c) const override {
    return SemicolonIf(IsDigit(c), cursor, c);
  }

  // Byte 0 passes for the beginning of an included range, where a semicolon always fits.
  ScanStatus StepLine(ScanCursor& cursor, int32_t c, uint32_t at) const {
    if (c == '}' || at == 0) return Found(cursor, kAutomaticSemicolon);
    if (EndsLine(c)) {
      cursor.flags |= kPastLine;
      return GoOn(cursor, kGap);
    }
    return IsSpace(c) ? GoOn(cursor, kSameLine) : NoSemicolon(cursor, c);
  }

  static ScanStatus StepNextLine(ScanCursor& cursor, int32_t c) {
    constexpr std::string_view kContinuing = "`,:;*%><=[(?^|&";
    if (c == '.') return GoOn(cursor, kDot);
    const bool goes_on = IsAscii(c) && kContinuing.find(static_cast<char>(c)) != kContinuing.npos;
    return goes_on ? NoSemicolon(cursor, c) : StepOperand(cursor, c);
  }
};

}  // namespace

const ExternalScanner& JavaScriptScanner() {
  static const JavaScriptMachine machine;
  return machine;
}

}  // namespace espalier
