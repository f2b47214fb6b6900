#include "testgen/dedupe.h"

#include <map>

#include "adapters/adapter.h"
#include "adapters/tree_view.h"

namespace espalier {
namespace {

class CanonicalWriter {
 public:
  explicit CanonicalWriter(const TreeView& tree) : tree_(tree) {}

  std::string Write() {
    Write(0);
    return std::move(text_);
  }

 private:
  // Recursion is as deep as the tree, which the parser has built recursively, too.
  void Write(int node) {
    if (tree_[node].kind.find("comment") != std::string_view::npos || IsDocumentation(node)) return;
    if (tree_[node].first_child < 0 || IsText(node)) {
      text_ += tree_.Text(node);
      text_ += '\n';
      return;
    }
    text_ += '(';
    for (const int child : tree_.Children(node)) Write(child);
    text_ += ')';
  }

  // The inside of a string is not all nodes.
  bool IsText(int node) const { return tree_[node].kind.find("string") != std::string_view::npos; }

  // A string that is a statement does nothing.
  bool IsDocumentation(int node) const {
    const int only = tree_[node].first_child;
    return tree_[node].kind == "expression_statement" && only >= 0 && tree_[only].kind == "string" &&
           tree_[only].next_sibling < 0;
  }

  const TreeView& tree_;
  std::string text_;
};

}  // namespace

std::string CanonicalProgram(Language language, std::string_view text) {
  const auto tree = SyntaxTree::Parse(language, text);
  if (!tree || !tree->clean()) return std::string(text);
  return CanonicalWriter(TreeView(*tree, text)).Write();
}

std::vector<DistinctProgram> DistinctPrograms(Language language, const std::vector<std::string>& programs) {
  std::vector<DistinctProgram> distinct;
  std::map<std::string, size_t> known;
  for (uint32_t i = 0; i < programs.size(); ++i) {
    const auto [entry, is_new] = known.emplace(CanonicalProgram(language, programs[i]), distinct.size());
    if (is_new) distinct.push_back({programs[i], {}});
    distinct[entry->second].at.push_back(i);
  }
  return distinct;
}

}  // namespace espalier
