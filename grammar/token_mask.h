// Sets of a vocabulary's tokens as bits. Value types.
#pragma once

#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

namespace espalier {

/// Bit id % 64 of word id / 64 is token id.
using TokenMask = std::vector<uint64_t>;

inline void SetBit(TokenMask& mask, uint32_t id, bool value = true) {
  const uint64_t bit = uint64_t{1} << id % 64;
  mask[id / 64] = value ? mask[id / 64] | bit : mask[id / 64] & ~bit;
}
inline bool HasBit(const TokenMask& mask, uint32_t id) { return mask[id / 64] >> id % 64 & 1; }

/// The same as the words that are not zero, with their numbers, in ascending order.
using SparseBits = std::vector<std::pair<uint32_t, uint64_t>>;

/// From a mask; from ids in any order, duplicates allowed.
SparseBits SparseBitsOf(const TokenMask& mask);
SparseBits SparseBitsOfIds(std::vector<uint32_t> ids);

template <typename Function>
void ForEachBit(const SparseBits& bits, Function function) {
  for (const auto& [word, word_bits] : bits) {
    for (uint64_t left = word_bits; left != 0; left &= left - 1) {
      function(word * 64 + static_cast<uint32_t>(std::countr_zero(left)));
    }
  }
}

}  // namespace espalier
