#include "decoder/forced_text.h"

#include <algorithm>

namespace espalier {
namespace {

constexpr size_t kSeconds = 257;  // no second byte, or one of 256
constexpr size_t kMaxOpenTokens =
    8;  // longer runs of tokens that one token could replace do not occur in text

size_t BucketOf(std::string_view bytes) {
  const size_t first = static_cast<uint8_t>(bytes[0]);
  return first * kSeconds + (bytes.size() > 1 ? 1 + static_cast<uint8_t>(bytes[1]) : 0);
}

}  // namespace

TokenPrefixIndex::TokenPrefixIndex(const Tokenizer& tokenizer)
    : tokenizer_(&tokenizer), bucket_begin_(256 * kSeconds + 1, 0) {
  const auto count = static_cast<TokenId>(tokenizer.vocab_size());
  for (TokenId id = 0; id < count; ++id) {
    const std::string_view bytes = tokenizer.TokenBytes(id);
    if (!bytes.empty()) ++bucket_begin_[BucketOf(bytes) + 1];
  }
  for (size_t i = 1; i < bucket_begin_.size(); ++i) bucket_begin_[i] += bucket_begin_[i - 1];
  tokens_.resize(bucket_begin_.back());
  std::vector<uint32_t> next(bucket_begin_.begin(), bucket_begin_.end() - 1);
  for (TokenId id = 0; id < count; ++id) {
    const std::string_view bytes = tokenizer.TokenBytes(id);
    if (!bytes.empty()) tokens_[next[BucketOf(bytes)]++] = id;
  }
}

std::vector<TokenId> TokenPrefixIndex::Compatible(std::string_view bytes) const {
  // Tokens of one byte have a bucket of their own; of longer ones only those with the same second byte.
  const size_t bucket = BucketOf(bytes);
  const size_t single = BucketOf(bytes.substr(0, 1));
  std::vector<TokenId> result(tokens_.begin() + bucket_begin_[single],
                              tokens_.begin() + bucket_begin_[single + 1]);
  const size_t first = bytes.size() > 1 ? bucket : single + 1;
  const size_t last = bytes.size() > 1 ? bucket + 1 : single + kSeconds;
  std::copy_if(tokens_.begin() + bucket_begin_[first], tokens_.begin() + bucket_begin_[last],
               std::back_inserter(result), [&](TokenId id) {
                 const std::string_view token = tokenizer_->TokenBytes(id);
                 return token.starts_with(bytes) || bytes.starts_with(token);
               });
  return result;
}

bool TokenPrefixIndex::AnyExtends(std::string_view bytes) const {
  const size_t bucket = BucketOf(bytes);
  const size_t first = bytes.size() > 1 ? bucket : bucket + 1;
  const size_t last = bytes.size() > 1 ? bucket + 1 : bucket + kSeconds;
  return std::any_of(tokens_.begin() + bucket_begin_[first], tokens_.begin() + bucket_begin_[last],
                     [&](TokenId id) {
                       const std::string_view token = tokenizer_->TokenBytes(id);
                       return token.size() > bytes.size() && token.starts_with(bytes);
                     });
}

ForcedPlan PlanForcedText(const Tokenizer& tokenizer, const TokenPrefixIndex& index, std::string_view text) {
  ForcedPlan plan;
  if (text.empty()) return plan;
  plan.certain = tokenizer.Encode(text);
  size_t open_bytes = 0;
  size_t open_tokens = 0;
  size_t bytes = 0;
  const size_t most = std::min(kMaxOpenTokens, plan.certain.size());
  for (size_t n = 1; n <= most; ++n) {
    bytes += tokenizer.TokenBytes(plan.certain[plan.certain.size() - n]).size();
    const bool open = n == 1 || index.AnyExtends(text.substr(text.size() - bytes));
    if (open) open_bytes = bytes, open_tokens = n;
  }
  plan.certain.resize(plan.certain.size() - open_tokens);
  plan.open = text.substr(text.size() - open_bytes);
  return plan;
}

}  // namespace espalier
