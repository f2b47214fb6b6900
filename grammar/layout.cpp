#include "grammar/layout.h"

#include <string_view>

#include "grammar/tree_walk.h"

namespace espalier {
namespace {

struct ByteRange {
  uint32_t begin, end;
};

bool IsKind(TSNode node, std::string_view kind) { return kind == ts_node_type(node); }

bool Intersects(TSNode node, const ByteRange& range) {
  return ts_node_start_byte(node) <= range.end && ts_node_end_byte(node) >= range.begin;
}

// Calls visit(statement) for each statement of a body until it returns false.
template <typename Visit>
void WalkStatements(TSNode body, Visit visit) {
  WalkChildren(body, [&](TSNode child) {
    return !ts_node_is_named(child) || IsKind(child, "comment") || visit(child);
  });
}

// A body's statements stand below each other, unless several share a line.
bool StatementsAlign(TSNode body, const ByteRange& range) {
  uint32_t column = IsKind(body, "module") ? 0 : UINT32_MAX;
  uint32_t row = UINT32_MAX;
  bool align = true;
  WalkStatements(body, [&](TSNode statement) {
    const TSPoint start = ts_node_start_point(statement);
    const uint32_t byte = ts_node_start_byte(statement);
    if (column == UINT32_MAX) column = start.column;
    if (byte >= range.begin && start.row != row) align = start.column == column;
    row = ts_node_end_point(statement).row;
    return align && byte < range.end;
  });
  return align;
}

// A body below its header ("if x:") says something, and stands further right.
bool FitsHeader(TSNode block) {
  const TSPoint header = ts_node_start_point(ts_node_parent(block));
  bool fits = false;  // as for an empty one
  WalkStatements(block, [&](TSNode first) {
    const TSPoint start = ts_node_start_point(first);
    fits = start.row == header.row || start.column > header.column;
    return false;
  });
  return fits;
}

}  // namespace

bool PythonLayoutFits(const TSTree* tree, uint32_t begin, uint32_t end) {
  const ByteRange range = {begin, end};
  bool fits = true;
  WalkTree(tree, [&](TSNode node) {
    if (!fits || !Intersects(node, range)) return false;
    if (IsKind(node, "block")) {
      const bool is_new = ts_node_start_byte(node) >= begin;
      fits = (!is_new || FitsHeader(node)) && StatementsAlign(node, range);
    } else if (IsKind(node, "module")) {
      fits = StatementsAlign(node, range);
    }
    return fits;
  });
  return fits;
}

}  // namespace espalier
