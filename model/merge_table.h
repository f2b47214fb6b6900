// The merges of a BPE vocabulary: for a pair of adjacent tokens, the rank of the merge that joins them and
// the token it makes. A flat open-addressing table, since a merge step is two look-ups in it. Immutable
// once filled, thread-safe then.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/model_file.h"

namespace espalier {

struct Merge {
  static constexpr uint32_t kNone = UINT32_MAX;
  uint32_t rank = kNone;  ///< lower merges first
  TokenId token = kNoToken;
};

class MergeTable {
 public:
  /// An empty table with room for `count` merges.
  explicit MergeTable(size_t count);

  /// The first merge of a pair stays when another follows. REQUIRES: at most `count` calls.
  void Insert(TokenId left, TokenId right, Merge merge);
  /// rank is Merge::kNone when the pair does not merge.
  Merge Find(TokenId left, TokenId right) const { return slots_[Probe(KeyOf(left, right))].merge; }

 private:
  struct Slot {
    uint64_t key = 0;
    Merge merge;  ///< rank kNone marks an empty slot
  };
  static uint64_t KeyOf(TokenId left, TokenId right) {
    return static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 | static_cast<uint32_t>(right);
  }
  size_t Probe(uint64_t key) const {
    size_t i = (key * 0x9E3779B97F4A7C15) >> shift_;
    while (slots_[i].key != key && slots_[i].merge.rank != Merge::kNone) i = (i + 1) & (slots_.size() - 1);
    return i;
  }

  std::vector<Slot> slots_;
  unsigned shift_ = 0;  ///< 64 - log2(slots_.size())
};

}  // namespace espalier
