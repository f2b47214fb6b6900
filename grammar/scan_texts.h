// Internal to grammar/: the texts that scans have read that are probed (probing_scanner.h), each as a node of
// a trie, so that a cursor may name one. One thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace espalier {

class ScanTexts {
 public:
  static constexpr uint32_t kNoText = 0;  ///< the node of the empty text

  /// The text of a node with one more code point (kScanInvalid: a byte that is none) behind it.
  uint32_t Longer(uint32_t node, int32_t code_point, uint32_t size);
  /// A node's text; bytes that are no UTF-8 are others that are none. Valid until the next call.
  std::string_view TextOf(uint32_t node);
  /// Bytes of a node's text.
  uint32_t SizeOf(uint32_t node) const { return nodes_[node].text_size; }

  /// Memory held, about.
  size_t bytes() const { return nodes_.size() * (sizeof(Node) + kSlotsPerNode * sizeof(uint32_t)); }

 private:
  struct Node {
    uint32_t before;  // the node of the text without its last code point
    int32_t code_point;
    uint32_t depth;  // code points
    uint32_t text_size;
  };
  static constexpr size_t kSlotsPerNode = 2;  // at least

  uint32_t& SlotOf(uint32_t node, int32_t code_point);
  void Grow();

  std::vector<Node> nodes_ = {{kNoText, 0, 0, 0}};
  std::vector<uint32_t> slots_;  // a hash table of nodes; kNoText: free
  // The text that was asked for last, since the next one mostly begins like it.
  std::vector<uint32_t> path_ = {kNoText};  // its beginnings' nodes, by their depths
  std::string text_;
};

}  // namespace espalier
