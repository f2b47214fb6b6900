#include "tests/grammar/c_scanner.h"

#include <algorithm>
#include <array>
#include <set>

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

// tree-sitter's lexer, as far as a scanner sees it. The interface is the first base, so that a pointer to it
// is one to the whole.
class TextLexer : public TsLexer {
 public:
  TextLexer(std::string_view text, uint32_t begin)
      : TsLexer{}, text_(text), certain_end_(EndOfCertainty(text)), token_begin_(begin) {
    advance = [](TsLexer* lexer, bool skip) { Self(lexer).Advance(skip); };
    mark_end = [](TsLexer* lexer) { Self(lexer).MarkEnd(); };
    get_column = [](TsLexer* lexer) { return ColumnAt(Self(lexer).text_, Self(lexer).at_); };
    is_at_included_range_start = [](const TsLexer* lexer) { return Self(lexer).at_ == 0; };
    eof = [](const TsLexer* lexer) { return Self(lexer).AtEnd(); };
    log = IgnoreLog;
    MoveTo(begin);
  }

  uint32_t at() const { return at_; }
  uint32_t token_begin() const { return std::min(token_begin_, token_end()); }
  uint32_t token_end() const { return is_marked_ ? marked_ : at_; }
  bool saw_end() const { return saw_end_; }

 private:
  static TextLexer& Self(TsLexer* lexer) { return static_cast<TextLexer&>(*lexer); }
  static const TextLexer& Self(const TsLexer* lexer) { return static_cast<const TextLexer&>(*lexer); }

  bool AtEnd() const { return at_ == text_.size(); }

  void MoveTo(uint32_t at) {
    at_ = at;
    lookahead = AtEnd() ? 0 : DecodeCodePoint(text_, at).value;
    saw_end_ = saw_end_ || at >= certain_end_;
  }

  void Advance(bool skip) {
    if (AtEnd()) return;
    MoveTo(at_ + DecodeCodePoint(text_, at_).size);
    if (skip) token_begin_ = at_;
  }

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

}  // namespace

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

CScanner::CScanner(const TSLanguage* language) : tables_(*reinterpret_cast<const TsTables*>(language)) {}

uint16_t CScanner::ExternalLexState(uint32_t parse_state) const {
  if (tables_.abi_version >= 15) {
    return static_cast<const TsLexMode15*>(tables_.lex_modes)[parse_state].external_lex_state;
  }
  return static_cast<const TsLexMode*>(tables_.lex_modes)[parse_state].external_lex_state;
}

std::vector<uint32_t> CScanner::ValidSets() const {
  std::set<uint16_t> lex_states;
  for (uint32_t state = 0; state < tables_.state_count; ++state) lex_states.insert(ExternalLexState(state));
  lex_states.erase(0);  // where the scanner is not asked
  std::vector<uint32_t> sets;
  for (const uint16_t lex_state : lex_states) {
    uint32_t valid = 0;
    for (uint32_t i = 0; i < token_count(); ++i) {
      valid |= uint32_t{tables_.external_scanner.states[lex_state * token_count() + i]} << i;
    }
    sets.push_back(valid);
  }
  return sets;
}

CScan CScanner::Scan(std::string_view text, uint32_t begin, uint32_t valid, std::string_view state) const {
  const auto& scanner = tables_.external_scanner;
  std::array<bool, 32> is_valid{};
  for (uint32_t i = 0; i < token_count(); ++i) is_valid[i] = valid >> i & 1;

  void* payload = scanner.create();
  scanner.deserialize(payload, state.data(), static_cast<unsigned>(state.size()));
  TextLexer lexer(text, begin);
  CScan result;
  result.found = scanner.scan(payload, &lexer, is_valid.data());
  result.token = static_cast<uint8_t>(lexer.result_symbol);
  result.begin = lexer.token_begin();
  result.end = lexer.token_end();
  // Python's scanner may write one byte more than it has been promised.
  std::array<char, kTsSerializationSize + 8> buffer;
  if (result.found) result.state.assign(buffer.data(), scanner.serialize(payload, buffer.data()));
  result.furthest = lexer.at();
  result.saw_end = lexer.saw_end();
  scanner.destroy(payload);
  return result;
}

}  // namespace espalier
