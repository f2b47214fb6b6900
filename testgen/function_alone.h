// A function without the rest of its file, for files that need a project around them. Pure function.
#pragma once

#include <string>

#include "adapters/signature.h"
#include "grammar/syntax.h"

namespace espalier {

/// A file with nothing but the function and what it imports from its language's own library. It may not
/// build: what the function uses of its file is not there.
std::string FunctionAlone(Language language, const std::string& source, const Signature& function);

}  // namespace espalier
