#include "grammar/token_mask.h"

#include <algorithm>

namespace espalier {

namespace {

// From so many ids on, setting bits in all words is quicker than sorting.
constexpr size_t kManyIds = 500;

}  // namespace

SparseBits SparseBitsOf(const TokenMask& mask) {
  SparseBits bits;
  for (uint32_t word = 0; word < mask.size(); ++word) {
    if (mask[word] != 0) bits.emplace_back(word, mask[word]);
  }
  bits.shrink_to_fit();
  return bits;
}

SparseBits SparseBitsOfIds(std::vector<uint32_t> ids) {
  if (ids.size() >= kManyIds) {
    TokenMask mask(*std::max_element(ids.begin(), ids.end()) / 64 + 1);
    for (const uint32_t id : ids) SetBit(mask, id);
    return SparseBitsOf(mask);
  }
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
