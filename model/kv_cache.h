// Keys and values of past positions, in pages that sequences share. A page holds kKvPageTokens
// positions of all layers; a sequence is a list of page numbers and a length. Forking shares pages
// (copy-on-write for a partly filled last page), truncation gives pages back: both cost O(pages).
// Paged attention: Kwon et al. 2023. Not thread-safe: the engine thread owns it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/result.h"
#include "model/model_file.h"

namespace espalier {

inline constexpr uint32_t kKvPageTokens = 16;

enum class KvType { kF16, kQ8 };

class KvCache;

/// One sequence's view of the cache. Move-only; give it back with KvCache::Free. Invariant: pages
/// cover at least `length` positions, and every page is reference-counted by the KvCache.
class KvSequence {
 public:
  KvSequence() = default;
  KvSequence(KvSequence&&) noexcept = default;
  KvSequence& operator=(KvSequence&&) noexcept = default;
  KvSequence(const KvSequence&) = delete;
  KvSequence& operator=(const KvSequence&) = delete;

  uint32_t length() const { return length_; }
  const std::vector<uint32_t>& pages() const { return pages_; }

 private:
  friend class KvCache;
  std::vector<uint32_t> pages_;
  uint32_t length_ = 0;
};

/// Page layout of one layer, chosen so that 16 keys load as one vector:
///   K: [n_kv_heads][head_dim][kKvPageTokens], V: [n_kv_heads][kKvPageTokens][head_dim].
/// F16 pages hold halves; Q8 pages hold int8 in the same order, then one float scale a (kv head, token).
class KvCache {
 public:
  struct Options {
    uint32_t capacity_tokens = 8192;  ///< rounded up to whole pages; memory is touched only when used
    KvType type = KvType::kF16;
  };
  /// Errors: kResourceExhausted when the memory cannot be reserved (message says how much).
  static Result<KvCache> Create(const HyperParameters& hparams, const Options& options);

  KvCache(KvCache&&) noexcept;
  KvCache& operator=(KvCache&&) noexcept;
  ~KvCache();

  /// A new sequence that shares the first `length` positions of `parent`. REQUIRES: length <=
  /// parent.length(). Errors: kResourceExhausted (a partly filled page had to be copied and none is free).
  Result<KvSequence> Fork(const KvSequence& parent, uint32_t length);
  /// Replaces the first pages of `sequence` by `head`'s whole pages, so that both share them. REQUIRES: head
  /// is not longer, and both hold the same tokens there.
  void ShareHead(KvSequence& sequence, const KvSequence& head);
  /// Makes room for `tokens` more positions after length(); length() itself does not change. Writes to a
  /// page shared with another sequence are preceded by a copy. Errors: kResourceExhausted.
  Status Reserve(KvSequence& sequence, uint32_t tokens);
  /// Marks reserved positions as filled. REQUIRES: reserved.
  void Commit(KvSequence& sequence, uint32_t tokens);
  /// Forgets positions from `length` on and frees whole pages behind it.
  void Truncate(KvSequence& sequence, uint32_t length);
  void Free(KvSequence& sequence) { Truncate(sequence, 0); }

  /// Writes one head's key and value ([head_dim] each) of a reserved position, rounding to the page type.
  void Store(uint32_t layer, const KvSequence& sequence, uint32_t position, uint32_t head, const float* key,
             const float* value);
  /// Reads one head's key or value back. Plain and slow: for the reference backend and tests.
  void LoadKey(uint32_t layer, const KvSequence& sequence, uint32_t position, uint32_t head,
               float* out) const;
  void LoadValue(uint32_t layer, const KvSequence& sequence, uint32_t position, uint32_t head,
                 float* out) const;

  /// From now on pages lie elsewhere, and this object only counts them: `copy(from, to)` copies one. Store,
  /// Load and the pages' addresses are of no use then.
  void KeepElsewhere(std::function<void(uint32_t from, uint32_t to)> copy);

  uint32_t total_pages() const;
  uint32_t free_pages() const;
  size_t page_bytes() const;  ///< all layers, keys and values
  KvType type() const;

  /// Raw storage of a page in a layer, for backends.
  std::byte* KeyPage(uint32_t layer, uint32_t page);
  std::byte* ValuePage(uint32_t layer, uint32_t page);

 private:
  struct Impl;
  explicit KvCache(Impl* impl) : impl_(impl) {}
  void CopyPage(uint32_t from, uint32_t to);
  Impl* impl_ = nullptr;
};

}  // namespace espalier
