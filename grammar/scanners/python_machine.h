// Internal to grammar/scanners/: the parts of Python's machine. python_layout.cpp has what stands between
// tokens and how strings begin, python_string.cpp their inside, python_scanner.cpp puts them together.
#pragma once

#include "grammar/scanners/scan_step.h"

namespace espalier::python {

/// In the order of the grammar's external tokens.
enum Token : uint8_t {
  kNewline,
  kIndent,
  kDedent,
  kStringStart,
  kStringContent,
  kEscapeInterpolation,
  kStringEnd,
  kComment,
  kCloseParen,
  kCloseBracket,
  kCloseBrace,
  kExcept,
};

/// How a string was opened.
enum DelimiterFlag : uint32_t {
  kSingleQuote = 1 << 0,
  kDoubleQuote = 1 << 1,
  kBackQuote = 1 << 2,
  kRaw = 1 << 3,
  kFormat = 1 << 4,
  kTriple = 1 << 5,
  kBytes = 1 << 6,
};

enum Phase : uint8_t {
  kFirstInFormat,     // at the first code point inside of an f-string
  kAfterLeftBrace,    // "{{"?
  kAfterRightBrace,   // "}}"?
  kContent,           // inside of a string
  kRawEscape,         // behind a raw string's backslash
  kRawNewline,        // behind what it protects: a line break right there belongs to it too
  kRawLineFeed,       // behind its '\r'
  kBytesEscape,       // behind a byte string's backslash
  kBytesSkip,         // behind "\N", "\u", "\U", which protect one more code point there
  kOneQuote,          // behind one quote in a string that three end
  kTwoQuotes,         // behind two
  kWhitespace,        // between tokens
  kCommentText,       // in a comment between tokens
  kContinuation,      // behind a backslash between tokens
  kContinuationLine,  // behind its '\r'
  kPrefix,            // in the letters before a string's quote
  kOpeningQuote,      // behind the first quote
  kOpeningQuotes,     // behind the second
};

enum Flag : uint16_t {
  kHasContent = 1 << 0,
  kSawNewline = 1 << 1,
  kInsideInterpolated = 1 << 2,
};

/// What the words of the cursor hold: the innermost string's DelimiterFlags (or those of the one that
/// begins), the indentation of this line, of the innermost block and of the first comment passed over.
enum Word { kDelimiterWord, kIndentWord, kBlockIndentWord, kCommentIndentWord };
constexpr uint32_t kNoComment = UINT32_MAX;  // as indentation of the first comment

constexpr uint32_t Bit(Token token) { return 1u << token; }
inline bool IsValid(const ScanCursor& cursor, Token token) { return cursor.valid & Bit(token); }

/// The parser, at a loss, accepts everything.
inline bool InErrorRecovery(const ScanCursor& cursor) {
  return IsValid(cursor, kStringContent) && IsValid(cursor, kIndent);
}

/// The code point that ends a string, and the reverse (0: no quote).
inline int32_t EndCharacter(uint32_t delimiter) {
  if (delimiter & kSingleQuote) return '\'';
  return delimiter & kDoubleQuote ? '"' : '`';
}
uint32_t QuoteFlag(int32_t c);

/// The phases from kWhitespace on. A scan that comes to them later begins them with StartLayout.
ScanStatus StepLayout(ScanCursor& cursor, const ScanInput& in);
ScanStatus StartLayout(ScanCursor& cursor, const ScanInput& in);
uint32_t PossibleInLayout(const ScanCursor& cursor);
/// What may be found if the text ends here.
uint32_t PossibleAtEnd(const ScanCursor& cursor);

/// The phases up to kTwoQuotes.
ScanStatus StepString(ScanCursor& cursor, const ScanInput& in);
uint32_t PossibleInString(const ScanCursor& cursor);

}  // namespace espalier::python
