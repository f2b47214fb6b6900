// Internal to grammar/: what a SyntaxTree holds, for the code that makes one.
#pragma once

#include "grammar/syntax.h"
#include "grammar/ts_language.h"

namespace espalier {

struct SyntaxTree::Impl {
  Language language;
  TsTreePtr tree;

  TSNode root() const { return ts_tree_root_node(tree.get()); }
};

}  // namespace espalier
