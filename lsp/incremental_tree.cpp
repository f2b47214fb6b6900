#include "lsp/incremental_tree.h"

#include <algorithm>
#include <utility>

namespace espalier::lsp {
namespace {

bool StartsCharacter(std::string_view text, size_t at) {
  return at >= text.size() || (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
}

size_t CommonPrefix(std::string_view a, std::string_view b) {
  const auto [in_a, in_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return static_cast<size_t>(in_a - a.begin());
}

size_t CommonSuffix(std::string_view a, std::string_view b) {
  const auto [in_a, in_b] = std::mismatch(a.rbegin(), a.rend(), b.rbegin(), b.rend());
  return static_cast<size_t>(in_a - a.rbegin());
}

}  // namespace

ByteEdit Difference(std::string_view before, std::string_view after) {
  size_t prefix = CommonPrefix(before, after);
  while (prefix > 0 && !(StartsCharacter(before, prefix) && StartsCharacter(after, prefix))) --prefix;
  size_t suffix = CommonSuffix(before.substr(prefix), after.substr(prefix));
  while (suffix > 0 && !StartsCharacter(after, after.size() - suffix)) --suffix;
  return {static_cast<uint32_t>(prefix), static_cast<uint32_t>(before.size() - suffix),
          after.substr(prefix, after.size() - suffix - prefix)};
}

Result<SharedTree> IncrementalTree::TreeOf(const SharedText& text, uint64_t budget_us) {
  const std::lock_guard lock(mutex_);
  if (tree_ && *text_ == *text) return tree_;
  auto tree = tree_ ? tree_->Reparse(Difference(*text_, *text), *text_, *text)
                    : SyntaxTree::Parse(language_, *text, budget_us);
  if (!tree) return Fail(std::move(tree.error()));
  tree_ = std::make_shared<const SyntaxTree>(std::move(*tree));
  text_ = text;
  return tree_;
}

}  // namespace espalier::lsp
