#include "grammar/token_mask.h"

#include <algorithm>

namespace espalier {

namespace {

// From so many ids on, setting bits in all words is quicker than sorting.
constexpr size_t kManyIds = 500;

void Append(std::vector<uint32_t>& data, uint64_t bits) {
  data.resize(data.size() + 2);
  std::memcpy(&data[data.size() - 2], &bits, sizeof bits);
}

}  // namespace

TokenSet TokenSet::OfMask(const TokenMask& mask) {
  size_t words = 0, end = 0, ids = 0;
  for (size_t i = 0; i < mask.size(); ++i) {
    if (mask[i] == 0) continue;
    ++words;
    end = i + 1;
    ids += static_cast<size_t>(std::popcount(mask[i]));
  }
  TokenSet set;
  if (ids <= std::min(3 * words, 2 * end)) {
    set.data_.reserve(ids);
    for (uint32_t i = 0; i < end; ++i) {
      ForEachBit(mask[i], i * 64, [&](uint32_t id) { set.data_.push_back(id); });
    }
  } else if (3 * words <= 2 * end) {
    set.form_ = Form::kWords;
    set.data_.reserve(3 * words);
    for (uint32_t i = 0; i < end; ++i) {
      if (mask[i] == 0) continue;
      set.data_.push_back(i);
      Append(set.data_, mask[i]);
    }
  } else {
    set.form_ = Form::kMask;
    set.data_.resize(2 * end);
    std::memcpy(set.data_.data(), mask.data(), end * sizeof mask[0]);
  }
  return set;
}

TokenSet TokenSet::OfIds(std::vector<uint32_t> ids) {
  if (ids.size() >= kManyIds) {
    TokenMask mask(*std::max_element(ids.begin(), ids.end()) / 64 + 1);
    for (const uint32_t id : ids) SetBit(mask, id);
    return OfMask(mask);
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  TokenSet set;
  set.data_.assign(ids.begin(), ids.end());
  return set;
}

// FNV-1a, taking whole numbers at a time.
uint64_t TokenSet::Hash() const {
  uint64_t hash = 0xcbf29ce484222325 + static_cast<uint64_t>(form_);
  for (const uint32_t value : data_) hash = (hash ^ value) * 0x100000001b3;
  return hash;
}

void TokenSet::AddTo(TokenMask& mask) const {
  if (form_ == Form::kIds) {
    for (const uint32_t id : data_) SetBit(mask, id);
  } else if (form_ == Form::kWords) {
    for (size_t i = 0; i < data_.size(); i += 3) mask[data_[i]] |= WordAt(i + 1);
  } else {
    uint64_t* words = mask.data();
    for (size_t i = 0; i < data_.size() / 2; ++i) words[i] |= WordAt(2 * i);
  }
}

}  // namespace espalier
