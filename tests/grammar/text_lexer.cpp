#include "tests/grammar/text_lexer.h"

#include <string>

#include "base/utf8.h"

namespace espalier {
namespace {

// Whether `bytes` is a valid sequence cut short.
bool IsCutSequence(std::string_view bytes) {
  if (bytes.empty() || Utf8SequenceLength(bytes) != 0) return false;
  for (const char second : {'\x80', '\x90', '\xA0'}) {  // one of them suits every lead byte
    std::string whole(bytes);
    if (whole.size() == 1) whole += second;
    for (; whole.size() <= 4; whole += '\x80') {
      if (Utf8SequenceLength(whole) == whole.size()) return true;
    }
  }
  return false;
}

// The byte behind which a longer text may decode differently.
uint32_t EndOfCertainty(std::string_view text) {
  for (size_t cut = std::min<size_t>(3, text.size()); cut > 0; --cut) {
    if (IsCutSequence(text.substr(text.size() - cut))) return static_cast<uint32_t>(text.size() - cut);
  }
  return static_cast<uint32_t>(text.size());
}

void IgnoreLog(const TsLexer*, const char*, ...) {}

}  // namespace

TextLexer::TextLexer(std::string_view text, uint32_t begin)
    : TsLexer{}, text_(text), certain_end_(EndOfCertainty(text)), token_begin_(begin) {
  advance = [](TsLexer* lexer, bool skip) { Self(lexer).Advance(skip); };
  mark_end = [](TsLexer* lexer) { Self(lexer).MarkEnd(); };
  get_column = [](TsLexer* lexer) { return ColumnAt(Self(lexer).text_, Self(lexer).at_); };
  is_at_included_range_start = [](const TsLexer* lexer) { return Self(lexer).at_ == 0; };
  eof = [](const TsLexer* lexer) { return Self(lexer).AtEnd(); };
  log = IgnoreLog;
  MoveTo(begin);
}

void TextLexer::MoveTo(uint32_t at) {
  at_ = at;
  lookahead = AtEnd() ? 0 : DecodeCodePoint(text_, at).value;
  saw_end_ = saw_end_ || at >= certain_end_;
}

void TextLexer::Advance(bool skip) {
  if (AtEnd()) return;
  MoveTo(at_ + DecodeCodePoint(text_, at_).size);
  if (skip) token_begin_ = at_;
}

CodePoint DecodeCodePoint(std::string_view text, uint32_t at) {
  const auto size = static_cast<uint32_t>(Utf8SequenceLength(text.substr(at)));
  if (size == 0) return {-1, at, 1};
  const auto byte = [&](uint32_t i) { return static_cast<uint8_t>(text[at + i]); };
  int32_t value = size == 1 ? byte(0) : byte(0) & (0xFF >> (size + 1));
  for (uint32_t i = 1; i < size; ++i) value = value << 6 | (byte(i) & 0x3F);
  return {value, at, size};
}

std::vector<CodePoint> DecodeCodePoints(std::string_view text, uint32_t begin) {
  std::vector<CodePoint> points;
  for (uint32_t at = begin; at < text.size(); at += points.back().size) {
    points.push_back(DecodeCodePoint(text, at));
  }
  return points;
}

uint32_t ColumnAt(std::string_view text, uint32_t at) {
  const size_t newline = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
  const size_t line = newline == std::string_view::npos ? 0 : newline + 1;
  const std::string_view before = text.substr(line, at - line);
  const bool has_mark = line == 0 && before.substr(0, 3) == "\xEF\xBB\xBF";
  return static_cast<uint32_t>(CountCodePoints(before)) - (has_mark ? 1 : 0);
}

}  // namespace espalier
