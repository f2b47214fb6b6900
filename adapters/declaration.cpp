#include "adapters/declaration.h"

#include <algorithm>
#include <array>
#include <utility>

#include "adapters/text_lines.h"

namespace espalier {
namespace {

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// A node that is a name, whatever is in it.
bool IsName(std::string_view kind) {
  constexpr std::array kNames = {"destructor_name", "operator_name", "operator_cast", "template_function",
                                 "self"};
  return kind.ends_with("identifier") || std::find(kNames.begin(), kNames.end(), kind) != kNames.end();
}

bool IsSplat(std::string_view kind) {
  return Contains(kind, "splat") || kind == "rest_pattern" || kind == "variadic_declarator";
}

bool IsVariadic(std::string_view kind) {
  return IsSplat(kind) || kind.starts_with("variadic_") || kind == "spread_parameter";
}

/// The child in which the name of `index` is to be looked for.
int NameChild(const TreeView& tree, int index, bool is_parameter) {
  for (std::string_view field : {"name", "pattern", "declarator", "left", "key", "property"}) {
    if (const int child = tree.Child(index, field); child >= 0) return child;
  }
  const std::string_view kind = tree[index].kind;
  const bool may_guess = kind.ends_with("declarator") || IsSplat(kind) || kind == "typed_parameter" ||
                         kind == "spread_parameter" || (!is_parameter && kind == "operator_cast");
  int last = -1;
  for (const int child : tree.Children(index)) {
    if (!may_guess || !tree[child].named || tree[child].kind == "type_qualifier") continue;
    if (kind == "typed_parameter") return child;
    last = child;
  }
  return last;
}

/// What a parameter is called: an identifier, or a pattern as a whole. -1 where it has no name.
int ParameterName(const TreeView& tree, int index, bool& variadic) {
  for (bool first = true; index >= 0; first = false) {
    const std::string_view kind = tree[index].kind;
    variadic = variadic || IsVariadic(kind);
    if (IsName(kind)) return index;
    if (kind.ends_with("_pattern") && !IsSplat(kind) && kind != "assignment_pattern") return index;
    index = NameChild(tree, index, first);
  }
  return -1;
}

std::string_view WithoutColon(std::string_view type) {
  if (type.starts_with(':')) type.remove_prefix(1);
  return Trimmed(type);
}

int DefaultOf(const TreeView& tree, int index) {
  for (std::string_view field : {"value", "default_value", "right"}) {
    if (const int child = tree.Child(index, field); child >= 0) return child;
  }
  return -1;
}

/// The text of a parameter without its name and its default.
std::string TypeAroundName(const TreeView& tree, int index, int name, int value) {
  const TreeNode& whole = tree[index];
  const uint32_t end = value >= 0 ? tree[value].begin : whole.end;
  if (name < 0) return OneLine(tree.Text(whole.begin, end));
  std::string type(tree.Text(whole.begin, tree[name].begin));
  std::string_view behind = Trimmed(tree.Text(tree[name].end, end));
  if (value >= 0 && behind.ends_with('=')) behind = TrimmedRight(behind.substr(0, behind.size() - 1));
  return OneLine(type + std::string(behind));
}

Parameter ParameterOf(const TreeView& tree, const SymbolKinds& kinds, int index) {
  Parameter parameter;
  const int name = ParameterName(tree, index, parameter.variadic);
  const int value = DefaultOf(tree, index);
  if (name >= 0) parameter.name = OneLine(tree.Text(name));
  if (value >= 0) parameter.default_value = std::string(Trimmed(tree.Text(value)));
  const int type = tree.Child(index, "type");
  parameter.optional = tree[index].kind == "optional_parameter";
  if (parameter.variadic && tree.Text(index) == "...") {
    parameter.name = "...";
  } else if (kinds.c_declarators || tree[index].kind == "spread_parameter") {
    parameter.type = TypeAroundName(tree, index, name, value);
  } else if (type >= 0) {
    parameter.type = OneLine(WithoutColon(tree.Text(type)));
  }
  return parameter;
}

/// Go writes one type behind several names.
bool AddSharedType(const TreeView& tree, int index, const Parameter& last, std::vector<Parameter>& all) {
  std::vector<std::string> names;
  for (const int child : tree.Children(index)) {
    if (tree[child].field == "name") names.emplace_back(tree.Text(child));
  }
  if (names.size() < 2) return false;
  for (std::string& name : names) {
    all.push_back(last);
    all.back().name = std::move(name);
  }
  return true;
}

void ReadParameters(const TreeView& tree, const SymbolKinds& kinds, int list, std::vector<Parameter>& all) {
  bool keyword_only = false;
  for (const int child : tree.Children(list)) {
    const std::string_view kind = tree[child].kind;
    if (kind == "..." && kinds.c_declarators) all.push_back({"...", {}, {}, true, false, false});
    if (kind == "keyword_separator") keyword_only = true;
    const bool is_one = tree[child].named && !Contains(kind, "comment") && !kind.ends_with("_separator") &&
                        !Contains(kind, "attribute") && kind != "ERROR";
    if (!is_one) continue;
    Parameter parameter = ParameterOf(tree, kinds, child);
    parameter.keyword_only = keyword_only && !parameter.variadic;
    keyword_only = keyword_only || (parameter.variadic && tree.Text(child).starts_with('*'));
    const bool is_void = kinds.c_declarators && parameter.name.empty() && parameter.type == "void";
    if (is_void || AddSharedType(tree, child, parameter, all)) continue;
    all.push_back(std::move(parameter));
  }
}

/// Words before a C function's name that say nothing about its type.
std::string CReturnType(std::string text) {
  constexpr std::array<std::string_view, 10> kWords = {"static",  "inline",    "virtual",   "explicit",
                                                       "extern",  "constexpr", "consteval", "friend",
                                                       "typedef", "register"};
  while (text.starts_with("[[") && Contains(text, "]]")) text = text.substr(text.find("]]") + 2);
  std::string type;
  std::string_view rest = text;
  while (!(rest = TrimmedLeft(rest)).empty()) {
    const size_t end = std::min(rest.find_first_of(" \t\n"), rest.size());
    const std::string_view word = rest.substr(0, end);
    if (std::find(kWords.begin(), kWords.end(), word) == kWords.end())
      type.append(type.empty() ? "" : " ").append(word);
    rest.remove_prefix(end);
  }
  return type;
}

std::string ReturnTypeOf(const TreeView& tree, const SymbolKinds& kinds, const FunctionNodes& nodes) {
  if (kinds.c_declarators) {
    const int trailing = tree.ChildOfKind(nodes.declarator, "trailing_return_type");
    if (trailing >= 0) return OneLine(tree.Text(trailing).substr(2));
    if (tree[nodes.name].kind == "operator_cast") return OneLine(tree.Text(tree.Child(nodes.name, "type")));
    const int outer = tree.Child(nodes.function, "declarator");
    const std::string_view before = tree.Text(tree[nodes.function].begin, tree[nodes.declarator].begin);
    return CReturnType(std::string(before) +
                       std::string(tree.Text(tree[nodes.declarator].end, tree[outer].end)));
  }
  for (std::string_view field : {"return_type", "result", "type"}) {
    if (const int type = tree.Child(nodes.function, field); type >= 0)
      return OneLine(WithoutColon(tree.Text(type)));
  }
  return {};
}

/// The parameter that is the object itself.
bool IsReceiver(const TreeView& tree, int parameter) {
  const std::string_view kind = tree[parameter].kind;
  if (kind == "self_parameter" || kind == "receiver_parameter") return true;
  const int pattern = tree.Child(parameter, "pattern");
  return pattern >= 0 && (tree[pattern].kind == "this" || tree[pattern].kind == "self");
}

void ReadReceiver(const TreeView& tree, const FunctionNodes& nodes, int list, Signature& signature) {
  const int receiver = tree.Child(nodes.function, "receiver");
  if (receiver >= 0) {
    const std::string_view text = Trimmed(tree.Text(receiver));
    signature.receiver = OneLine(text.substr(1, std::max<size_t>(text.size(), 2) - 2));
    return;
  }
  size_t position = 0;
  for (const int child : tree.Children(list)) {
    if (!tree[child].named || Contains(tree[child].kind, "comment")) continue;
    if (position == 0 && IsReceiver(tree, child)) {
      signature.receiver = OneLine(tree.Text(child));
      signature.parameters.erase(signature.parameters.begin());
    }
    ++position;
  }
}

/// The function_declarator in a chain of declarators that has the name itself: innermost, and not that of a
/// pointer to a function.
int FunctionDeclarator(const TreeView& tree, int index) {
  int found = -1;
  while (index >= 0 && !IsName(tree[index].kind)) {
    const int next = NameChild(tree, index, false);
    const bool names = next >= 0 && IsName(tree[next].kind);
    if (tree[index].kind == "function_declarator" && names) found = index;
    index = next;
  }
  return found;
}

FunctionNodes CFunctionNodes(const TreeView& tree, int index) {
  FunctionNodes nodes;
  nodes.function = index;
  nodes.body = tree.Child(index, "body");
  const int first = tree.Child(index, "declarator");
  nodes.declarator =
      first < 0 || tree[first].kind == "init_declarator" ? -1 : FunctionDeclarator(tree, first);
  if (first >= 0 && tree[first].kind == "operator_cast") {
    nodes.declarator = tree.Child(first, "declarator");
    nodes.name = first;
    nodes.name_end = nodes.declarator < 0 ? tree[first].end : tree[nodes.declarator].begin;
  } else if (nodes.declarator >= 0) {
    nodes.name = tree.Child(nodes.declarator, "declarator");
    nodes.name_end = tree[nodes.name].end;
  }
  return nodes;
}

}  // namespace

FunctionNodes FindFunctionNodes(const TreeView& tree, const SymbolKinds& kinds, int index) {
  if (kinds.c_declarators) return CFunctionNodes(tree, index);
  FunctionNodes nodes;
  nodes.function = index;
  nodes.body = tree.Child(index, "body");
  nodes.name = tree.Child(index, "name");
  const int parent = tree[index].parent;
  const auto holder = std::find_if(kinds.holders.begin(), kinds.holders.end(), [&](const NamedKind& one) {
    return parent >= 0 && one.kind == tree[parent].kind;
  });
  if (holder != kinds.holders.end() && tree[index].field != holder->name_field) {
    nodes.holder = parent;
    nodes.name = tree.Child(parent, holder->name_field);
  }
  if (nodes.name >= 0) nodes.name_end = tree[nodes.name].end;
  return nodes;
}

void ReadDeclaration(const TreeView& tree, const SymbolKinds& kinds, const FunctionNodes& nodes,
                     Signature& signature) {
  const int holder = kinds.c_declarators && nodes.declarator >= 0 ? nodes.declarator : nodes.function;
  const int list = tree.Child(holder, "parameters");
  if (list >= 0) ReadParameters(tree, kinds, list, signature.parameters);
  const int single = tree.Child(holder, "parameter");  // x => x
  if (single >= 0)
    signature.parameters.push_back({std::string(tree.Text(single)), {}, {}, false, false, false});
  if (list >= 0) ReadReceiver(tree, nodes, list, signature);
  signature.return_type = ReturnTypeOf(tree, kinds, nodes);
  const int types = tree.Child(nodes.function, "type_parameters");
  if (types >= 0) signature.type_parameters = OneLine(tree.Text(types));
}

}  // namespace espalier
