// Internal to grammar/json/: what a schema is compiled to. Numbers of rules stand for pointers, so that rules
// may be recursive. Everything in it can be satisfied: there is no rule without a value, no item or property
// that none fits. So whatever JsonMachine is in the middle of, there is a way to the end. Immutable once
// built.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "grammar/json/byte_dfa.h"

namespace espalier {

inline constexpr uint32_t kNoRule = 0xFFFFFFFF;
inline constexpr uint32_t kNoLimit = 0xFFFFFFFF;

/// Strings with any content, by their number of code points.
struct StringRule {
  uint32_t least = 0, most = kNoLimit;

  friend auto operator<=>(const StringRule&, const StringRule&) = default;
};

struct ArrayRule {
  uint32_t least = 0, most = kNoLimit;  ///< items
  std::vector<uint32_t> first;          ///< value rules of the first items
  uint32_t rest = kNoRule;              ///< and of those behind them

  uint32_t ItemAt(uint32_t index) const { return index < first.size() ? first[index] : rest; }
};

struct ObjectRule {
  struct Property {
    std::string name;
    std::string spelled;  ///< as it stands in the text behind its opening quote, with the closing one
    uint32_t value = kNoRule;
    bool required = false;
  };

  std::vector<Property> properties;   ///< in their order
  std::vector<uint16_t> by_spelling;  ///< their numbers, sorted
  std::vector<uint32_t>
      next_required;                  ///< [i]: the first required one from i on; their count if there is none
  std::vector<std::string> reserved;  ///< names that no other property may have, sorted
  uint32_t others = kNoRule;          ///< value rule of other properties; kNoRule: there are none
  bool any_order = false;             ///< only with at most kMostInAnyOrder properties
  uint32_t required_bits = 0;         ///< with any_order

  static constexpr size_t kMostInAnyOrder = 12;
  uint32_t count() const { return static_cast<uint32_t>(properties.size()); }
};

/// A value is one of these.
struct ValueRule {
  std::vector<uint32_t> scalars;  ///< automata of null, booleans, numbers and strings as they are spelled
  std::vector<uint32_t> strings;  ///< string rules
  std::vector<uint32_t> arrays, objects;
};

struct JsonProgram {
  std::vector<ByteDfa> automata;
  std::vector<StringRule> strings;
  std::vector<ArrayRule> arrays;
  std::vector<ObjectRule> objects;
  std::vector<ValueRule> values;
  std::vector<uint32_t> shortest;  ///< ShortestSizes of the values
  uint32_t root = 0;
  uint32_t most_spaces = 0;  ///< bytes of white space in a row
};

}  // namespace espalier
