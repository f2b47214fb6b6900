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
    if (ids <= 2 * mask.size()) ids += static_cast<size_t>(std::popcount(mask[i]));
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

std::optional<TokenSet> TokenSet::RelativeTo(const std::shared_ptr<const TokenSet>& base,
                                             size_t most_bytes) const {
  if (!base->is_mask() || base->data_.size() != data_.size()) return std::nullopt;
  const size_t most = most_bytes / sizeof data_[0];
  TokenSet delta;
  delta.form_ = Form::kDelta;
  for (size_t i = 0; i < data_.size(); i += 2) {
    const uint64_t changed = WordAt(i) ^ base->WordAt(i);
    if (changed == 0) continue;
    if (delta.data_.size() + 3 > most) return std::nullopt;
    delta.data_.push_back(static_cast<uint32_t>(i / 2));
    Append(delta.data_, changed);
  }
  delta.data_.shrink_to_fit();
  delta.base_ = base;
  return delta;
}

// FNV-1a, taking whole numbers at a time.
uint64_t TokenSet::Hash() const {
  uint64_t hash = 0xcbf29ce484222325 + static_cast<uint64_t>(form_);
  for (const uint32_t value : data_) hash = (hash ^ value) * 0x100000001b3;
  return hash ^ reinterpret_cast<uintptr_t>(base_.get());
}

void TokenSet::AddTo(TokenMask& mask) const {
  if (form_ == Form::kIds) {
    for (const uint32_t id : data_) SetBit(mask, id);
  } else if (form_ == Form::kWords) {
    for (size_t i = 0; i < data_.size(); i += 3) mask[data_[i]] |= WordAt(i + 1);
  } else if (form_ == Form::kMask) {
    uint64_t* words = mask.data();
    for (size_t i = 0; i < data_.size() / 2; ++i) words[i] |= WordAt(2 * i);
  } else {
    AddDeltaTo(mask);
  }
}

void TokenSet::AddDeltaTo(TokenMask& mask) const {
  uint64_t* words = mask.data();
  size_t at = 0;
  const auto add_base_up_to = [&](size_t end) {
    for (; at < end; ++at) words[at] |= base_->WordAt(2 * at);
  };
  for (size_t i = 0; i < data_.size(); i += 3) {
    add_base_up_to(data_[i]);
    words[at] |= base_->WordAt(2 * at) ^ WordAt(i + 1);
    ++at;
  }
  add_base_up_to(base_->data_.size() / 2);
}

}  // namespace espalier
