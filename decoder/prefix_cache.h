// Remembers the keys and values of token sequences that were computed before, so that a prompt which
// begins like an earlier one starts behind what they share: a radix tree of token prefixes over KV
// pages (RadixAttention, Zheng et al. 2024).
//
// Invariants: a node holds a KV sequence that covers the tokens from the root to its own end, and begins
// with its parent's pages; nodes begin at page boundaries, and only
// leaves may end inside a page; siblings differ within their first page. When pages run out, leaves are
// given up from their tail, the least recently used first.
//
// Not thread-safe: it belongs to the engine thread, as the KvCache does.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "model/kv_cache.h"
#include "model/model_file.h"

namespace espalier {

class PrefixCache {
 public:
  /// `kv` must outlive the cache.
  explicit PrefixCache(KvCache& kv);
  ~PrefixCache();
  PrefixCache(const PrefixCache&) = delete;
  PrefixCache& operator=(const PrefixCache&) = delete;

  /// How many leading tokens of `tokens` are here.
  uint32_t MatchLength(std::span<const TokenId> tokens) const;
  /// A new sequence with the longest known prefix of `tokens`, which may be empty. A match that ends
  /// inside a page copies that page; when none is free, the match is cut to whole pages.
  KvSequence Match(std::span<const TokenId> tokens);

  /// Takes over a finished sequence. REQUIRES: sequence holds exactly `tokens`.
  void Insert(std::span<const TokenId> tokens, KvSequence sequence);
  /// Makes the full pages of a sequence that is still in use available to others.
  /// REQUIRES: sequence begins with `tokens`.
  void Share(std::span<const TokenId> tokens, const KvSequence& sequence);

  /// Gives up entries until `pages` pages are free in the KvCache or nothing is left.
  /// Returns whether they are.
  bool MakeFree(uint32_t pages);
  void Clear();

  /// Pages that the cache holds (some perhaps together with running sequences).
  uint32_t pages() const;

 private:
  struct Node;
  struct Place;  // where a walk along tokens ended
  Place Find(std::span<const TokenId> tokens) const;
  void Touch(Node* node);
  KvSequence ForkPages(const KvSequence& sequence, uint32_t length);
  Node* SplitAt(Node& child, uint32_t length);
  void Shrink(Node& leaf, uint32_t pages);
  Node* OldestLeaf() const;
  template <typename Visit>
  void VisitAll(Visit visit) const;

  KvCache* kv_;
  std::unique_ptr<Node> root_;
  uint64_t clock_ = 0;
};

}  // namespace espalier
