// Internal to grammar/: what scans that are probed (probing_scanner.h) remember: the texts that they have read,
// each as a node of a trie, and serialized states, each under a number. One thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "grammar/scanner_states.h"

namespace espalier {

class ScanMemory {
 public:
  static constexpr uint32_t kNoText = 0;  ///< the node of the empty text

  /// The text of a node with one more code point (kScanInvalid: a byte that is none) behind it.
  uint32_t Longer(uint32_t node, int32_t code_point, uint32_t size);
  /// A node's text; bytes that are no UTF-8 are others that are none. Valid until the next call.
  std::string_view TextOf(uint32_t node);
  /// Bytes of a node's text.
  uint32_t SizeOf(uint32_t node) const { return nodes_[node].text_size; }

  uint32_t NumberOfState(std::string_view state);
  std::string_view State(uint32_t number) const { return states_[number]; }

  /// Memory held, about.
  size_t bytes() const { return bytes_; }

 private:
  struct Node {
    uint32_t before;  // the node of the text without its last code point
    int32_t code_point;
    uint32_t depth;  // code points
    uint32_t text_size;
  };

  std::vector<Node> nodes_ = {{kNoText, 0, 0, 0}};
  std::unordered_map<uint64_t, uint32_t> longer_;  // by node and code point
  ScannerStates states_;
  size_t bytes_ = 0;
  // The text that was asked for last, since the next one mostly begins like it.
  std::vector<uint32_t> path_ = {kNoText};  // its beginnings' nodes, by their depths
  std::string text_;
};

}  // namespace espalier
