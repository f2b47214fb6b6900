#include "decoder/cursor_context.h"

namespace espalier {
namespace {

bool AtLineEnd(std::string_view document, uint32_t cursor) {
  return cursor >= document.size() || document[cursor] == '\n' || document[cursor] == '\r';
}

}  // namespace

bool CursorInComment(const SyntaxTree& tree, std::string_view document, uint32_t cursor) {
  if (tree.InComment(cursor)) return true;
  if (cursor == 0 || !AtLineEnd(document, cursor)) return false;
  const SyntaxNode before = tree.Ancestors(cursor - 1).front();
  const std::string_view text = document.substr(before.begin, before.end - before.begin);
  return before.kind.find("comment") != std::string_view::npos && before.end == cursor &&
         !text.ends_with("*/");
}

bool CursorInString(const SyntaxTree& tree, uint32_t cursor) { return tree.InString(cursor); }

}  // namespace espalier
