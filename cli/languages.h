// Languages as people name them on the command line.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "adapters/adapter.h"
#include "base/result.h"

namespace espalier {

/// The adapter for a language's name. Errors: kInvalidArgument, with the names there are.
Result<const Adapter*> LanguageNamed(std::string_view name);
/// The adapter for a file, by its extension. Errors: as above.
Result<const Adapter*> LanguageOfFile(const std::string& file);

}  // namespace espalier
