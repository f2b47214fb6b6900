// Where a language's grammar keeps names, parameters and documentation: what adapters/signature.h goes by.
#pragma once

#include <span>
#include <string_view>

namespace espalier {

/// A kind of node that gives its name to what is in it.
struct NamedKind {
  std::string_view kind;
  std::string_view name_field;  ///< of its child that is, or holds, the name
  bool is_class = false;        ///< a class, or what stands for one, rather than a module or a function
};

struct SymbolKinds {
  std::span<const std::string_view> functions = {};  ///< with and without a body, named and anonymous
  std::span<const NamedKind> scopes = {};   ///< classes, namespaces, functions with functions in them
  std::span<const NamedKind> holders = {};  ///< parents that give an anonymous function its name
  /// Parents that begin with the declaration and belong to it (decorators, "export"): comments stand before
  /// them.
  std::span<const std::string_view> wrappers = {};
  std::span<const std::string_view> between = {};  ///< may stand between a comment and what it is about
  std::string_view separator = ".";                ///< between a scope and a name
  bool c_declarators = false;                      ///< names and types are woven into each other, as in C
  bool doc_in_body = false;                        ///< documentation is the first string of the body
};

}  // namespace espalier
