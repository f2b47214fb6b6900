// Patterns as trees.
#include <algorithm>
#include <optional>
#include <string>

#include "base/utf8.h"
#include "grammar/json/pattern.h"

namespace espalier {
namespace {

constexpr uint32_t kMostDepth = 100;
constexpr uint32_t kMostRepeats = 1000;
constexpr uint32_t kLastCodePoint = 0x10FFFF;

// Sorts and joins ranges, and takes the surrogates out.
CodePoints Tidy(CodePoints ranges) {
  std::sort(ranges.begin(), ranges.end());
  CodePoints joined;
  for (const auto& [first, last] : ranges) {
    if (!joined.empty() && first <= joined.back().second + 1) {
      joined.back().second = std::max(joined.back().second, last);
    } else {
      joined.emplace_back(first, last);
    }
  }
  CodePoints tidy;
  for (const auto& [first, last] : joined) {
    if (first < 0xD800) tidy.emplace_back(first, std::min<uint32_t>(last, 0xD7FF));
    if (last > 0xDFFF) tidy.emplace_back(std::max<uint32_t>(first, 0xE000), last);
  }
  return tidy;
}

CodePoints Complement(const CodePoints& ranges) {
  CodePoints complement;
  uint32_t from = 0;
  for (const auto& [first, last] : Tidy(ranges)) {
    if (from < first) complement.emplace_back(from, first - 1);
    from = last + 1;
  }
  if (from <= kLastCodePoint) complement.emplace_back(from, kLastCodePoint);
  return Tidy(complement);
}

const CodePoints kDigits = {{'0', '9'}};
const CodePoints kWordCharacters = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
const CodePoints kLineEnds = {{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}};
const CodePoints kSpaces = {{0x09, 0x0D},     {0x20, 0x20},     {0xA0, 0xA0},     {0x1680, 0x1680},
                            {0x2000, 0x200A}, {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F},
                            {0x3000, 0x3000}, {0xFEFF, 0xFEFF}};

class PatternParser {
 public:
  explicit PatternParser(std::string_view text) : text_(text) {}

  Result<PatternTree> Parse() {
    ESPALIER_ASSIGN_OR_RETURN(tree_.root, Alternatives(0));
    if (!text_.empty()) return Bad("a ) closes nothing");
    return std::move(tree_);
  }

 private:
  using Kind = PatternTree::Kind;
  using Node = PatternTree::Node;

  static tl::unexpected<Error> Bad(std::string what) {
    return Fail(ErrorCode::kInvalidArgument, std::move(what));
  }
  static tl::unexpected<Error> No(std::string what) {
    return Fail(ErrorCode::kUnsupported, std::move(what) + " is not supported");
  }

  uint32_t Add(Node node) {
    tree_.nodes.push_back(std::move(node));
    return static_cast<uint32_t>(tree_.nodes.size() - 1);
  }
  uint32_t AddSet(CodePoints set) { return Add({.kind = Kind::kSet, .set = std::move(set), .children = {}}); }
  uint32_t AddOf(Kind kind, std::vector<uint32_t> children) {
    return children.size() == 1 ? children[0]
                                : Add({.kind = kind, .set = {}, .children = std::move(children)});
  }
  bool Take(std::string_view expected) {
    if (!text_.starts_with(expected)) return false;
    text_.remove_prefix(expected.size());
    return true;
  }
  // REQUIRES: text is left; it is valid UTF-8.
  uint32_t TakeCodePoint() {
    const size_t size = Utf8SequenceLength(text_);
    uint32_t value = static_cast<uint8_t>(text_[0]) & (size == 1 ? 0x7F : 0x7F >> size);
    for (size_t i = 1; i < size; ++i) value = value << 6 | (static_cast<uint8_t>(text_[i]) & 0x3F);
    text_.remove_prefix(size);
    return value;
  }

  Result<uint32_t> Alternatives(uint32_t depth) {
    if (depth > kMostDepth) return No("a group inside of 100 others");
    std::vector<uint32_t> alternatives;
    do {
      std::vector<uint32_t> sequence;
      while (!text_.empty() && text_[0] != '|' && text_[0] != ')') {
        ESPALIER_ASSIGN_OR_RETURN(const uint32_t piece, Piece(depth));
        sequence.push_back(piece);
      }
      alternatives.push_back(AddOf(Kind::kSequence, std::move(sequence)));
    } while (Take("|"));
    return AddOf(Kind::kAlternatives, std::move(alternatives));
  }

  Result<uint32_t> Piece(uint32_t depth) {
    if (Take("^")) return Add({.kind = Kind::kBegin, .set = {}, .children = {}});
    if (Take("$")) return Add({.kind = Kind::kEnd, .set = {}, .children = {}});
    ESPALIER_ASSIGN_OR_RETURN(const uint32_t atom, Atom(depth));
    uint32_t least = 0, most = PatternTree::kUnlimited;
    if (Take("+")) {
      least = 1;
    } else if (Take("?")) {
      most = 1;
    } else if (Take("{")) {
      ESPALIER_RETURN_IF_ERROR(Count(least, most));
    } else if (!Take("*")) {
      return atom;
    }
    Take("?");  // not greedy: the same strings
    if (!text_.empty() && std::string_view("*+?{").find(text_[0]) != std::string_view::npos) {
      return Bad("there is nothing to repeat before the last " + std::string(1, text_[0]));
    }
    return Add({.kind = Kind::kRepeat, .set = {}, .children = {atom}, .least = least, .most = most});
  }

  // Behind a {.
  Status Count(uint32_t& least, uint32_t& most) {
    const auto number = [&]() -> std::optional<uint32_t> {
      std::optional<uint32_t> value;
      for (; !text_.empty() && text_[0] >= '0' && text_[0] <= '9'; text_.remove_prefix(1)) {
        value = std::min(value.value_or(0) * 10 + static_cast<uint32_t>(text_[0] - '0'), kMostRepeats + 1);
      }
      return value;
    };
    const auto first = number();
    if (!first) return Bad("a { must be escaped or begin a count");
    least = most = *first;
    if (Take(",")) most = number().value_or(PatternTree::kUnlimited);
    if (!Take("}")) return Bad("a count is not closed");
    if (least > most) return Bad("the numbers in a count are out of order");
    if (least > kMostRepeats || (most > kMostRepeats && most != PatternTree::kUnlimited)) {
      return No("a count over 1000");
    }
    return {};
  }

  Result<uint32_t> Atom(uint32_t depth) {
    if (Take("(")) return Group(depth);
    if (Take("[")) return Class();
    if (Take(".")) return AddSet(Complement(kLineEnds));
    if (Take("\\")) {
      ESPALIER_ASSIGN_OR_RETURN(CodePoints set, Escape(false));
      return AddSet(std::move(set));
    }
    if (std::string_view("*+?{}]").find(text_[0]) != std::string_view::npos) {
      return Bad("a " + std::string(1, text_[0]) + " without its meaning must be escaped");
    }
    const uint32_t code_point = TakeCodePoint();
    return AddSet({{code_point, code_point}});
  }

  Result<uint32_t> Group(uint32_t depth) {
    if (Take("?")) {
      if (text_.starts_with("=") || text_.starts_with("!")) return No("looking ahead");
      if (text_.starts_with("<=") || text_.starts_with("<!")) return No("looking behind");
      if (text_.starts_with("<")) {
        text_.remove_prefix(std::min(text_.find('>'), text_.size()));
        if (!Take(">")) return Bad("a group's name is not closed");
      } else if (!Take(":")) {
        return No("a group with flags");
      }
    }
    ESPALIER_ASSIGN_OR_RETURN(const uint32_t inside, Alternatives(depth + 1));
    if (!Take(")")) return Bad("a group is not closed");
    return inside;
  }

  // Behind a [.
  Result<uint32_t> Class() {
    const bool negated = Take("^");
    CodePoints set;
    while (!Take("]")) {
      if (text_.empty()) return Bad("a [ is not closed");
      ESPALIER_ASSIGN_OR_RETURN(CodePoints part, ClassAtom());
      if (text_.size() > 1 && text_[0] == '-' && text_[1] != ']' && IsOne(part)) {
        text_.remove_prefix(1);
        ESPALIER_ASSIGN_OR_RETURN(const CodePoints last, ClassAtom());
        if (IsOne(last)) {
          if (last[0].first < part[0].first) return Bad("the ends of a range are out of order");
          part[0].second = last[0].first;
        } else {
          part.emplace_back('-', '-');
          part.insert(part.end(), last.begin(), last.end());
        }
      }
      set.insert(set.end(), part.begin(), part.end());
    }
    return AddSet(negated ? Complement(set) : Tidy(set));
  }

  static bool IsOne(const CodePoints& set) { return set.size() == 1 && set[0].first == set[0].second; }

  Result<CodePoints> ClassAtom() {
    if (text_.empty()) return Bad("a [ is not closed");
    if (Take("\\")) return Escape(true);
    const uint32_t code_point = TakeCodePoint();
    return CodePoints{{code_point, code_point}};
  }

  // Behind a backslash.
  Result<CodePoints> Escape(bool in_class) {
    if (text_.empty()) return Bad("it ends with a backslash");
    const char c = text_[0];
    constexpr std::string_view kControls = "tnvfr", kMeanings = "\t\n\v\f\r";
    if (c == 'x' || c == 'u') return Hexadecimal();
    if (in_class ? c == 'B' : c == 'b' || c == 'B') return No(std::string("\\") + c);
    if (c == 'p' || c == 'P' || c == 'k' || c == 'c' || (c >= '0' && c <= '9'))
      return No(std::string("\\") + c);
    const uint32_t code_point = TakeCodePoint();
    if (c == 'd') return kDigits;
    if (c == 'w') return kWordCharacters;
    if (c == 's') return kSpaces;
    if (c == 'D') return Complement(kDigits);
    if (c == 'W') return Complement(kWordCharacters);
    if (c == 'S') return Complement(kSpaces);
    if (c == 'b') return CodePoints{{'\b', '\b'}};
    const size_t control = kControls.find(c);
    if (control != std::string_view::npos) {
      const auto meaning = static_cast<uint32_t>(kMeanings[control]);
      return CodePoints{{meaning, meaning}};
    }
    if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') return Bad(std::string("\\") + c + " has no meaning");
    return CodePoints{{code_point, code_point}};
  }

  // \xHH, \uHHHH (of a surrogate pair, both), \u{H...}.
  Result<CodePoints> Hexadecimal() {
    const bool byte = Take("x");
    if (!byte) Take("u");
    uint32_t value = 0;
    if (!byte && Take("{")) {
      const size_t end = std::min(text_.find('}'), text_.size());
      if (end > 6 || !Digits(end, value) || !Take("}")) return Bad("a \\u{ has no hexadecimal number and }");
    } else if (!Digits(byte ? 2 : 4, value)) {
      return Bad("hexadecimal digits are missing");
    }
    uint32_t low = 0;
    if (value >= 0xD800 && value < 0xDC00 && Take("\\u") && Digits(4, low) && low >= 0xDC00 && low < 0xE000) {
      value = 0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00);
    }
    if (value > kLastCodePoint || (value >= 0xD800 && value < 0xE000))
      return Bad("an escape names no character");
    return CodePoints{{value, value}};
  }

  bool Digits(size_t count, uint32_t& value) {
    constexpr std::string_view kHex = "0123456789abcdef";
    if (count == 0 || text_.size() < count) return false;
    for (; count > 0; --count, text_.remove_prefix(1)) {
      const char c = text_[0];
      const size_t digit = kHex.find(c >= 'A' && c <= 'F' ? static_cast<char>(c | 0x20) : c);
      if (digit == std::string_view::npos) return false;
      value = value * 16 + static_cast<uint32_t>(digit);
    }
    return true;
  }

  std::string_view text_;
  PatternTree tree_;
};

}  // namespace

Result<PatternTree> ParsePattern(std::string_view pattern) {
  if (!IsValidUtf8(pattern)) return Fail(ErrorCode::kInvalidArgument, "it is not valid UTF-8");
  return PatternParser(pattern).Parse();
}

}  // namespace espalier
