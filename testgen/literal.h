// Values of problem statements, which are JSON in all but name, as expressions of a language. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/signature.h"
#include "grammar/syntax.h"

namespace espalier {

/// Of a list's type: what is between the outermost brackets of "List<List<Integer>>", or beside "[]". Empty
/// where there is none.
std::string_view ElementTypeOf(std::string_view type);

/// "[1,2]" as a value of type `type` (as written in a signature; may be empty): "{1, 2}" in C++, "new
/// int[]{1, 2}" or "Arrays.asList(1, 2)" in Java, "vec![1, 2]" in Rust. nullopt where it is no JSON, or the
/// type does not fit.
std::optional<std::string> LiteralOf(Language language, std::string_view json, std::string_view type);

/// The arguments of "nums = [2,7], target = 9" (or of bare values) for a function with these parameters.
std::optional<std::vector<std::string>> ArgumentsOf(Language language, std::string_view input,
                                                    const std::vector<Parameter>& parameters);

}  // namespace espalier
