#include "grammar/json/decimal.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <tuple>
#include <utility>

namespace espalier {
namespace {

bool IsDigit(uint8_t byte) { return byte >= '0' && byte <= '9'; }

// How the digits read so far compare with a bound's. While the whole part is read, `sign` compares as many
// digits as have been read; behind the point, the values.
struct Comparison {
  int16_t at = 0;  // digits that agree, of the whole part then of the fraction
  int16_t sign = 0;

  friend bool operator<(const Comparison& a, const Comparison& b) {
    return std::pair(a.at, a.sign) < std::pair(b.at, b.sign);
  }
};

Comparison AfterWholeDigit(Comparison c, char digit, const Decimal& bound) {
  const auto size = static_cast<int16_t>(bound.whole.size());
  if (c.at >= size) return {static_cast<int16_t>(size + 1), 1};
  const int difference = digit - bound.whole[static_cast<size_t>(c.at)];
  return {static_cast<int16_t>(c.at + 1),
          c.sign != 0 ? c.sign : static_cast<int16_t>((difference > 0) - (difference < 0))};
}

int16_t SignOfWhole(const Comparison& c, const Decimal& bound) {
  const auto size = static_cast<int16_t>(bound.whole.size());
  return c.at < size ? int16_t{-1} : c.at > size ? int16_t{1} : c.sign;
}

Comparison AfterFractionDigit(Comparison c, char digit, const Decimal& bound) {
  if (c.sign != 0) return c;
  const bool known = static_cast<size_t>(c.at) < bound.fraction.size();
  const int difference = digit - (known ? bound.fraction[static_cast<size_t>(c.at)] : '0');
  if (difference != 0) return {0, static_cast<int16_t>(difference > 0 ? 1 : -1)};
  return {static_cast<int16_t>(c.at + (known ? 1 : 0)), 0};
}

int16_t SignOfFraction(const Comparison& c, const Decimal& bound) {
  if (c.sign != 0) return c.sign;
  return static_cast<size_t>(c.at) < bound.fraction.size() ? int16_t{-1} : int16_t{0};
}

enum Phase : uint8_t { kStart, kMinus, kZero, kWhole, kPoint, kFraction, kE, kExponentSign, kExponent };

struct State {
  uint8_t phase = kStart;
  bool negative = false;
  Comparison lower, upper;  // with the bounds of the magnitude

  friend bool operator<(const State& a, const State& b) {
    return std::tie(a.phase, a.negative, a.lower, a.upper) < std::tie(b.phase, b.negative, b.lower, b.upper);
  }
};

// Bounds of the magnitudes of the numbers with one sign.
struct Magnitudes {
  bool any = true;
  std::optional<NumberBound> lower, upper;
};

class NumberAutomaton {
 public:
  explicit NumberAutomaton(const NumberRange& range)
      : integer_(range.integer), free_(!range.integer && !range.lower && !range.upper) {
    const NumberBound zero{.value = {}, .exclusive = false}, beyond_zero{.value = {}, .exclusive = true};
    sides_[0] = {true, range.lower, range.upper};
    if (!range.lower || range.lower->value < zero.value) sides_[0].lower = zero;
    if (range.upper && range.upper->value < zero.value) sides_[0].any = false;
    sides_[1] = {true, Negated(range.upper), Negated(range.lower)};
    if (!range.upper || range.upper->value >= zero.value) sides_[1].lower = free_ ? zero : beyond_zero;
    if (range.lower && range.lower->value >= zero.value) sides_[1].any = false;
  }

  std::optional<State> Step(const State& state, uint8_t byte) const {
    if (IsDigit(byte)) return AfterDigit(state, static_cast<char>(byte));
    State next = state;
    if (byte == '-' && state.phase == kStart) {
      next.negative = true;
      return To(next, kMinus);
    }
    if (byte == '.' && !integer_ && (state.phase == kZero || state.phase == kWhole)) return AfterPoint(next);
    if (!free_) return std::nullopt;
    if ((byte == 'e' || byte == 'E') && CanEnd(state.phase) && state.phase != kExponent) return To(next, kE);
    if ((byte == '-' || byte == '+') && state.phase == kE) return To(next, kExponentSign);
    return std::nullopt;
  }

  bool Accepts(const State& state) const {
    if (!CanEnd(state.phase) || !Side(state).any) return false;
    if (free_) return true;
    const bool fraction = state.phase == kFraction;
    const auto holds = [&](const std::optional<NumberBound>& bound, const Comparison& c, int direction) {
      if (!bound) return true;
      const Comparison at_end = fraction ? c : Comparison{0, SignOfWhole(c, bound->value)};
      const int sign = direction * SignOfFraction(at_end, bound->value);
      return sign > 0 || (sign == 0 && !bound->exclusive);
    };
    return holds(Side(state).lower, state.lower, 1) && holds(Side(state).upper, state.upper, -1);
  }

 private:
  static std::optional<NumberBound> Negated(const std::optional<NumberBound>& bound) {
    if (!bound) return std::nullopt;
    return NumberBound{bound->value.Negated(), bound->exclusive};
  }
  static bool CanEnd(uint8_t phase) {
    return phase == kZero || phase == kWhole || phase == kFraction || phase == kExponent;
  }
  static State To(State state, uint8_t phase) {
    state.phase = phase;
    return state;
  }
  const Magnitudes& Side(const State& state) const { return sides_[state.negative ? 1 : 0]; }

  std::optional<State> AfterDigit(State state, char digit) const {
    switch (state.phase) {
      case kStart:
      case kMinus:
      case kWhole:
        Compare(state, digit, AfterWholeDigit);
        return To(state, state.phase == kWhole || digit != '0' ? kWhole : kZero);
      case kPoint:
      case kFraction:
        Compare(state, digit, AfterFractionDigit);
        return To(state, kFraction);
      case kE:
      case kExponentSign:
      case kExponent:
        return To(state, kExponent);
      default:
        return std::nullopt;
    }
  }

  template <typename Next>
  void Compare(State& state, char digit, Next next) const {
    if (free_) return;
    const Magnitudes& side = Side(state);
    if (side.lower) state.lower = next(state.lower, digit, side.lower->value);
    if (side.upper) state.upper = next(state.upper, digit, side.upper->value);
  }

  State AfterPoint(State state) const {
    const Magnitudes& side = Side(state);
    if (side.lower && !free_) state.lower = {0, SignOfWhole(state.lower, side.lower->value)};
    if (side.upper) state.upper = {0, SignOfWhole(state.upper, side.upper->value)};
    return To(state, kPoint);
  }

  const bool integer_, free_;
  std::array<Magnitudes, 2> sides_;  // not negative, negative
};

void DropZeros(Decimal& number) {
  number.whole.erase(0, std::min(number.whole.find_first_not_of('0'), number.whole.size()));
  if (number.whole.empty()) number.whole = "0";
  number.fraction.resize(number.fraction.find_last_not_of('0') + 1);
  if (number.whole == "0" && number.fraction.empty()) number.negative = false;
}

}  // namespace

Decimal Decimal::Parse(std::string_view text) {
  Decimal number;
  number.negative = text.starts_with('-');
  if (number.negative) text.remove_prefix(1);
  const size_t e = std::min(text.find_first_of("eE"), text.size());
  const std::string mantissa(text.substr(0, e));
  const int exponent = e < text.size() ? std::atoi(std::string(text.substr(e + 1)).c_str()) : 0;
  const size_t point = std::min(mantissa.find('.'), mantissa.size());
  number.whole = mantissa.substr(0, point);
  if (point < mantissa.size()) number.fraction = mantissa.substr(point + 1);
  const auto shift = static_cast<size_t>(std::abs(exponent));
  std::string& from = exponent > 0 ? number.fraction : number.whole;
  if (from.size() < shift) from.insert(exponent > 0 ? from.size() : 0, shift - from.size(), '0');
  if (exponent > 0) {
    number.whole += from.substr(0, shift);
    from.erase(0, shift);
  } else {
    number.fraction.insert(0, from.substr(from.size() - shift));
    from.resize(from.size() - shift);
  }
  DropZeros(number);
  return number;
}

Decimal Decimal::Negated() const {
  Decimal negated = *this;
  negated.negative = !negative && (whole != "0" || !fraction.empty());
  return negated;
}

std::string Decimal::ToString() const {
  return (negative ? "-" : "") + whole + (fraction.empty() ? "" : "." + fraction);
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
  if (a.negative != b.negative)
    return a.negative ? std::strong_ordering::less : std::strong_ordering::greater;
  if (a.negative) return b.Negated() <=> a.Negated();
  if (a.whole.size() != b.whole.size()) return a.whole.size() <=> b.whole.size();
  return std::pair(a.whole, a.fraction) <=> std::pair(b.whole, b.fraction);
}

bool NumberRange::Contains(const Decimal& value) const {
  if (integer && !value.is_whole()) return false;
  if (lower && (lower->exclusive ? value <= lower->value : value < lower->value)) return false;
  return !upper || (upper->exclusive ? value < upper->value : value <= upper->value);
}

std::string NumberRange::ToString() const {
  const auto text = [](const std::optional<NumberBound>& bound) {
    return bound ? (bound->exclusive ? "x" : "") + bound->value.ToString() : "";
  };
  return (integer ? "integer " : "number ") + text(lower) + ".." + text(upper);
}

ByteDfa DfaOfNumbers(const NumberRange& range) {
  const NumberAutomaton automaton(range);
  return *ExploreDfa<State>(
      SingleBytes(), {}, [&](const State& state, uint8_t byte) { return automaton.Step(state, byte); },
      [&](const State& state) { return automaton.Accepts(state); }, ByteDfa::kDead);
}

}  // namespace espalier
