// What the external scanners of JavaScript and TypeScript do alike: which token a scan looks for, template
// and JSX text, comments, the beginning of a semicolon's and a question mark's scan, HTML comments.
//
// As for the packages' C functions, the end of the text looks like NUL, and the C library says, by the
// locale, what a space or a letter is (in the "C" locale they are ASCII).
#pragma once

#include <cstdint>
#include <cwctype>
#include <string>
#include <string_view>

#include "grammar/scanners/scan_step.h"

namespace espalier {

/// The external tokens, numbered as in both grammars; JavaScript has those up to kJsxText.
enum EcmascriptToken : uint8_t {
  kAutomaticSemicolon,
  kTemplateChars,
  kTernaryQuestionMark,
  kHtmlComment,
  kLogicalOr,  ///< never scanned; valid where an operand has just ended, outside of types
  kEscapeSequence,
  kRegexPattern,
  kJsxText,
  kFunctionSignatureSemicolon,  ///< valid after a signature that may be an overload's; scanned as semicolon
  kErrorRecovery,
};

inline bool IsAscii(int32_t c) { return c >= 0 && c < 128; }
inline bool IsDigit(int32_t c) { return c >= '0' && c <= '9'; }

inline bool IsSpace(int32_t c) {
  if (IsAscii(c)) return c == ' ' || (c >= '\t' && c <= '\r');
  return std::iswspace(static_cast<std::wint_t>(c)) != 0;
}

inline bool IsLetter(int32_t c) {
  if (IsAscii(c)) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return std::iswalpha(static_cast<std::wint_t>(c)) != 0;
}

inline bool IsSeparator(int32_t c) { return c == 0x2028 || c == 0x2029; }

class EcmascriptMachine : public ExternalScanner {
 public:
  ScanStatus Begin(std::string_view state, uint32_t valid, uint32_t begin, ScanCursor& cursor) const final;
  ScanStatus Step(ScanCursor& cursor, int32_t code_point, uint32_t at, uint32_t size) const final;
  uint32_t Possible(const ScanCursor& cursor) const final;
  std::string StateAfter(std::string_view state, const ScanCursor& cursor) const final;

 protected:
  /// Where a scan stands: how the code point given next is taken.
  enum Phase : uint8_t {
    kTemplate,
    kTemplateDollar,  // behind a `$`
    kJsx,
    // Automatic semicolon.
    kSameLine,      // white space before the line's end
    kGap,           // white space among comments
    kSlash,         // behind a `/`
    kLineComment,   // in a `//` comment
    kBlockComment,  // in a `/*` comment
    kBlockStar,     // in a `/*` comment, behind a `*`
    kBlockEnd,      // directly behind `*/`
    kDot,           // on the next line, behind `.` (JavaScript)
    kSign,          // behind the `+` or `-` in words[0]
    kBang,          // behind `!`
    kI,             // behind `i`
    kInstanceof,    // behind `in` and words[0] letters of `stanceof`
    kClosedBrace,   // white space behind `}` (TypeScript)
    // Question mark of a conditional expression.
    kBeforeQuestion,
    kQuestion,     // directly behind `?`
    kQuestionGap,  // white space behind `?` (TypeScript)
    kQuestionDot,  // behind `?` and `.`
    // HTML comment.
    kBeforeHtml,
    kHtmlOpening,  // behind words[0] characters of `<!--` or `-->`
    kHtmlText,
  };

  enum Flag : uint16_t {
    kHasText = 1,          ///< template or JSX: there is text
    kAtNewline = 2,        ///< JSX: only white space since the last newline
    kPastLine = 4,         ///< semicolon: the line has ended, outside of comments
    kNoQuestion = 8,       ///< semicolon: a comment rules out a question mark instead
    kCommentNewline = 16,  ///< semicolon: a block comment on the line itself holds a line end
    kHtmlArrow = 32,       ///< HTML comment: the opening is `-->`
  };

  static bool Valid(const ScanCursor& cursor, EcmascriptToken token) { return cursor.valid >> token & 1; }

  /// No semicolon; but `c`, where its scan gave up, may be the question mark of a conditional expression.
  static ScanStatus NoSemicolon(ScanCursor& cursor, int32_t c);
  static ScanStatus SemicolonIf(bool condition, ScanCursor& cursor, int32_t c);

  /// `c` begins the next line, comments left out, and no rule of the language's own is about it.
  static ScanStatus StepOperand(ScanCursor& cursor, int32_t c);

 private:
  // Where the languages differ.
  virtual bool WantsSemicolon(const ScanCursor& cursor) const = 0;
  virtual bool EndsLine(int32_t c) const = 0;  ///< for comments before a semicolon
  virtual bool BlockCommentForbidsQuestion() const = 0;
  virtual ScanStatus StepSameLine(ScanCursor& cursor, int32_t c, uint32_t at) const = 0;
  /// What stands behind white space and comments, on the line itself or, with kPastLine, on a later one.
  /// `newline`: they were not just block comments without line ends.
  virtual ScanStatus StepBehindComments(ScanCursor& cursor, int32_t c, uint32_t at, bool newline) const = 0;
  virtual ScanStatus StepQuestion(ScanCursor& cursor, int32_t c, uint32_t at) const = 0;
  virtual ScanStatus StepOwn(ScanCursor& cursor, int32_t c) const = 0;  ///< phases of one language

  bool Start(ScanCursor& cursor, uint32_t at) const;
  ScanStatus StepSemicolon(ScanCursor& cursor, int32_t c, uint32_t at) const;
  ScanStatus StepJsx(ScanCursor& cursor, int32_t c, uint32_t at) const;
  ScanStatus StepGap(ScanCursor& cursor, int32_t c, uint32_t at) const;
  ScanStatus StepSlash(ScanCursor& cursor, int32_t c) const;
  ScanStatus StepLineComment(ScanCursor& cursor, int32_t c, uint32_t at) const;
  ScanStatus StepBlockComment(ScanCursor& cursor, int32_t c, uint32_t at) const;
  ScanStatus StepBlockEnd(ScanCursor& cursor, int32_t c, uint32_t at) const;
  uint32_t PossibleInJsx(const ScanCursor& cursor) const;

  static ScanStatus EndTemplate(ScanCursor& cursor);
  static ScanStatus StepTemplate(ScanCursor& cursor, int32_t c, uint32_t at);
  static ScanStatus StepInstanceof(ScanCursor& cursor, int32_t c);
  static ScanStatus StepQuestionDot(ScanCursor& cursor, int32_t c);
  static ScanStatus StepHtml(ScanCursor& cursor, int32_t c, uint32_t at);
  static ScanStatus StepHtmlOpening(ScanCursor& cursor, int32_t c);
  static uint32_t PossibleInSemicolon(const ScanCursor& cursor);
};

}  // namespace espalier
