// Internal to grammar/: visiting a tree's nodes without recursion, since trees can be as deep as the text
// is long.
#pragma once

#include "grammar/ts_language.h"

namespace espalier {

/// Calls visit(node) for each node in document order; descends only where visit returns true.
template <typename Visit>
void WalkTree(const TSTree* tree, Visit visit) {
  TSTreeCursor cursor = ts_tree_cursor_new(ts_tree_root_node(tree));
  for (bool more = true; more;) {
    if (visit(ts_tree_cursor_current_node(&cursor)) && ts_tree_cursor_goto_first_child(&cursor)) continue;
    more = ts_tree_cursor_goto_next_sibling(&cursor);
    while (!more && ts_tree_cursor_goto_parent(&cursor)) more = ts_tree_cursor_goto_next_sibling(&cursor);
  }
  ts_tree_cursor_delete(&cursor);
}

/// Calls visit(child) for each child in order until it returns false.
template <typename Visit>
void WalkChildren(TSNode parent, Visit visit) {
  TSTreeCursor cursor = ts_tree_cursor_new(parent);
  bool more = ts_tree_cursor_goto_first_child(&cursor);
  while (more && visit(ts_tree_cursor_current_node(&cursor)))
    more = ts_tree_cursor_goto_next_sibling(&cursor);
  ts_tree_cursor_delete(&cursor);
}

}  // namespace espalier
