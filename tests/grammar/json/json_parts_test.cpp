// The automata that schemas are compiled to, against slower ways to decide the same.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <functional>
#include <random>
#include <regex>
#include <string>
#include <vector>

#include "base/utf8.h"
#include "grammar/json/byte_dfa.h"
#include "grammar/json/decimal.h"
#include "grammar/json/pattern.h"
#include "grammar/json/spelling.h"

namespace espalier {
namespace {

/// Calls with every text over an alphabet up to a length.
void ForEachText(std::string_view alphabet, size_t longest,
                 const std::function<void(const std::string&)>& call) {
  std::string text;
  const std::function<void()> extend = [&] {
    call(text);
    if (text.size() == longest) return;
    for (const char c : alphabet) {
      text += c;
      extend();
      text.pop_back();
    }
  };
  extend();
}

bool InRange(const NumberRange& range, double value) {
  const auto bound = [](const NumberBound& b) { return std::strtod(b.value.ToString().c_str(), nullptr); };
  if (range.lower && (range.lower->exclusive ? value <= bound(*range.lower) : value < bound(*range.lower)))
    return false;
  return !range.upper ||
         (range.upper->exclusive ? value < bound(*range.upper) : value <= bound(*range.upper));
}

// Halves, quarters and small numbers are exact as double.
TEST(JsonNumbers, AutomataAgreeWithArithmetic) {
  const std::regex integer("0|-?[1-9][0-9]*"), bounded("-?(0|[1-9][0-9]*)(\\.[0-9]+)?"),
      any("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?");
  const std::vector<std::string> bounds = {"",   "0",   "1",   "-1",   "5",    "-5",    "15",
                                           "51", "-10", "0.5", "-0.5", "1.25", "-5.05", "10.5"};
  for (size_t i = 0; i < bounds.size() * bounds.size() * 8; ++i) {
    NumberRange range;
    range.integer = i % 2 == 1;
    const std::string& lower = bounds[i / 8 % bounds.size()];
    const std::string& upper = bounds[i / 8 / bounds.size()];
    if (!lower.empty()) range.lower = NumberBound{Decimal::Parse(lower), i / 2 % 2 == 1};
    if (!upper.empty()) range.upper = NumberBound{Decimal::Parse(upper), i / 4 % 2 == 1};
    const bool free = !range.lower && !range.upper;
    const ByteDfa dfa = DfaOfNumbers(range);
    ForEachText(free ? "-015.e+" : "-015.", 5, [&](const std::string& text) {
      const bool spelled = std::regex_match(text, range.integer ? integer : free ? any : bounded);
      const double value = spelled ? std::strtod(text.c_str(), nullptr) : 0;
      const bool minus_zero = !free && spelled && value == 0 && text[0] == '-';
      ASSERT_EQ(dfa.Accepts(text), spelled && !minus_zero && InRange(range, value))
          << range.ToString() << ' ' << text;
    });
  }
}

TEST(JsonNumbers, DecimalsAreExact) {
  EXPECT_EQ(Decimal::Parse("1e3").ToString(), "1000");
  EXPECT_EQ(Decimal::Parse("-12.50E-3").ToString(), "-0.0125");
  EXPECT_EQ(Decimal::Parse("123.456e1").ToString(), "1234.56");
  EXPECT_EQ(Decimal::Parse("0.00e5").ToString(), "0");
  EXPECT_EQ(Decimal::Parse("-0.0").negative, false);
  EXPECT_LT(Decimal::Parse("-10"), Decimal::Parse("-9.99"));
  EXPECT_LT(Decimal::Parse("0.1"), Decimal::Parse("0.11"));
  EXPECT_GT(Decimal::Parse("100000000000000000001"), Decimal::Parse("1e20"));
}

class PatternWriter {
 public:
  explicit PatternWriter(uint32_t seed) : random_(seed) {}

  size_t Below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random_); }

  std::string Pattern(int depth) {
    std::string pattern = Sequence(depth);
    while (Below(4) == 0) pattern += '|' + Sequence(depth);
    return pattern;
  }

  std::string Text() {
    std::string text;
    for (size_t left = Below(8); left > 0; --left) text += "ab1_-. \"\\"[Below(9)];
    return text;
  }

 private:
  std::string Sequence(int depth) {
    std::string sequence = Below(6) == 0 ? "^" : "";
    for (size_t left = Below(4); left > 0; --left) sequence += Atom(depth) + Count();
    return sequence + (Below(6) == 0 ? "$" : "");
  }

  std::string Atom(int depth) {
    static const std::vector<std::string> kAtoms = {
        "a",   "b",   "1",    "_",    "-",      ".",       "\\.",     "\\d", "\\w",  "\\s",   "\\D",
        "\\W", "\\S", "[ab]", "[^a]", "[a-b1]", "[^\\d_]", "[\\w.-]", "\"",  "\\\\", "\\x61", "\\u0062"};
    if (depth > 0 && Below(4) == 0) return (Below(2) == 0 ? "(" : "(?:") + Pattern(depth - 1) + ")";
    return kAtoms[Below(kAtoms.size())];
  }

  std::string Count() {
    static const std::vector<std::string> kCounts = {"",    "",      "",      "*",    "+",  "?",
                                                     "{2}", "{1,2}", "{0,1}", "{1,}", "*?", "+?"};
    return kCounts[Below(kCounts.size())];
  }

  std::mt19937 random_;
};

TEST(JsonPatterns, AutomataAgreeWithTheStandardLibrary) {
  PatternWriter writer(7);
  size_t matches = 0, texts = 0;
  for (int i = 0; i < 600; ++i) {
    const std::string pattern = writer.Pattern(2);
    const auto dfa = DfaOfPattern(pattern);
    ASSERT_TRUE(dfa) << pattern << ' ' << dfa.error().message;
    const std::regex expression(pattern, std::regex::ECMAScript);
    const auto least = static_cast<uint32_t>(writer.Below(4)),
               most = static_cast<uint32_t>(least + writer.Below(4));
    const auto limited = WithLength(*dfa, least, most);
    ASSERT_TRUE(limited);
    const ByteDfa quoted = Quoted(*limited);
    for (int j = 0; j < 20; ++j) {
      const std::string text = writer.Text();
      const std::string spelled = SpellJsonString(text);
      const bool found = std::regex_search(text, expression);
      ASSERT_EQ(dfa->Accepts(spelled.substr(1, spelled.size() - 2)), found) << pattern << " in " << text;
      const bool fits = found && text.size() >= least && text.size() <= most;
      ASSERT_EQ(quoted.Accepts(spelled), fits) << pattern << " in " << text;
      matches += found;
      ++texts;
    }
  }
  EXPECT_GT(matches, texts / 10);
  EXPECT_LT(matches, texts * 9 / 10);
}

TEST(JsonPatterns, ClassesAreExactInAllOfUnicode) {
  struct Range {
    uint32_t first, last;
  };
  std::mt19937 random(3);
  const std::vector<uint32_t> edges = {0x00,   0x1F,   0x20,    0x22,    0x5C,    0x7F,
                                       0x80,   0x7FF,  0x800,   0xFFF,   0x1000,  0xD7FF,
                                       0xE000, 0xFFFF, 0x10000, 0x3FFFF, 0x40000, 0x10FFFF};
  for (int i = 0; i < 40; ++i) {
    const auto pick = [&] {
      const uint32_t edge = edges[random() % edges.size()];
      return std::min<uint32_t>(0x10FFFF, edge + random() % 3 - std::min<uint32_t>(edge, random() % 3));
    };
    Range range = {pick(), pick()};
    if (range.first > range.last) std::swap(range.first, range.last);
    const auto is_surrogate = [](uint32_t c) { return c >= 0xD800 && c < 0xE000; };
    if (is_surrogate(range.first) || is_surrogate(range.last)) continue;
    const auto hex = [](uint32_t c) {
      char text[16];
      std::snprintf(text, sizeof(text), "\\u{%X}", c);
      return std::string(text);
    };
    const bool negated = i % 2 == 1;
    const auto dfa = DfaOfPattern((negated ? "^[^" : "^[") + hex(range.first) + "-" + hex(range.last) + "]$");
    ASSERT_TRUE(dfa);
    for (uint32_t c = 0; c <= 0x10FFFF; c += c < 0x3000 || (c > 0xD700 && c < 0x11000) ? 1 : 61) {
      if (is_surrogate(c)) continue;
      std::string text;
      AppendUtf8(c, text);
      const std::string spelled = SpellJsonString(text);
      const bool inside = c >= range.first && c <= range.last;
      ASSERT_EQ(dfa->Accepts(spelled.substr(1, spelled.size() - 2)), inside != negated) << c;
    }
  }
}

TEST(JsonSpelling, AnyStringIsReadAsItWasWritten) {
  std::mt19937 random(5);
  for (int i = 0; i < 3000; ++i) {
    std::string text, inside;
    for (size_t left = random() % 8; left > 0; --left) {
      const uint32_t bits = 1 + random() % 20;
      uint32_t c = random() & ((1u << bits) - 1);
      if (c >= 0xD800 && c < 0xE000) c = 'x';
      AppendUtf8(c, text);
      char escape[16] = "";
      if (c < 0x10000) std::snprintf(escape, sizeof(escape), i % 2 == 0 ? "\\u%04x" : "\\u%04X", c);
      if (c >= 0x10000)
        std::snprintf(escape, sizeof(escape), "\\u%04x\\u%04x", 0xD800 + ((c - 0x10000) >> 10),
                      0xDC00 + (c & 0x3FF));
      inside += escape;
    }
    const std::string spelled = SpellJsonString(text);
    for (const std::string& literal : {spelled.substr(1), inside + '"'}) {
      uint8_t state = kInText;
      for (const char c : literal) {
        ASSERT_LT(state, kStringEnd);
        state = StringStep(state, static_cast<uint8_t>(c));
      }
      ASSERT_EQ(state, kStringEnd) << literal;
      EXPECT_EQ(DecodeJsonString(std::string_view(literal).substr(0, literal.size() - 1)), text);
    }
  }
}

TEST(JsonSpelling, EveryStateHasAWayBackToText) {
  for (uint8_t state = 0; state < kStringStates; ++state) {
    uint8_t at = state;
    for (const char c : ShortestToText(state)) {
      ASSERT_LT(at, kStringEnd) << int{state};
      at = StringStep(at, static_cast<uint8_t>(c));
    }
    EXPECT_EQ(at, kInText) << int{state};
  }
}

}  // namespace
}  // namespace espalier
