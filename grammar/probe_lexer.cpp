#include "grammar/probe_lexer.h"

#include "base/utf8.h"

namespace espalier {
namespace {

constexpr std::string_view kByteOrderMarkBytes = "\xEF\xBB\xBF";

void IgnoreLog(const TsLexer*, const char*, ...) {}

}  // namespace

ProbeLexer::ProbeLexer(const ProbeText& probe) : TsLexer{}, probe_(probe) {
  advance = [](TsLexer* lexer, bool) { Self(lexer).MoveTo(Self(lexer).at_ + Self(lexer).size_); };
  mark_end = [](TsLexer* lexer) { Self(lexer).MarkEnd(); };
  get_column = [](TsLexer* lexer) { return Self(lexer).Column(); };
  is_at_included_range_start = [](const TsLexer* lexer) { return Self(lexer).IsAtStart(); };
  eof = [](const TsLexer* lexer) { return Self(lexer).size_ == 0; };
  log = IgnoreLog;
  MoveTo(probe.begin);
}

void ProbeLexer::MoveTo(uint32_t at) {
  at_ = at;
  const bool is_over = at >= probe_.text.size();
  const DecodedPoint point = is_over ? DecodedPoint{0, 0} : DecodeAt(probe_.text, at, probe_.is_final);
  lookahead = point.value;
  size_ = point.size;
  saw_end_ |= size_ == 0 && !probe_.is_final;
}

void ProbeLexer::MarkEnd() {
  is_marked_ = true;
  marked_ = at_;
}

// In code points, of which a byte order mark at the beginning of the text is none.
uint32_t ProbeLexer::Column() {
  const std::string_view before = probe_.text.substr(0, at_);
  const size_t newline = before.rfind('\n');
  if (newline == std::string_view::npos || newline < probe_.begin) {
    looked_back_ = true;
    if (!probe_.has_before) return 0;
  }
  std::string_view line = before.substr(newline + 1);  // from 0 without one
  if (newline == std::string_view::npos && line.starts_with(kByteOrderMarkBytes)) {
    line.remove_prefix(kByteOrderMarkBytes.size());
  }
  return static_cast<uint32_t>(CountCodePoints(line));
}

}  // namespace espalier
