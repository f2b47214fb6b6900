#include "decoder/closers.h"

#include <algorithm>
#include <vector>

#include "grammar/closer.h"

namespace espalier {
namespace {

constexpr size_t kMaxClosers = 6;
constexpr size_t kLongestCharLiteral = 8;  // '\u{1F600}' is an identifier's neighbour in Rust, 'a a lifetime

struct OpenBracket {
  char bracket = 0;
  size_t offset = 0;
};

struct Brackets {
  std::vector<OpenBracket> open;  ///< opened and not closed
  size_t unmatched_closers = 0;   ///< closed and not opened
  bool crossed = false;           ///< one was closed by another kind
};

char ClosingOf(char bracket) { return bracket == '(' ? ')' : bracket == '[' ? ']' : '}'; }

// Scans brackets outside of strings and comments.
class BracketScanner {
 public:
  BracketScanner(std::string_view text, const Adapter& adapter) : text_(text), adapter_(adapter) {}

  Brackets Scan() {
    while (at_ < text_.size()) Step();
    return std::move(result_);
  }

 private:
  void Step() {
    const char c = text_[at_];
    if (text_.substr(at_).starts_with(adapter_.line_comment)) {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (!adapter_.indentation_is_syntax && text_.substr(at_).starts_with("/*")) {
      SkipPast("*/", at_ + 2);
    } else if (c == '"' || c == '`' || (c == '\'' && QuoteIsString())) {
      SkipString(c);
    } else {
      CountBracket(c);
      ++at_;
    }
  }

  void CountBracket(char c) {
    if (c == '(' || c == '[' || c == '{') {
      result_.open.push_back({c, at_});
    } else if (c == ')' || c == ']' || c == '}') {
      if (result_.open.empty()) {
        ++result_.unmatched_closers;
      } else {
        result_.crossed |= ClosingOf(result_.open.back().bracket) != c;
        result_.open.pop_back();
      }
    }
  }

  void SkipPast(std::string_view end, size_t from) {
    const size_t found = text_.find(end, from);
    at_ = found == std::string_view::npos ? text_.size() : found + end.size();
  }

  // An apostrophe opens a string, except where it stands for a lifetime.
  bool QuoteIsString() const {
    if (adapter_.language != Language::kRust) return true;
    const size_t close = text_.find('\'', at_ + 1);
    return close != std::string_view::npos && close - at_ <= kLongestCharLiteral &&
           (text_[at_ + 1] == '\\' || close - at_ <= 5);
  }

  void SkipString(char quote) {
    const std::string tripled(3, quote);
    if (adapter_.indentation_is_syntax && text_.substr(at_).starts_with(tripled)) {
      return SkipPast(tripled, at_ + 3);
    }
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\\' && quote != '`') {
        ++at_;
      } else if (text_[at_] == quote || (text_[at_] == '\n' && quote != '`')) {
        break;
      }
    }
    at_ = std::min(at_ + 1, text_.size());
  }

  std::string_view text_;
  const Adapter& adapter_;
  size_t at_ = 0;
  Brackets result_;
};

std::string IndentationOfLineAt(std::string_view text, size_t offset) {
  const size_t newline = text.rfind('\n', offset);
  const size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
  const size_t end = std::min(text.find_first_not_of(" \t", begin), offset);
  return std::string(text.substr(begin, end - begin));
}

// A closing brace goes to a line of its own, below the one that opened it, if that is another line.
std::string LaidOut(std::string_view before, const std::vector<std::string>& pieces, const Adapter& adapter) {
  std::string text(before);
  for (const std::string& piece : pieces) {
    const std::vector<OpenBracket> open = BracketScanner(text, adapter).Scan().open;
    const size_t line = text.find_last_of('\n') + 1;  // npos + 1 is the first
    const bool opened_above = !open.empty() && open.back().bracket == '{' && open.back().offset < line;
    if (piece == "}" && opened_above) {
      const bool blank = text.find_first_not_of(" \t", line) == std::string::npos;
      if (blank) text.resize(line);
      text += (blank ? "" : "\n") + IndentationOfLineAt(text, open.back().offset);
    }
    text += piece;
  }
  return text.substr(before.size());
}

}  // namespace

std::optional<std::string> ClosersFor(std::string_view before, std::string_view after,
                                      const Adapter& adapter) {
  const Brackets left = BracketScanner(before, adapter).Scan();
  const size_t closed_by_suffix = BracketScanner(after, adapter).Scan().unmatched_closers;
  if (left.open.size() <= closed_by_suffix) return std::nullopt;
  const size_t missing = left.open.size() - closed_by_suffix;
  if (missing > kMaxClosers) return std::nullopt;
  std::string closers;
  bool line_is_blank = before.ends_with('\n');
  for (size_t i = 0; i < missing; ++i) {
    const OpenBracket& open = left.open[left.open.size() - 1 - i];
    if (open.bracket == '{') {
      if (!line_is_blank) closers += '\n';
      closers += IndentationOfLineAt(before, open.offset);
    }
    closers += ClosingOf(open.bracket);
    line_is_blank = false;
  }
  return closers;
}

std::vector<std::string> GrammarClosersFor(std::string_view before, std::string_view after,
                                           const Adapter& adapter) {
  Recogniser recogniser(Grammar::For(adapter.language));
  if (!recogniser.Advance(before)) return {};
  const auto pieces = FindCloser(recogniser, after);
  if (!pieces || pieces->empty()) return {};
  std::string plain;
  for (const std::string& piece : *pieces) plain += piece;
  return {LaidOut(before, *pieces, adapter), plain};
}

bool BracketsBalance(std::string_view text, const Adapter& adapter) {
  const Brackets brackets = BracketScanner(text, adapter).Scan();
  return brackets.open.empty() && brackets.unmatched_closers == 0 && !brackets.crossed;
}

}  // namespace espalier
