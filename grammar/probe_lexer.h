// Internal to grammar/: the text as a grammar package's scanner (a C function) is shown it: tree-sitter's
// lexer interface over a text that may go on. For one call.
#pragma once

#include <cstdint>
#include <string_view>

#include "grammar/code_points.h"
#include "grammar/ts_tables.h"

namespace espalier {

/// What a scanner is run on.
struct ProbeText {
  std::string_view text;
  uint32_t begin;   ///< byte at which the scan begins
  bool is_final;    ///< the text is over at its end
  bool has_before;  ///< what stands before `begin` is the text before it; otherwise that is not known,
  bool is_start;    ///< but whether there is none is
};

/// The interface is the first base, so that a pointer to it is one to the whole.
class ProbeLexer : public TsLexer {
 public:
  explicit ProbeLexer(const ProbeText& probe);

  /// Byte behind the token.
  uint32_t token_end() const { return is_marked_ ? marked_ : at_; }
  /// The scanner stood where the known text ends, so that a longer one might be judged differently. Being
  /// there is enough: that it looked cannot be observed.
  bool saw_end() const { return saw_end_; }
  /// It asked about the text before `begin`.
  bool looked_back() const { return looked_back_; }

 private:
  static ProbeLexer& Self(TsLexer* lexer) { return static_cast<ProbeLexer&>(*lexer); }
  static const ProbeLexer& Self(const TsLexer* lexer) { return static_cast<const ProbeLexer&>(*lexer); }

  void MoveTo(uint32_t at);
  void MarkEnd();
  uint32_t Column();
  // Of several stretches of a document that are parsed together; here there is one, the text.
  bool IsAtStart() const { return at_ == 0 && (probe_.has_before || probe_.is_start); }

  const ProbeText probe_;
  uint32_t at_ = 0;
  uint32_t size_ = 0;  // of the code point there; 0: the known text is over
  uint32_t marked_ = 0;
  bool is_marked_ = false;
  bool saw_end_ = false;
  bool looked_back_ = false;
};

}  // namespace espalier
