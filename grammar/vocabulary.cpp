#include "grammar/vocabulary.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace espalier {
namespace {

bool IsText(std::string_view token) {
  return !token.empty() && token.size() <= std::numeric_limits<uint16_t>::max() &&
         token.find('\0') == std::string_view::npos;
}

}  // namespace

Vocabulary::Vocabulary(std::span<const std::string_view> tokens) : token_rank_(tokens.size(), kNoRank) {
  for (uint32_t id = 0; id < tokens.size(); ++id) {
    if (IsText(tokens[id])) ids_.push_back(id);
  }
  std::stable_sort(ids_.begin(), ids_.end(), [&](uint32_t a, uint32_t b) { return tokens[a] < tokens[b]; });
  for (uint32_t i = 0; i < ids_.size(); ++i) {
    const std::string_view token = tokens[ids_[i]];
    if (i == 0 || tokens[ids_[i - 1]] != token) {
      first_id_.push_back(i);
      begin_.push_back(static_cast<uint32_t>(text_.size()));
      text_ += token;
    }
    token_rank_[ids_[i]] = static_cast<uint32_t>(first_id_.size() - 1);
  }
  first_id_.push_back(static_cast<uint32_t>(ids_.size()));
  begin_.push_back(static_cast<uint32_t>(text_.size()));
  Build();
}

void Vocabulary::Build() {
  nodes_.push_back({0, kNoRank, 0, 0});
  std::vector<uint32_t> path = {0};  // of the last token, root first
  for (uint32_t rank = 0; rank < rank_count(); ++rank) AddToken(BytesOf(rank), rank, path);
  for (const uint32_t node : path) nodes_[node].end = static_cast<uint32_t>(nodes_.size());
}

void Vocabulary::AddToken(std::string_view bytes, uint32_t rank, std::vector<uint32_t>& path) {
  size_t common = 0;
  while (common < bytes.size() && common + 1 < path.size() &&
         nodes_[path[common + 1]].byte == static_cast<uint8_t>(bytes[common])) {
    ++common;
  }
  for (size_t depth = common + 1; depth < path.size(); ++depth) {
    nodes_[path[depth]].end = static_cast<uint32_t>(nodes_.size());
  }
  path.resize(common + 1);
  for (size_t depth = common; depth < bytes.size(); ++depth) {
    path.push_back(static_cast<uint32_t>(nodes_.size()));
    nodes_.push_back({0, kNoRank, static_cast<uint16_t>(depth + 1), static_cast<uint8_t>(bytes[depth])});
  }
  longest_ = std::max(longest_, static_cast<uint32_t>(bytes.size()));
  nodes_[path.back()].rank = rank;
  node_of_.push_back(path.back());
}

}  // namespace espalier
