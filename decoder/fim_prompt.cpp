#include "decoder/fim_prompt.h"

#include <algorithm>

namespace espalier {
namespace {

// Lines longer than this (minified code, data) are treated as several.
constexpr uint32_t kLongLineBytes = 2048;
// The window's begin moves in strides of this many lines, as long as that wastes little of the budget.
constexpr size_t kStrideLines = 16;

bool IsContinuationByte(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

uint32_t LineStart(std::string_view document, uint32_t at) {
  const size_t newline = at == 0 ? std::string_view::npos : document.rfind('\n', at - 1);
  return newline == std::string_view::npos ? 0 : static_cast<uint32_t>(newline + 1);
}

// The last place at or before `at` where the document may be cut: a line's start, or within a long line
// a multiple of kLongLineBytes from it.
uint32_t BreakAtOrBefore(std::string_view document, uint32_t at) {
  const uint32_t line = LineStart(document, at);
  uint32_t cut = line + (at - line) / kLongLineBytes * kLongLineBytes;
  while (cut > line && IsContinuationByte(document[cut])) --cut;
  return cut;
}

// All such places in [0, at], ascending; the first is 0.
std::vector<uint32_t> BreaksUpTo(std::string_view document, uint32_t at) {
  std::vector<uint32_t> breaks;
  for (uint32_t cut = BreakAtOrBefore(document, at);; cut = BreakAtOrBefore(document, cut - 1)) {
    breaks.push_back(cut);
    if (cut == 0) break;
  }
  std::reverse(breaks.begin(), breaks.end());
  return breaks;
}

uint32_t CountTokens(const Tokenizer& tokenizer, std::string_view text) {
  return static_cast<uint32_t>(tokenizer.Encode(text).size());
}

// The first break from which the text up to the last break fits into the budget.
size_t FirstFittingBreak(std::string_view document, const std::vector<uint32_t>& breaks,
                         const Tokenizer& tokenizer, uint32_t budget_tokens) {
  uint32_t tokens = 0;
  size_t first = breaks.size() - 1;
  for (; first > 0; --first) {
    const uint32_t begin = breaks[first - 1];
    tokens += CountTokens(tokenizer, document.substr(begin, breaks[first] - begin));
    if (tokens > budget_tokens) break;
  }
  return first;
}

uint32_t ChooseBegin(std::string_view document, uint32_t anchor, const Tokenizer& tokenizer,
                     uint32_t budget_tokens) {
  const std::vector<uint32_t> breaks = BreaksUpTo(document, anchor);
  const size_t first = FirstFittingBreak(document, breaks, tokenizer, budget_tokens);
  const size_t lines = breaks.size() - 1 - first;
  if (first == 0) return 0;
  const size_t stride = lines >= 4 * kStrideLines ? kStrideLines : std::max<size_t>(lines / 4, 1);
  return breaks[std::min((first + stride - 1) / stride * stride, breaks.size() - 1)];
}

uint32_t NextBreak(std::string_view document, uint32_t at) {
  const size_t newline = document.find('\n', at);
  const size_t line_end = newline == std::string_view::npos ? document.size() : newline + 1;
  size_t cut = std::min<size_t>(line_end, size_t{at} + kLongLineBytes);
  while (cut < document.size() && IsContinuationByte(document[cut])) ++cut;
  return static_cast<uint32_t>(cut);
}

uint32_t ChooseEnd(std::string_view document, uint32_t cursor, const Tokenizer& tokenizer,
                   uint32_t budget_tokens) {
  uint32_t tokens = 0;
  uint32_t end = cursor;
  while (end < document.size()) {
    const uint32_t next = NextBreak(document, end);
    tokens += CountTokens(tokenizer, document.substr(end, next - end));
    if (tokens > budget_tokens && end > cursor) break;
    end = next;
    if (tokens > budget_tokens) break;
  }
  return end;
}

}  // namespace

FimWindow ChooseFimWindow(std::string_view document, uint32_t cursor, const Tokenizer& tokenizer,
                          const FimBudget& budget) {
  FimWindow window;
  window.cursor = cursor;
  window.anchor = BreakAtOrBefore(document, cursor);
  if (window.anchor > 0) window.anchor = BreakAtOrBefore(document, window.anchor - 1);
  window.begin = ChooseBegin(document, window.anchor, tokenizer, budget.prefix_tokens);
  window.end = ChooseEnd(document, cursor, tokenizer, budget.suffix_tokens);
  return window;
}

FimPrompt BuildFimPrompt(std::string_view document, const FimWindow& window, const Tokenizer& tokenizer,
                         const FimBudget& budget) {
  const auto part = [&](uint32_t begin, uint32_t end) {
    return WithLfLineEnds(document.substr(begin, end - begin));
  };
  FimPrompt prompt;
  prompt.forced_text = part(window.anchor, window.cursor);
  prompt.suffix = part(window.cursor, window.end);
  // A single line may be over the budget; then the tokens next to the cursor are the ones that stay.
  std::vector<TokenId> before = tokenizer.Encode(part(window.begin, window.anchor));
  if (before.size() > budget.prefix_tokens) before.erase(before.begin(), before.end() - budget.prefix_tokens);
  std::vector<TokenId> after = tokenizer.Encode(prompt.suffix);
  if (after.size() > budget.suffix_tokens) after.resize(budget.suffix_tokens);

  const SpecialTokenIds& marks = tokenizer.special();
  if (tokenizer.add_bos()) prompt.tokens.push_back(marks.bos);
  prompt.tokens.push_back(marks.fim_prefix);
  prompt.tokens.insert(prompt.tokens.end(), before.begin(), before.end());
  prompt.tokens.push_back(marks.fim_suffix);
  prompt.tokens.insert(prompt.tokens.end(), after.begin(), after.end());
  prompt.tokens.push_back(marks.fim_middle);
  return prompt;
}

Status SupportsFim(const Tokenizer& tokenizer) {
  const SpecialTokenIds& marks = tokenizer.special();
  const bool all =
      marks.fim_prefix != kNoToken && marks.fim_suffix != kNoToken && marks.fim_middle != kNoToken;
  if (all) return {};
  return Fail(
      ErrorCode::kUnsupported,
      "the model has no fill-in-the-middle tokens: choose a code model with FIM, such as Qwen2.5-Coder");
}

std::string WithLfLineEnds(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    result.push_back(text[i]);
  }
  return result;
}

}  // namespace espalier
