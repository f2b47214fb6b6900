// A language model's vocabulary as a trie of bytes, the way in which masks walk it. Immutable; built once a
// model, shared by all threads and grammars.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/character_kinds.h"

namespace espalier {

class Vocabulary {
 public:
  static constexpr uint32_t kNoRank = 0xFFFFFFFF;

  /// A node, in depth-first order: the children of node i begin at i + 1, and each child's `end` is where its
  /// next sibling begins. Node 0 is the root.
  struct Node {
    uint32_t end;   ///< behind the last node below this one
    uint32_t rank;  ///< of the token that ends here, or kNoRank
    int32_t
        code_point;  ///< that ends with this byte, kInside, or kScanInvalid: no UTF-8 (external_scanner.h)
    uint16_t depth;  ///< bytes from the root
    uint8_t byte;
    CharacterKinds kinds_below;  ///< of the code points that the nodes below stand for
  };
  /// A code point goes on behind the byte. (NUL is in no token.)
  static constexpr int32_t kInside = 0;

  /// `tokens[id]`: the token's bytes. Empty ones are no text (special, unused), and those with a NUL or
  /// longer than 64 KiB are never allowed; none of these is in the trie.
  explicit Vocabulary(std::span<const std::string_view> tokens);

  std::span<const Node> nodes() const { return nodes_; }
  /// Tokens in the order of their bytes have ranks; several ids may share one.
  uint32_t rank_count() const { return static_cast<uint32_t>(first_id_.size() - 1); }
  std::span<const uint32_t> IdsOf(uint32_t rank) const { return IdsOf(rank, rank); }
  std::span<const uint32_t> IdsOf(uint32_t first_rank, uint32_t last_rank) const {
    return {ids_.data() + first_id_[first_rank], ids_.data() + first_id_[last_rank + 1]};
  }
  /// Bytes of the longest token.
  uint32_t longest() const { return longest_; }
  uint32_t token_count() const { return static_cast<uint32_t>(token_rank_.size()); }
  /// The first token that is not before `bytes`; rank_count() if there is none.
  uint32_t FirstRankFrom(std::string_view bytes) const;
  /// The rank of a token id, or kNoRank.
  uint32_t RankOf(uint32_t id) const { return id < token_rank_.size() ? token_rank_[id] : kNoRank; }
  /// The node where the token with this rank ends, and a token that begins with a node's bytes.
  uint32_t NodeOf(uint32_t rank) const { return node_of_[rank]; }
  uint32_t RankBelow(uint32_t node) const {
    while (nodes_[node].rank == kNoRank) ++node;
    return nodes_[node].rank;
  }
  /// Bytes of the token with this rank.
  std::string_view BytesOf(uint32_t rank) const {
    return {text_.data() + begin_[rank], begin_[rank + 1] - begin_[rank]};
  }

 private:
  void SortIds(std::span<const std::string_view> tokens);
  void Build();
  void CollectKinds();
  void AddToken(std::string_view bytes, uint32_t rank, std::vector<uint32_t>& path);

  std::vector<Node> nodes_;
  std::string text_;  // of all tokens, by rank
  uint32_t longest_ = 0;
  std::vector<uint32_t> begin_, first_id_, ids_, token_rank_, node_of_;
};

}  // namespace espalier
