// Internal to adapters/: what a function's own node says, without what is around it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adapters/signature.h"
#include "adapters/symbol_kinds.h"
#include "adapters/tree_view.h"

namespace espalier {

/// A function's nodes; -1 for what it has not.
struct FunctionNodes {
  int function = -1;
  int name = -1;        ///< the node whose text is the name, perhaps with scopes ("C::push", "exports.add")
  int holder = -1;      ///< the parent that names an anonymous function
  int declarator = -1;  ///< C: the node that holds name and parameters
  int body = -1;
  uint32_t name_end = 0;  ///< where the name ends, which may be before its node does
};

/// The nodes of the function at `index`, one of `kinds.functions`; its name is -1 when it has none, or when
/// it is no function after all (C declarations of other things).
FunctionNodes FindFunctionNodes(const TreeView& tree, const SymbolKinds& kinds, int index);

/// Fills in parameters, return type, type parameters, receiver.
void ReadDeclaration(const TreeView& tree, const SymbolKinds& kinds, const FunctionNodes& nodes,
                     Signature& signature);

}  // namespace espalier
