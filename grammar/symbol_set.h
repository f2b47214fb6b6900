// A set of a grammar's tokens as bits. Value type.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace espalier {

class SymbolSet {
 public:
  static constexpr size_t kMostSymbols = 512;

  void Add(uint16_t symbol) { words_[symbol / 64] |= uint64_t{1} << symbol % 64; }
  bool Has(uint16_t symbol) const { return words_[symbol / 64] >> symbol % 64 & 1; }

  bool Intersects(const SymbolSet& other) const {
    uint64_t common = 0;
    for (size_t i = 0; i < words_.size(); ++i) common |= words_[i] & other.words_[i];
    return common != 0;
  }

  SymbolSet operator&(const SymbolSet& other) const {
    SymbolSet both;
    for (size_t i = 0; i < words_.size(); ++i) both.words_[i] = words_[i] & other.words_[i];
    return both;
  }

  /// Adds all of `other`; true when that changed anything.
  bool Merge(const SymbolSet& other) {
    uint64_t added = 0;
    for (size_t i = 0; i < words_.size(); ++i) {
      added |= other.words_[i] & ~words_[i];
      words_[i] |= other.words_[i];
    }
    return added != 0;
  }

  /// True when `predicate(symbol)` holds for some symbol of the set.
  template <typename Predicate>
  bool AnyOf(Predicate predicate) const {
    for (size_t i = 0; i < words_.size(); ++i) {
      for (uint64_t left = words_[i]; left != 0; left &= left - 1) {
        if (predicate(static_cast<uint16_t>(i * 64 + std::countr_zero(left)))) return true;
      }
    }
    return false;
  }

  bool operator==(const SymbolSet&) const = default;

 private:
  std::array<uint64_t, kMostSymbols / 64> words_ = {};
};

}  // namespace espalier
