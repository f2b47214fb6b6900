#include "decoder/ngram_drafter.h"

#include <algorithm>
#include <utility>

namespace espalier {
namespace {

constexpr uint32_t kMaxMatch = 32;       // beyond this a longer match says nothing more
constexpr uint32_t kMaxCandidates = 64;  // bounds the cost in texts that repeat one n-gram endlessly

}  // namespace

NgramDrafter::NgramDrafter(uint32_t min_match) : min_match_(std::clamp(min_match, 1u, 8u)) {}

void NgramDrafter::AddLookup(std::span<const TokenId> tokens) {
  Append(tokens);
  Append(kNoToken);
}

uint64_t NgramDrafter::KeyEndingAt(size_t position) const {
  uint64_t key = 0;
  for (size_t i = position + 1 - min_match_; i <= position; ++i) {
    key = (key ^ static_cast<uint32_t>(text_[i])) * 0x9E3779B97F4A7C15u;
    key ^= key >> 29;
  }
  return key;
}

void NgramDrafter::Append(std::span<const TokenId> tokens) {
  for (const TokenId token : tokens) {
    text_.push_back(token);
    previous_.push_back(kNone);
    if (text_.size() < min_match_) continue;
    const auto position = static_cast<uint32_t>(text_.size() - 1);
    const auto [entry, fresh] = latest_.try_emplace(KeyEndingAt(position), position);
    if (!fresh) previous_.back() = std::exchange(entry->second, position);
  }
}

uint32_t NgramDrafter::MatchLength(size_t position) const {
  const size_t end = text_.size() - 1;
  uint32_t length = 0;
  while (length < kMaxMatch && length <= position && text_[position - length] != kNoToken &&
         text_[position - length] == text_[end - length]) {
    ++length;
  }
  return length;
}

NgramDraft NgramDrafter::Draft(uint32_t max_tokens) const {
  NgramDraft draft;
  if (text_.size() <= min_match_ || max_tokens == 0) return draft;
  size_t best = kNone;
  uint32_t candidate = previous_.back();
  for (uint32_t tried = 0; candidate != kNone && tried < kMaxCandidates; ++tried) {
    const uint32_t length = MatchLength(candidate);
    if (length >= min_match_ && length > draft.match) draft.match = length, best = candidate;
    candidate = previous_[candidate];
  }
  if (best == kNone) return draft;
  for (size_t i = best + 1; draft.tokens.size() < max_tokens; ++i) {
    // Past the end the draft continues itself: the match overlaps its own continuation, a period.
    const TokenId next = i < text_.size() ? text_[i] : draft.tokens[i - text_.size()];
    if (next == kNoToken) break;
    draft.tokens.push_back(next);
  }
  return draft;
}

}  // namespace espalier
