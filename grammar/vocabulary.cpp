#include "grammar/vocabulary.h"

#include <algorithm>
#include <limits>

#include "grammar/code_points.h"

namespace espalier {
namespace {

bool IsText(std::string_view token) {
  return !token.empty() && token.size() <= std::numeric_limits<uint16_t>::max() &&
         token.find('\0') == std::string_view::npos;
}

// The first eight bytes as a number that compares like them; missing ones count as NUL, which no text holds.
uint64_t LeadingBytes(std::string_view text) {
  uint64_t leading = 0;
  for (size_t i = 0; i < sizeof leading; ++i) {
    leading = leading << 8 | (i < text.size() ? static_cast<uint8_t>(text[i]) : 0);
  }
  return leading;
}

// What `text` says of its code point that its last byte belongs to.
int32_t CodePointEndingAt(std::string_view text) {
  size_t begin = text.size() - 1;
  while (begin > 0 && text.size() - begin < 4 && (text[begin] & 0xC0) == 0x80) --begin;
  const DecodedPoint point = DecodeAt(text, static_cast<uint32_t>(begin), false);
  if (point.size == 0) return Vocabulary::kInside;
  return begin + point.size == text.size() ? point.value : kScanInvalid;
}

}  // namespace

Vocabulary::Vocabulary(std::span<const std::string_view> tokens) : token_rank_(tokens.size(), kNoRank) {
  SortIds(tokens);
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

void Vocabulary::SortIds(std::span<const std::string_view> tokens) {
  std::vector<std::pair<uint64_t, uint32_t>> order;
  for (uint32_t id = 0; id < tokens.size(); ++id) {
    if (IsText(tokens[id])) order.emplace_back(LeadingBytes(tokens[id]), id);
  }
  std::sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
    if (a.first != b.first) return a.first < b.first;
    const int rest = tokens[a.second].compare(tokens[b.second]);
    return rest != 0 ? rest < 0 : a.second < b.second;
  });
  for (const auto& [leading, id] : order) ids_.push_back(id);
}

uint32_t Vocabulary::FirstRankFrom(std::string_view bytes) const {
  uint32_t first = 0;
  for (uint32_t count = rank_count(); count > 0;) {
    const uint32_t half = count / 2;
    const bool is_before = BytesOf(first + half) < bytes;
    first = is_before ? first + half + 1 : first;
    count = is_before ? count - half - 1 : half;
  }
  return first;
}

void Vocabulary::Build() {
  nodes_.push_back(
      {.end = 0, .rank = kNoRank, .code_point = kInside, .depth = 0, .byte = 0, .kinds_below = 0});
  std::vector<uint32_t> path = {0};  // of the last token, root first
  for (uint32_t rank = 0; rank < rank_count(); ++rank) AddToken(BytesOf(rank), rank, path);
  for (const uint32_t node : path) nodes_[node].end = static_cast<uint32_t>(nodes_.size());
  nodes_.shrink_to_fit();
  CollectKinds();
}

// Children come behind their parents.
void Vocabulary::CollectKinds() {
  std::vector<uint32_t> path;
  for (uint32_t i = 0; i < nodes_.size(); ++i) {
    path.resize(nodes_[i].depth);
    const Node& node = nodes_[i];
    CharacterKinds kinds = KindOf(node.code_point);
    if (node.code_point == kInside) kinds = node.rank == kNoRank ? 0 : kOtherKind;  // a token that is cut
    for (auto above = path.rbegin(); above != path.rend() && (nodes_[*above].kinds_below & kinds) != kinds;
         ++above) {
      nodes_[*above].kinds_below |= kinds;
    }
    path.push_back(i);
  }
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
    nodes_.push_back({.end = 0,
                      .rank = kNoRank,
                      .code_point = CodePointEndingAt(bytes.substr(0, depth + 1)),
                      .depth = static_cast<uint16_t>(depth + 1),
                      .byte = static_cast<uint8_t>(bytes[depth]),
                      .kinds_below = 0});
  }
  longest_ = std::max(longest_, static_cast<uint32_t>(bytes.size()));
  nodes_[path.back()].rank = rank;
  node_of_.push_back(path.back());
}

}  // namespace espalier
