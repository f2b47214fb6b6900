#include "grammar/token_mask.h"

#include <algorithm>

namespace espalier {

namespace {

// From so many ids on, setting bits in all words is quicker than sorting.
constexpr size_t kManyIds = 500;

SparseBits SparseBitsOfMany(const std::vector<uint32_t>& ids) {
  TokenMask all(*std::max_element(ids.begin(), ids.end()) / 64 + 1);
  for (const uint32_t id : ids) SetBit(all, id);
  SparseBits bits;
  for (uint32_t word = 0; word < all.size(); ++word) {
    if (all[word] != 0) bits.emplace_back(word, all[word]);
  }
  bits.shrink_to_fit();
  return bits;
}

}  // namespace

SparseBits SparseBitsOf(std::vector<uint32_t> ids) {
  if (ids.size() >= kManyIds) return SparseBitsOfMany(ids);
  std::sort(ids.begin(), ids.end());
  SparseBits bits;
  for (const uint32_t id : ids) {
    if (bits.empty() || bits.back().first != id / 64) bits.emplace_back(id / 64, 0);
    bits.back().second |= uint64_t{1} << id % 64;
  }
  bits.shrink_to_fit();
  return bits;
}

}  // namespace espalier
