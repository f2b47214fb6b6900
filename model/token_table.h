// The tokens of a vocabulary: their stored names, the bytes they stand for, their kinds, and the way back
// from bytes to id. Immutable after Create(), thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/model_file.h"

namespace espalier {

class TokenTable {
 public:
  /// Errors: kCorrupt when `data.types` does not match `data.tokens`, or the texts exceed 4 GiB.
  static Result<TokenTable> Create(const TokenizerData& data);

  size_t size() const { return types_.size(); }
  bool Contains(TokenId id) const { return id >= 0 && static_cast<size_t>(id) < size(); }

  /// REQUIRES of all three: Contains(id). Names are as stored. Bytes are what Decode gives: normal tokens
  /// are spelt in the byte alphabet (a name outside it stands for itself), user-defined tokens are plain
  /// text, all others stand for no text.
  std::string_view Name(TokenId id) const { return names_.at(id); }
  std::string_view Bytes(TokenId id) const { return bytes_.at(id); }
  TokenType Type(TokenId id) const { return types_[static_cast<size_t>(id)]; }

  /// The normal token that stands for exactly `bytes`, kNoToken when there is none. The first of equals.
  TokenId Find(std::string_view bytes) const;
  /// No token that Find gives is longer.
  size_t longest_findable() const { return longest_findable_; }

 private:
  /// Strings end to end in one allocation.
  struct Arena {
    std::string text;
    std::vector<uint32_t> begins{0};  ///< one more than there are strings
    std::string_view at(TokenId id) const {
      const auto i = static_cast<size_t>(id);
      return {text.data() + begins[i], begins[i + 1] - begins[i]};
    }
  };
  /// An entry of the open-addressing hash table. Texts of at most 8 bytes lie in `key` itself, so that the
  /// commonest look-ups touch one cache line; longer ones have their hash there.
  struct Slot {
    uint64_t key = 0;
    TokenId id = kNoToken;
    uint32_t length = 0;
  };

  bool AppendToken(std::string_view name, TokenType type);
  void Insert(TokenId id);
  /// The slot that holds `bytes`, or the empty one where it would go.
  size_t Probe(std::string_view bytes, uint64_t key) const;

  Arena names_;
  Arena bytes_;
  std::vector<TokenType> types_;
  std::vector<Slot> slots_;
  unsigned slot_shift_ = 0;  ///< 64 - log2(slots_.size())
  size_t longest_findable_ = 0;
};

}  // namespace espalier
