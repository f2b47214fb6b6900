#include "grammar/scan_texts.h"

#include "grammar/code_points.h"

namespace espalier {
namespace {

constexpr size_t kFirstSlots = 64;  // a power of two
constexpr char kNoUtf8 = '\xFF';

void AppendCodePoint(std::string& text, int32_t code_point) {
  if (code_point >= 0x80) {
    text += EncodeUtf8(code_point);
  } else {
    text += code_point < 0 ? kNoUtf8 : static_cast<char>(code_point);
  }
}

size_t Hash(uint32_t node, int32_t code_point) {
  constexpr uint64_t kFactor = 0x9E3779B97F4A7C15;  // 2^64 divided by the golden ratio
  const uint64_t product = (uint64_t{node} << 32 | static_cast<uint32_t>(code_point)) * kFactor;
  return static_cast<size_t>(product ^ product >> 32);
}

}  // namespace

uint32_t ScanTexts::Longer(uint32_t node, int32_t code_point, uint32_t size) {
  if (slots_.size() < nodes_.size() * kSlotsPerNode) Grow();
  uint32_t& slot = SlotOf(node, code_point);
  if (slot != kNoText) return slot;
  slot = static_cast<uint32_t>(nodes_.size());
  nodes_.push_back({node, code_point, nodes_[node].depth + 1, nodes_[node].text_size + size});
  return slot;
}

uint32_t& ScanTexts::SlotOf(uint32_t node, int32_t code_point) {
  for (size_t at = Hash(node, code_point);; ++at) {
    uint32_t& slot = slots_[at & (slots_.size() - 1)];
    const Node& found = nodes_[slot];
    if (slot == kNoText || (found.before == node && found.code_point == code_point)) return slot;
  }
}

void ScanTexts::Grow() {
  slots_.assign(slots_.empty() ? kFirstSlots : slots_.size() * 2, kNoText);
  for (uint32_t node = 1; node < nodes_.size(); ++node) {
    SlotOf(nodes_[node].before, nodes_[node].code_point) = node;
  }
}

std::string_view ScanTexts::TextOf(uint32_t node) {
  const uint32_t depth = nodes_[node].depth;
  if (path_.size() <= depth) path_.resize(depth + 1, kNoText);
  uint32_t known = depth;  // up to which the text is there
  for (uint32_t at = node; known > 0 && path_[known] != at; at = nodes_[at].before) path_[known--] = at;
  text_.resize(nodes_[path_[known]].text_size);
  for (uint32_t i = known + 1; i <= depth; ++i) AppendCodePoint(text_, nodes_[path_[i]].code_point);
  path_.resize(depth + 1);
  return text_;
}

}  // namespace espalier
