// Where the texts of special tokens ("<|fim_middle|>") stand in a prompt. Immutable, thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "model/token_table.h"

namespace espalier {

/// A special token's place in a text.
struct SpecialMatch {
  size_t begin = std::string_view::npos;  ///< npos when there is none
  size_t length = 0;
  TokenId id = kNoToken;
};

/// Finds the texts of control and user-defined tokens.
class SpecialTextFinder {
 public:
  /// `tokens` must outlive the finder.
  explicit SpecialTextFinder(const TokenTable& tokens);

  /// The first special text at or after `from`; the longest of those that begin there.
  SpecialMatch Find(std::string_view text, size_t from) const;

 private:
  const TokenTable* tokens_;
  std::array<std::vector<TokenId>, 256> by_first_byte_;  ///< each longest first
};

}  // namespace espalier
