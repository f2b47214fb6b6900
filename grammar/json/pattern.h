// Internal to grammar/json/: regular expressions of JSON Schema (`pattern`, `format`) as automata over the
// inside of a JSON string, where each code point is spelled as spelling.h says.
//
// The subset of ECMAScript (with its flag u) that is regular: characters, . [a-z] [^a-z] \d \w \s and their
// opposites, \t \n \v \f \r \xHH \uHHHH \u{H}, escaped punctuation, groups, alternatives, * + ? {n} {n,}
// {n,m} (greedy or not), ^ and $. As JSON Schema has it, a pattern without ^ and $ may match anywhere in the
// string. Not: look-around, references back, \b, \p, flags. Pure functions, thread-safe.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "grammar/json/byte_dfa.h"

namespace espalier {

/// Code points as ranges that are sorted, apart from each other, and without surrogates.
using CodePoints = std::vector<std::pair<uint32_t, uint32_t>>;

struct PatternTree {
  enum class Kind : uint8_t { kNothing, kSet, kSequence, kAlternatives, kRepeat, kBegin, kEnd };
  static constexpr uint32_t kUnlimited = 0xFFFFFFFF;

  struct Node {
    Kind kind = Kind::kNothing;
    CodePoints set;
    std::vector<uint32_t> children;
    uint32_t least = 0, most = 0;  // of kRepeat
  };

  std::vector<Node> nodes;
  uint32_t root = 0;
};

/// Errors: kUnsupported (not in the subset), kInvalidArgument (no pattern); the message is a clause like "it
/// ends inside of a group".
Result<PatternTree> ParsePattern(std::string_view pattern);

/// Errors also: kResourceExhausted, where the automaton would be too large.
Result<ByteDfa> DfaOfPattern(std::string_view pattern);

/// The texts of at least `least` and at most `most` (kUnlimited) code points that `dfa` accepts.
/// REQUIRES: DfaOfPattern or DfaOfAnyText made it.
Result<ByteDfa> WithLength(const ByteDfa& dfa, uint32_t least, uint32_t most);

/// The automaton of the literals whose insides `dfa` accepts, with their quotes.
ByteDfa Quoted(const ByteDfa& dfa);

}  // namespace espalier
