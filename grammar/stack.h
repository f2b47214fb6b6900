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

  void* Allocate(size_t bytes);
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

/// A parse state on top of one or more stacks. `id`s grow and are never used again.
struct StackNode {
  StackLink first;  // below: nullptr at the bottom
  uint64_t id;
  uint16_t state;
  mutable uint16_t depth = 0;  // how far below the tops a trace found it (see Trace)
  mutable uint32_t trace = 0;  // the trace that did

  bool is_bottom() const { return first.below == nullptr; }
  bool has_one_link() const { return first.next == nullptr; }
};

/// Notes how far down a computation looked at a stack, so that its result may be used again for any stack
/// that is the same down to there.
class Trace {
 public:
  /// Begins anew; `tops` are the nodes at depth 0, and only nodes with smaller ids than `limit` count.
  void Begin(uint64_t limit) {
    ++number_;
    limit_ = limit;
    deepest_ = 0;
    active_ = true;
  }
  void End() { active_ = false; }
  void AddTop(const StackNode* node) { SetDepth(node, 0); }
  /// The computation went from `from` down to `to`.
  void Follow(const StackNode* from, const StackNode* to) {
    if (!active_ || to->id >= limit_) return;
    SetDepth(to, from->id < limit_ && from->trace == number_ ? from->depth + 1 : 0xFFFF);
  }
  /// Depth of the deepest node looked at; 0: the tops alone.
  uint16_t deepest() const { return deepest_; }
  void Deepen(int depth) {
    if (active_ && depth > deepest_) deepest_ = static_cast<uint16_t>(depth);
  }
  /// Sets the depth back to 0, for a part of the computation; returns what it was.
  uint16_t Restart() { return std::exchange(deepest_, uint16_t{0}); }
  /// True for a node that counts while a trace is under way.
  bool IsOriginal(const StackNode* node) const { return active_ && node->id < limit_; }

 private:
  void SetDepth(const StackNode* node, uint32_t depth) {
    const auto found = static_cast<uint16_t>(depth > 0xFFFF ? 0xFFFF : depth);
    if (node->trace != number_ || found < node->depth) {
      node->trace = number_;
      node->depth = found;
    }
    if (node->depth > deepest_ && node->depth != 0xFFFF) deepest_ = node->depth;
  }

  uint64_t limit_ = 0;
  uint32_t number_ = 0;
  uint16_t deepest_ = 0;
  bool active_ = false;
};

/// Makes nodes.
class StackGraph {
 public:
  StackNode* Push(uint16_t state, const StackNode* below) {
    return arena_.Make(StackNode{{below, nullptr}, next_id_++, state});
  }
  /// Lets `node` stand on `below`, too; false when it did already. REQUIRES: `node` was made in this step.
  bool AddLink(StackNode* node, const StackNode* below);
  /// A node with the state of both (which is the same) on all that is below either.
  const StackNode* Union(const StackNode* a, const StackNode* b);

  uint64_t next_id() const { return next_id_; }
  Arena& arena() { return arena_; }
  const Arena& arena() const { return arena_; }

 private:
  Arena arena_;
  uint64_t next_id_ = 1;
};

}  // namespace espalier
