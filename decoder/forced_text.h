// Forcing the output to begin with given bytes without forcing how they are cut into tokens at the
// seam (token healing). "retu" encodes as two tokens, but a model that writes "return" uses one: so the
// last few tokens of the encoding stay open, and are sampled among the tokens that agree with the bytes.
//
// TokenPrefixIndex is immutable after construction and thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/tokenizer.h"

namespace espalier {

/// Vocabulary by the first two bytes of its tokens. Control tokens have no bytes and are not in it.
class TokenPrefixIndex {
 public:
  /// `tokenizer` must outlive the index. Cost: one pass over the vocabulary.
  explicit TokenPrefixIndex(const Tokenizer& tokenizer);

  /// Tokens that can come next when the output must begin with `bytes` (not empty): those that begin
  /// with all of `bytes`, and those that are a beginning of it.
  std::vector<TokenId> Compatible(std::string_view bytes) const;
  /// Is there a token longer than `bytes` (not empty) that begins with it?
  bool AnyExtends(std::string_view bytes) const;

 private:
  const Tokenizer* tokenizer_;
  std::vector<uint32_t> bucket_begin_;  // 256 * 257 + 1 entries: first byte, then none or second byte
  std::vector<TokenId> tokens_;         // grouped by bucket
};

/// How forced text enters a sequence.
struct ForcedPlan {
  std::vector<TokenId> certain;  ///< fed as they are
  std::string open;              ///< bytes to be sampled token by token; empty only for empty text
};

/// Encodes `text` and keeps open its last token, and those before it from the first one on whose bytes,
/// together with all that follow, are the beginning of some longer token.
ForcedPlan PlanForcedText(const Tokenizer& tokenizer, const TokenPrefixIndex& index, std::string_view text);

}  // namespace espalier
