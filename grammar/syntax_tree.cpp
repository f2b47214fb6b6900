#include <array>
#include <cstdlib>

#include "grammar/layout.h"
#include "grammar/parse.h"
#include "grammar/problems.h"
#include "grammar/syntax_impl.h"

namespace espalier {

namespace {

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Kinds that hold code inside a string literal, or strings side by side with code between them.
bool IsCodeAmongStrings(std::string_view kind) {
  constexpr std::array kKinds = {"interpolation", "template_substitution", "string_interpolation",
                                 "concatenated_string"};
  for (std::string_view code_kind : kKinds) {
    if (kind == code_kind) return true;
  }
  return false;
}

bool IsStringKind(std::string_view kind) {
  return Contains(kind, "string") || Contains(kind, "char_literal") || Contains(kind, "character_literal") ||
         kind == "rune_literal";
}

SyntaxNode Describe(TSNode node) {
  return {ts_node_type(node), ts_node_start_byte(node), ts_node_end_byte(node), ts_node_is_named(node)};
}

}  // namespace

SyntaxTree::SyntaxTree(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SyntaxTree::SyntaxTree(SyntaxTree&&) noexcept = default;
SyntaxTree& SyntaxTree::operator=(SyntaxTree&&) noexcept = default;
SyntaxTree::~SyntaxTree() = default;

Result<SyntaxTree> SyntaxTree::Parse(Language language, std::string_view text, uint64_t budget_us) {
  ESPALIER_ASSIGN_OR_RETURN(TsTreePtr tree, ParseText(language, {text, {}, {}}, nullptr, budget_us));
  return SyntaxTree(std::make_unique<Impl>(Impl{language, std::move(tree)}));
}

Result<SyntaxTree> SyntaxTree::Reparse(const ByteEdit& edit, std::string_view old_text,
                                       std::string_view new_text) const {
  const TsTreePtr edited = EditTree(impl_->tree.get(), edit, old_text);
  ESPALIER_ASSIGN_OR_RETURN(TsTreePtr tree, ParseText(impl_->language, {new_text, {}, {}}, edited.get(), 0));
  return SyntaxTree(std::make_unique<Impl>(Impl{impl_->language, std::move(tree)}));
}

Language SyntaxTree::language() const { return impl_->language; }

bool SyntaxTree::clean() const { return !ts_node_has_error(impl_->root()); }

std::vector<SyntaxProblem> SyntaxTree::Problems() const { return CollectProblems(impl_->tree.get()); }

std::vector<SyntaxNode> SyntaxTree::Ancestors(uint32_t byte) const {
  std::vector<SyntaxNode> ancestors = {Describe(impl_->root())};
  TSNode node = ts_node_first_child_for_byte(impl_->root(), byte);
  while (!ts_node_is_null(node) && ts_node_start_byte(node) <= byte) {
    if (ts_node_is_named(node)) ancestors.insert(ancestors.begin(), Describe(node));
    node = ts_node_first_child_for_byte(node, byte);
  }
  return ancestors;
}

bool SyntaxTree::InComment(uint32_t byte) const {
  for (const SyntaxNode& node : Ancestors(byte)) {
    if (Contains(node.kind, "comment") && node.begin < byte) return true;
  }
  return false;
}

bool SyntaxTree::InString(uint32_t byte) const {
  for (const SyntaxNode& node : Ancestors(byte)) {
    if (node.begin == byte) continue;
    if (IsCodeAmongStrings(node.kind)) return false;
    if (IsStringKind(node.kind)) return true;
  }
  return false;
}

bool SyntaxTree::LayoutFits(uint32_t begin, uint32_t end) const {
  return impl_->language != Language::kPython || PythonLayoutFits(impl_->tree.get(), begin, end);
}

std::vector<TreeNode> SyntaxTree::Nodes() const {
  std::vector<TreeNode> nodes;
  std::vector<int> path;  // from the root to the node before, as far as the next one is below
  TSTreeCursor cursor = ts_tree_cursor_new(impl_->root());
  bool descended = true;
  for (bool more = true; more;) {
    const TSNode node = ts_tree_cursor_current_node(&cursor);
    const char* field = ts_tree_cursor_current_field_name(&cursor);
    const int index = static_cast<int>(nodes.size());
    const int parent = path.empty() ? -1 : path.back();
    if (parent >= 0 && descended) nodes[static_cast<size_t>(parent)].first_child = index;
    nodes.push_back({ts_node_type(node), field == nullptr ? std::string_view() : field,
                     ts_node_start_byte(node), ts_node_end_byte(node), parent, -1, -1, ts_node_is_named(node),
                     ts_node_has_error(node)});
    path.push_back(index);
    descended = more = ts_tree_cursor_goto_first_child(&cursor);
    while (!more && !path.empty()) {
      const int left = path.back();
      path.pop_back();
      more = ts_tree_cursor_goto_next_sibling(&cursor);
      if (more) nodes[static_cast<size_t>(left)].next_sibling = static_cast<int>(nodes.size());
      if (!more && !ts_tree_cursor_goto_parent(&cursor)) break;
    }
  }
  ts_tree_cursor_delete(&cursor);
  return nodes;
}

std::string SyntaxTree::ToSexp() const {
  char* text = ts_node_string(impl_->root());
  std::string sexp(text);
  std::free(text);
  return sexp;
}

}  // namespace espalier
