// Drafts tokens by looking up what followed the last few tokens when they stood together before: in
// the prompt, in the output so far, or in further text given for the purpose (prompt lookup decoding,
// Saxena 2023; Yang et al. 2023). Positions are chained by a hash of their last `min_match` tokens, as
// LZ77 compressors do. Append costs O(1), Draft O(candidates). Not thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "model/model_file.h"

namespace espalier {

struct NgramDraft {
  std::vector<TokenId> tokens;
  uint32_t match = 0;  ///< tokens before the cursor that equal those before the place looked up
};

class NgramDrafter {
 public:
  /// Drafts want at least `min_match` (1 to 8) matching tokens.
  explicit NgramDrafter(uint32_t min_match);

  /// Adds text that the output may repeat but does not continue.
  void AddLookup(std::span<const TokenId> tokens);
  /// Adds tokens of the sequence itself.
  void Append(std::span<const TokenId> tokens);
  void Append(TokenId token) { Append({&token, 1}); }

  /// Up to `max_tokens` tokens that followed the longest match (the latest of equals); may be empty.
  NgramDraft Draft(uint32_t max_tokens) const;

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  uint64_t KeyEndingAt(size_t position) const;
  uint32_t MatchLength(size_t position) const;

  uint32_t min_match_;
  std::vector<TokenId> text_;       // lookup text, kNoToken, the sequence
  std::vector<uint32_t> previous_;  // previous position with the same key
  std::unordered_map<uint64_t, uint32_t> latest_;
};

}  // namespace espalier
