#include "model/merge_table.h"

#include <bit>

namespace espalier {

MergeTable::MergeTable(size_t count)
    : slots_(std::bit_ceil(count * 3 / 2 + 2)),
      shift_(64 - static_cast<unsigned>(std::countr_zero(slots_.size()))) {}

void MergeTable::Insert(TokenId left, TokenId right, Merge merge) {
  const uint64_t key = KeyOf(left, right);
  Slot& slot = slots_[Probe(key)];
  if (slot.merge.rank == Merge::kNone) slot = {key, merge};
}

}  // namespace espalier
