#include "grammar/stack.h"

#include <algorithm>

namespace espalier {

void* Arena::Allocate(size_t bytes) {
  constexpr size_t kAlignment = alignof(std::max_align_t);
  bytes = (bytes + kAlignment - 1) / kAlignment * kAlignment;
  if (mark_.used + bytes > kBlockBytes && mark_.used > 0) mark_ = {mark_.block + 1, 0};
  if (mark_.block >= blocks_.size()) {
    blocks_.push_back(std::make_unique<std::byte[]>(std::max(bytes, kBlockBytes)));
  }
  void* memory = blocks_[mark_.block].get() + mark_.used;
  mark_.used += static_cast<uint32_t>(bytes);
  return memory;
}

bool StackGraph::AddLink(StackNode* node, const StackNode* below) {
  if (node->first.below == below) return false;
  size_t width = 2;
  for (const StackLink* link = node->first.next; link != nullptr; link = link->next, ++width) {
    if (link->below == below) return false;
  }
  LimitWidth(width);
  if (width > kMostLinks) return false;
  node->first.next = arena_.Make(StackLink{below, node->first.next});
  return true;
}

const StackNode* StackGraph::Union(const StackNode* a, const StackNode* b) {
  if (a == b) return a;
  StackNode* both = Push(a->state, a->first.below);
  for (const StackNode* node : {a, b}) {
    for (const StackLink* link = &node->first; link != nullptr; link = link->next) AddLink(both, link->below);
  }
  return both;
}

}  // namespace espalier
