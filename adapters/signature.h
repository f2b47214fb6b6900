// What a function in a file is called, takes, gives back and says about itself.
//
//   auto found = FindFunctions(AdapterForPath(path), text, "Stack.push");
//   found->front().parameters[0].type
//
// Works on the tree of the language's grammar, also where other parts of the file do not parse. Pure
// functions, thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/adapter.h"
#include "adapters/doc_comment.h"
#include "base/result.h"

namespace espalier {

struct Parameter {
  std::string name;           ///< may be empty, or a pattern: "{a, b}", "(x, y)"
  std::string type;           ///< as written, without the name; empty where there is none
  std::string default_value;  ///< as written; empty where there is none
  bool variadic = false;      ///< takes any number: "*args", "T... rest", "..."
  bool keyword_only = false;  ///< Python: behind "*"
  bool optional = false;      ///< may be left out although it has no default: TypeScript's "?"

  bool operator==(const Parameter&) const = default;
};

struct Signature {
  std::string name;
  std::vector<std::string> scopes;      ///< around it, outermost first: namespaces, classes, functions
  std::string qualified_name;           ///< "ns::Stack::push", "Stack.push"
  std::string class_name;               ///< the class it belongs to; empty for a plain function
  std::string receiver;                 ///< "self", "&mut self", "s *Stack"; empty where there is none
  std::string type_parameters;          ///< "<T: Clone>", "<typename T>"
  std::vector<Parameter> parameters;    ///< without the receiver
  std::string return_type;              ///< as written; empty for constructors and where there is none
  std::vector<std::string> decorators;  ///< "@staticmethod", "@Override", "#[inline]"
  bool is_async = false;
  bool is_static = false;
  bool has_body = false;
  bool damaged = false;              ///< a syntax error is in it
  std::string text;                  ///< as written, from decorators and modifiers up to its body
  std::string doc;                   ///< its documentation, without comment signs
  std::vector<DocExample> examples;  ///< found in the documentation
  uint32_t begin = 0;                ///< bytes [begin, end) of the file, with decorators
  uint32_t end = 0;
  uint32_t name_begin = 0;
  uint32_t body_begin = 0;  ///< bytes [body_begin, body_end); empty without a body
  uint32_t body_end = 0;
};

/// A place as people write it: "src/stack.cpp::ns::Stack::push".
struct SymbolReference {
  std::string file;
  std::string symbol;
};

/// Splits FILE::SYMBOL at the first "::". Errors: kInvalidArgument.
Result<SymbolReference> ParseSymbolReference(std::string_view reference);

/// All functions of a file in document order, nested ones too.
/// Errors: kInvalidArgument (not UTF-8; too large).
Result<std::vector<Signature>> ListFunctions(const Adapter& adapter, std::string_view text);

/// The function `symbol`: a name, or one with scopes before it, from the innermost out ("push", "Stack.push",
/// "Stack::push", "Stack#push"). More than one where it is overloaded or declared and defined.
/// Errors: as ListFunctions; kNotFound (with the nearest name); kInvalidArgument (names several functions).
Result<std::vector<Signature>> FindFunctions(const Adapter& adapter, std::string_view text,
                                             std::string_view symbol);

}  // namespace espalier
