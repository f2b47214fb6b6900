// Sets of a vocabulary's tokens. Value types.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

namespace espalier {

/// Bit id % 64 of word id / 64 is token id.
using TokenMask = std::vector<uint64_t>;

inline void SetBit(TokenMask& mask, uint32_t id, bool value = true) {
  const uint64_t bit = uint64_t{1} << id % 64;
  mask[id / 64] = value ? mask[id / 64] | bit : mask[id / 64] & ~bit;
}
inline bool HasBit(const TokenMask& mask, uint32_t id) { return mask[id / 64] >> id % 64 & 1; }

/// A set in whichever form is smallest, which is also the quickest to add to a mask.
class TokenSet {
 public:
  TokenSet() = default;
  static TokenSet OfMask(const TokenMask& mask);
  /// In any order, duplicates allowed.
  static TokenSet OfIds(std::vector<uint32_t> ids);

  /// The same set, said by how it differs from `base`; nullopt if that takes more than `most_bytes`.
  /// REQUIRES: is_mask().
  std::optional<TokenSet> RelativeTo(const std::shared_ptr<const TokenSet>& base, size_t most_bytes) const;

  /// `mask` must be large enough for all tokens.
  void AddTo(TokenMask& mask) const;
  /// In ascending order of ids.
  template <typename Function>
  void ForEach(Function function) const;
  /// False for equal sets in different forms.
  bool operator==(const TokenSet&) const = default;
  uint64_t Hash() const;
  /// Whether others may be said relative to this.
  bool is_mask() const { return form_ == Form::kMask; }
  /// Of memory, beyond the object's own.
  size_t bytes() const { return data_.size() * sizeof data_[0]; }

 private:
  enum class Form : uint8_t {
    kIds,
    kWords,  // of a mask: those that are not zero, each as its number, its lower and its upper half
    kMask,   // all words, each as two halves
    kDelta,  // the words to be combined with those of base_ by exclusive or; otherwise like kWords
  };

  uint64_t WordAt(size_t at) const {
    uint64_t bits;
    std::memcpy(&bits, &data_[at], sizeof bits);
    return bits;
  }
  template <typename Function>
  static void ForEachBit(uint64_t bits, uint32_t first, Function function) {
    for (; bits != 0; bits &= bits - 1) function(first + static_cast<uint32_t>(std::countr_zero(bits)));
  }

  void AddDeltaTo(TokenMask& mask) const;

  Form form_ = Form::kIds;
  std::vector<uint32_t> data_;
  std::shared_ptr<const TokenSet> base_;  // in the form of a mask
};

template <typename Function>
void TokenSet::ForEach(Function function) const {
  if (form_ == Form::kIds) {
    for (const uint32_t id : data_) function(id);
  } else if (form_ == Form::kWords) {
    for (size_t i = 0; i < data_.size(); i += 3) ForEachBit(WordAt(i + 1), data_[i] * 64, function);
  } else {
    TokenMask mask((form_ == Form::kMask ? *this : *base_).data_.size() / 2);
    AddTo(mask);
    for (uint32_t i = 0; i < mask.size(); ++i) ForEachBit(mask[i], i * 64, function);
  }
}

}  // namespace espalier
