// A function with what it uses of its file and nothing else, for files that need a project around them. Pure
// function.
#pragma once

#include <string>

#include "adapters/signature.h"
#include "grammar/syntax.h"

namespace espalier {

/// A file with the function (its class, if it has one), the functions, constants and types of its file that
/// it uses, theirs in turn, and what is imported of the language's own library. Where a name is used,
/// everything of that name comes along. It may not build: what comes from other files of a project is not
/// there.
std::string FunctionAlone(Language language, const std::string& source, const Signature& function);

}  // namespace espalier
