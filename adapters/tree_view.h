// A tree's nodes together with its text.
#pragma once

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "grammar/syntax.h"

namespace espalier {

class TreeView {
 public:
  TreeView(const SyntaxTree& tree, std::string_view text) : nodes_(tree.Nodes()), text_(text) {}

  size_t size() const { return nodes_.size(); }
  const TreeNode& operator[](int index) const { return nodes_[static_cast<size_t>(index)]; }
  std::string_view Text(int index) const { return Text((*this)[index].begin, (*this)[index].end); }
  std::string_view Text(uint32_t begin, uint32_t end) const {
    return text_.substr(begin, std::max(begin, end) - begin);
  }

  std::vector<int> Children(int index) const {
    std::vector<int> children;
    for (int at = (*this)[index].first_child; at >= 0; at = (*this)[at].next_sibling) children.push_back(at);
    return children;
  }
  /// The first child with that field, -1 for none.
  int Child(int index, std::string_view field) const {
    for (int at = (*this)[index].first_child; at >= 0; at = (*this)[at].next_sibling) {
      if ((*this)[at].field == field) return at;
    }
    return -1;
  }
  /// The first child of that kind, -1 for none.
  int ChildOfKind(int index, std::string_view kind) const {
    for (int at = (*this)[index].first_child; at >= 0; at = (*this)[at].next_sibling) {
      if ((*this)[at].kind == kind) return at;
    }
    return -1;
  }
  /// -1 for none.
  int PreviousSibling(int index) const {
    const int parent = (*this)[index].parent;
    int previous = -1;
    if (parent < 0) return previous;
    for (int at = (*this)[parent].first_child; at != index && at >= 0; at = (*this)[at].next_sibling)
      previous = at;
    return previous;
  }
  /// Does `kinds` hold the node's kind?
  bool IsAny(int index, std::span<const std::string_view> kinds) const {
    return std::find(kinds.begin(), kinds.end(), (*this)[index].kind) != kinds.end();
  }

 private:
  std::vector<TreeNode> nodes_;
  std::string_view text_;
};

}  // namespace espalier
