// Internal to grammar/: the bundled grammars as tree-sitter knows them, and the handles of its C API
// as owning types. Thread rule: a TSParser belongs to one thread at a time; a TSTree is copied
// (cheaply) before another thread uses it.
#pragma once

#include <tree_sitter/api.h>

#include <memory>

#include "grammar/syntax.h"

namespace espalier {

/// The grammar's tables; static, never freed.
const TSLanguage* TsLanguage(Language language);

struct TsParserDelete {
  void operator()(TSParser* parser) const { ts_parser_delete(parser); }
};
using TsParserPtr = std::unique_ptr<TSParser, TsParserDelete>;

struct TsTreeDelete {
  void operator()(TSTree* tree) const { ts_tree_delete(tree); }
};
using TsTreePtr = std::unique_ptr<TSTree, TsTreeDelete>;

/// This thread's parser for `language`, made at first use. It keeps no state between parses.
TSParser* ThreadParser(Language language);

}  // namespace espalier
