// Which packages a piece of Go wants imported. Pure function.
#pragma once

#include <string_view>

namespace espalier {

/// Whether the code names something of a package ("strings", "math/rand"): "strings.Trim", but neither
/// "words.strings.x" nor "a list of strings." in a comment.
bool UsesGoPackage(std::string_view code, std::string_view package);

}  // namespace espalier
