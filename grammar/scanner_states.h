// Internal to grammar/: serialized states of an external scanner, each kept once under a number, so that
// equal states have equal numbers. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

namespace espalier {

class ScannerStates {
 public:
  static constexpr uint32_t kInitial = 0;  ///< of an empty text: ""

  ScannerStates() { NumberOf(""); }

  uint32_t NumberOf(std::string_view state) {
    const auto known = numbers_.find(state);
    if (known != numbers_.end()) return known->second;
    states_.emplace_back(state);
    bytes_ += state.size() + kEntryBytes;
    const auto number = static_cast<uint32_t>(states_.size() - 1);
    numbers_.emplace(states_.back(), number);
    return number;
  }
  std::string_view operator[](uint32_t number) const { return states_[number]; }
  /// Memory held, about.
  size_t bytes() const { return bytes_; }

 private:
  static constexpr size_t kEntryBytes = 96;  // beside the bytes themselves

  size_t bytes_ = 0;
  std::deque<std::string> states_;  // never moved, since `numbers_` points into them
  std::unordered_map<std::string_view, uint32_t> numbers_;
};

}  // namespace espalier
