// Internal to grammar/json/: decimal numbers of any size, and the automata of those between two bounds.
// Values.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "grammar/json/byte_dfa.h"

namespace espalier {

/// A number as its decimal digits, exactly.
struct Decimal {
  bool negative = false;    ///< never of zero
  std::string whole = "0";  ///< at least one digit, no zeros in front
  std::string fraction;     ///< no zeros at the end

  /// REQUIRES: a JSON number with an exponent of at most four digits.
  static Decimal Parse(std::string_view text);

  bool is_whole() const { return fraction.empty(); }
  Decimal Negated() const;
  std::string ToString() const;
  friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);
  friend bool operator==(const Decimal&, const Decimal&) = default;
};

struct NumberBound {
  Decimal value;
  bool exclusive = false;
};

struct NumberRange {
  bool integer = false;  ///< spelled without a fraction, an exponent, or a minus before zero
  std::optional<NumberBound> lower, upper;

  bool Contains(const Decimal& value) const;
  std::string ToString() const;
};

/// The spellings of the numbers in a range. Where there is a bound they have no exponent, and zero no minus.
ByteDfa DfaOfNumbers(const NumberRange& range);

}  // namespace espalier
