#include "grammar/scan_memory.h"

#include <algorithm>

#include "grammar/code_points.h"

namespace espalier {
namespace {

constexpr size_t kMapEntryBytes = 56;
constexpr char kNoUtf8 = '\xFF';

void AppendCodePoint(std::string& text, int32_t code_point) {
  if (code_point >= 0x80) {
    text += EncodeUtf8(code_point);
  } else {
    text += code_point < 0 ? kNoUtf8 : static_cast<char>(code_point);
  }
}

}  // namespace

uint32_t ScanMemory::Longer(uint32_t node, int32_t code_point, uint32_t size) {
  const uint64_t key = uint64_t{node} << 32 | static_cast<uint32_t>(code_point);
  const auto [entry, is_new] = longer_.try_emplace(key, static_cast<uint32_t>(nodes_.size()));
  if (is_new) {
    const Node& before = nodes_[node];
    nodes_.push_back({node, code_point, before.depth + 1, before.text_size + size});
    bytes_ += sizeof(Node) + kMapEntryBytes;
  }
  return entry->second;
}

std::string_view ScanMemory::TextOf(uint32_t node) {
  const uint32_t depth = nodes_[node].depth;
  if (path_.size() <= depth) path_.resize(depth + 1, kNoText);
  uint32_t known = depth;  // up to which the text is there
  for (uint32_t at = node; known > 0 && path_[known] != at; at = nodes_[at].before) path_[known--] = at;
  text_.resize(nodes_[path_[known]].text_size);
  for (uint32_t i = known + 1; i <= depth; ++i) AppendCodePoint(text_, nodes_[path_[i]].code_point);
  path_.resize(depth + 1);
  return text_;
}

uint32_t ScanMemory::NumberOfState(std::string_view state) {
  const size_t count = states_.count();
  const uint32_t number = states_.NumberOf(state);
  if (states_.count() > count) bytes_ += state.size() + sizeof(std::string) + kMapEntryBytes;
  return number;
}

}  // namespace espalier
