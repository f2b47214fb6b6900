// Byte-pair encoding of one pre-token: start from bytes, join the adjacent pair whose merge has the lowest
// rank (the leftmost of equals) until no pair merges (Sennrich et al. 2016). The result never depends on
// the path taken here: short words use a scan, long ones a heap, and words that are known to merge into one
// token are looked up.
//
// Thread-safe. Encode() remembers which tokens their own bytes merge into; that memory is a bit per token,
// written at most once and only to say what the merges give in any case.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/merge_table.h"
#include "model/token_table.h"

namespace espalier {

class Bpe {
 public:
  /// `tokens` must outlive the Bpe. With `whole_words`, a word that is a token is that token even where
  /// the merges would split it (Llama 3). Errors: kCorrupt when a byte has no token, or a merge names or
  /// makes a text that is no normal token.
  static Result<Bpe> Create(const TokenTable& tokens,
                            std::span<const std::pair<std::string, std::string>> merges, bool whole_words);

  /// Appends the tokens of `word` to `out`.
  void Encode(std::string_view word, std::vector<TokenId>& out) const;
  TokenId ByteToken(char byte) const { return byte_tokens_[static_cast<uint8_t>(byte)]; }

 private:
  Bpe(const TokenTable& tokens, size_t merge_count, bool whole_words);
  Status FindByteTokens();
  Status AddMerge(const std::pair<std::string, std::string>& names, uint32_t rank);
  void TabulateBytePairs();

  Merge BytePair(char left, char right) const {
    return byte_pairs_[static_cast<size_t>(static_cast<uint8_t>(left)) << 8 | static_cast<uint8_t>(right)];
  }
  void EncodeShort(std::string_view word, std::vector<TokenId>& out) const;
  void EncodeLong(std::string_view word, std::vector<TokenId>& out) const;

  /// One bit a token: its bytes are known to merge into the token itself.
  bool IsKnownWhole(TokenId id) const {
    return known_whole_[static_cast<size_t>(id) / 64].load(std::memory_order_relaxed) >> (id % 64) & 1;
  }
  void RememberWhole(TokenId id) const {
    known_whole_[static_cast<size_t>(id) / 64].fetch_or(uint64_t{1} << (id % 64), std::memory_order_relaxed);
  }

  const TokenTable* tokens_;
  bool whole_words_;
  MergeTable merges_;
  std::array<TokenId, 256> byte_tokens_{};
  std::vector<Merge> byte_pairs_;  ///< [256 * 256]: merges_ of two byte tokens
  std::unique_ptr<std::atomic<uint64_t>[]> known_whole_;
};

}  // namespace espalier
