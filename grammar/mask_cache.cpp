#include "grammar/mask_cache.h"

#include <algorithm>

#include "grammar/mask_key.h"

namespace espalier {
namespace {

void AddBits(const TokenMask& bits, TokenMask& mask) {
  for (size_t i = 0; i < bits.size(); ++i) mask[i] |= bits[i];
}

}  // namespace

MaskCache::MaskCache(const Grammar& grammar, const Vocabulary& vocabulary, const Options& options)
    : vocabulary_(vocabulary), options_(options), rows_(grammar, vocabulary) {}

void MaskCache::AddAllowed(Recogniser& recogniser, TokenMask& mask) {
  rows_.Trim(options_.most_row_bytes);
  const Recogniser::Place place = recogniser.place();
  for (uint32_t i = 0; i < place.head_count; ++i) AddFor(recogniser, place.heads[i], mask);
}

void MaskCache::AddFor(Recogniser& recogniser, const Head& head, TokenMask& mask) {
  const std::string lexeme_key = LexemeKey(recogniser, head);
  if (const TokenMask* known = Find(recogniser, head, lexeme_key)) {
    ++stats_.hits;
    return AddBits(*known, mask);
  }
  ++stats_.misses;
  TokenMask allowed((vocabulary_.token_count() + 63) / 64);
  Reach reach;
  {
    MaskWalk walk(recogniser, vocabulary_, rows_);
    walk.Allow(head, allowed);
    reach = {walk.stack_depth(), walk.text_back()};
  }
  AddBits(allowed, mask);
  const std::string surroundings = SurroundingsKey(recogniser, head, reach.stack_depth, reach.text_back);
  if (surroundings.empty()) return;  // too much to remember
  std::vector<Reach>& reaches = reaches_[lexeme_key];
  if (std::find(reaches.begin(), reaches.end(), reach) == reaches.end()) reaches.push_back(reach);
  Store(lexeme_key + surroundings, std::move(allowed));
}

const TokenMask* MaskCache::Find(const Recogniser& recogniser, const Head& head, const std::string& lexeme_key) {
  const auto reaches = reaches_.find(lexeme_key);
  if (reaches == reaches_.end()) return nullptr;
  for (const Reach& reach : reaches->second) {
    const std::string key =
        lexeme_key + SurroundingsKey(recogniser, head, reach.stack_depth, reach.text_back);
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) continue;
    entries_.splice(entries_.begin(), entries_, found->second);
    return &found->second->mask;
  }
  return nullptr;
}

void MaskCache::Store(std::string key, TokenMask mask) {
  if (entries_.size() >= options_.most_masks) {
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
  if (reaches_.size() > 4 * options_.most_masks) reaches_.clear();
  entries_.push_front({std::move(key), std::move(mask)});
  by_key_.emplace(entries_.front().key, entries_.begin());
}

size_t MaskCache::memory() const {
  const size_t mask_bytes = (vocabulary_.token_count() + 63) / 64 * sizeof(uint64_t);
  return rows_.bytes() + entries_.size() * (mask_bytes + sizeof(Entry) + 200);
}

}  // namespace espalier
