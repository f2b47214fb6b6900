// Text as the C functions of a grammar's package see it: tree-sitter's lexer interface, and its decoding of
// UTF-8.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "grammar/ts_tables.h"

namespace espalier {

/// A code point of a text as tree-sitter's lexer decodes it: a byte that begins no valid sequence is one of
/// its own, with value -1.
struct CodePoint {
  int32_t value;
  uint32_t at;
  uint32_t size;
};

/// The code point at byte `at` < text.size().
CodePoint DecodeCodePoint(std::string_view text, uint32_t at);

/// All of `text` from byte `begin` on.
std::vector<CodePoint> DecodeCodePoints(std::string_view text, uint32_t begin = 0);

/// Code points between the beginning of the line and byte `at`; a byte order mark at byte 0 does not count.
uint32_t ColumnAt(std::string_view text, uint32_t at);

/// The lexer that tree-sitter's core gives to a package's C functions, at byte `begin`, for one call. The
/// interface is the first base, so that a pointer to it is one to the whole.
class TextLexer : public TsLexer {
 public:
  TextLexer(std::string_view text, uint32_t begin);

  uint32_t at() const { return at_; }
  uint32_t token_begin() const { return std::min(token_begin_, token_end()); }
  uint32_t token_end() const { return is_marked_ ? marked_ : at_; }
  /// It stood at the end of the text, or at the beginning of a sequence cut off there.
  bool saw_end() const { return saw_end_; }

 private:
  static TextLexer& Self(TsLexer* lexer) { return static_cast<TextLexer&>(*lexer); }
  static const TextLexer& Self(const TsLexer* lexer) { return static_cast<const TextLexer&>(*lexer); }

  bool AtEnd() const { return at_ == text_.size(); }

  void MoveTo(uint32_t at);
  void Advance(bool skip);
  void MarkEnd() {
    is_marked_ = true;
    marked_ = at_;
  }

  std::string_view text_;
  uint32_t certain_end_;
  uint32_t at_ = 0;
  uint32_t token_begin_;
  uint32_t marked_ = 0;
  bool is_marked_ = false;
  bool saw_end_ = false;
};

}  // namespace espalier
