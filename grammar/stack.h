// Internal to grammar/: the parser's stacks as one graph (a graph-structured stack; Tomita 1985). Nodes lie
// in an arena and never change once the step that made them is over, so that a position in the text is
// remembered by pointers alone and returned to by freeing what was made since. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace espalier {

/// Memory that is given back in reverse order, all at once.
class Arena {
 public:
  struct Mark {
    uint32_t block = 0;
    uint32_t used = 0;
  };

  [[gnu::returns_nonnull]] void* Allocate(size_t bytes);
  template <typename T>
  T* Make(const T& value) {
    return new (Allocate(sizeof(T))) T(value);
  }
  template <typename T>
  T* CopyAll(const T* values, size_t count) {
    T* copy = static_cast<T*>(Allocate(count * sizeof(T)));
    for (size_t i = 0; i < count; ++i) new (copy + i) T(values[i]);
    return copy;
  }

  Mark mark() const { return mark_; }
  /// Frees everything that was allocated since `mark`. The blocks stay for later use.
  void ReturnTo(const Mark& mark) { mark_ = mark; }
  size_t bytes() const { return blocks_.size() * kBlockBytes; }

 private:
  static constexpr size_t kBlockBytes = 64 * 1024;  // and no allocation is larger

  std::vector<std::unique_ptr<std::byte[]>> blocks_;
  Mark mark_;
};

struct StackNode;

struct StackLink {
  const StackNode* below;
  const StackLink* next;
};

/// A parse state on top of one or more stacks. `id`s grow and are never used again; `height` is the number of
/// nodes below by the first link.
struct StackNode {
  StackLink first;  // below: nullptr at the bottom
  uint64_t id;
  uint32_t height;
  uint16_t state;

  bool is_bottom() const { return first.below == nullptr; }
  bool has_one_link() const { return first.next == nullptr; }
};

/// Notes how far down a computation looks at stacks, so that its result may be used again for any stack that
/// is the same down to there: nothing below `lowest` was looked at, on whatever way.
class Trace {
 public:
  void Follow(const StackNode* to) {
    if (to->height < lowest_) lowest_ = to->height;
  }
  uint32_t lowest() const { return lowest_; }
  /// Begins anew at a stack's top; returns what was noted until then.
  uint32_t Restart(const StackNode* top) { return std::exchange(lowest_, top->height); }
  void Merge(uint32_t lowest) { lowest_ = lowest < lowest_ ? lowest : lowest_; }

 private:
  uint32_t lowest_ = 0;
};

/// Makes nodes.
class StackGraph {
 public:
  StackNode* Push(uint16_t state, const StackNode* below) {
    const uint32_t height = below == nullptr ? 0 : below->height + 1;
    return arena_.Make(StackNode{{below, nullptr}, next_id_++, height, state});
  }
  /// Lets `node` stand on `below`, too; false when it did already. REQUIRES: `node` was made in this step.
  bool AddLink(StackNode* node, const StackNode* below);
  /// A node with the state of both (which is the same) on all that is below either.
  const StackNode* Union(const StackNode* a, const StackNode* b);

  /// More stacks than this below one node, and ambiguities multiply: the cost of a token grows with a high
  /// power of the number. Files that people wrote have up to 9.
  static constexpr size_t kMostLinks = 128;
  void LimitWidth(size_t width) { overflow_ |= width > kMostLinks; }
  /// Whether there were more since the last call, and links were left out.
  bool TakeOverflow() { return std::exchange(overflow_, false); }

  Arena& arena() { return arena_; }
  const Arena& arena() const { return arena_; }

 private:
  Arena arena_;
  uint64_t next_id_ = 1;
  bool overflow_ = false;
};

}  // namespace espalier
