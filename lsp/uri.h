// Document URIs. Clients spell them in their own ways ("file:///c%3A/x", "untitled:Untitled-1"); the
// URI itself stays the document's key, and only its path is looked at, to tell languages apart.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace espalier::lsp {

/// The path in `uri`, percent-decoded, without scheme, authority, query and fragment. Never fails:
/// what is no URI is taken as a path.
std::filesystem::path PathOfUri(std::string_view uri);

/// The URI of a file beside the one of `uri`.
std::string SiblingUri(std::string_view uri, std::string_view name);

}  // namespace espalier::lsp
