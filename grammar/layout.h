// Internal to grammar/: Python's rules of indentation, which tree-sitter's grammar takes loosely (it accepts
// an empty body, an unexpected indent and a dedent to no outer level without an ERROR node).
#pragma once

#include "grammar/ts_language.h"

namespace espalier {

/// True when every statement that begins in bytes [begin, end), and the first one behind it, stands in
/// the column of its block, and no body that begins there is empty.
bool PythonLayoutFits(const TSTree* tree, uint32_t begin, uint32_t end);

}  // namespace espalier
