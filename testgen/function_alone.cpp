#include "testgen/function_alone.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/tree_view.h"
#include "testgen/go_imports.h"

namespace espalier {
namespace {

constexpr std::array<std::string_view, 15> kGoPackages = {
    "bytes",  "errors", "fmt",     "math",    "math/bits", "os",      "path",        "reflect",
    "regexp", "sort",   "strconv", "strings", "time",      "unicode", "unicode/utf8"};

/// Nodes whose children are declarations of the file as well.
constexpr std::string_view kContainers[] = {
    "namespace_definition", "declaration_list", "linkage_specification",
    "preproc_ifdef",        "preproc_if",       "preproc_else"};
/// Nodes between a declaration and the names that it declares, besides those with a field for it.
constexpr std::string_view kWrappers[] = {
    "variable_declarator", "const_spec",     "var_spec",        "type_spec",           "expression_statement",
    "assignment",          "enumerator",     "enumerator_list", "function_definition", "struct_specifier",
    "class_specifier",     "enum_specifier", "union_specifier"};
constexpr std::string_view kNameFields[] = {"name",        "declarator", "left",
                                            "declaration", "definition", "pattern"};

/// A declaration of the file.
struct Item {
  uint32_t begin = 0, end = 0;
  std::set<std::string_view> declares, uses;
  std::vector<std::string> namespaces;  ///< around it, outermost first; "" for one without a name
};

/// Declarations of a file, or of the class in it that a Java method belongs to.
class ItemFinder {
  static constexpr uint32_t kNone = UINT32_MAX;

 public:
  ItemFinder(Language language, const TreeView& tree, const Signature& function)
      : language_(language), tree_(tree), function_(function) {}

  std::vector<Item> Find() {
    Visit(0, {});
    return std::move(items_);
  }

 private:
  bool Holds(int node) const {
    return tree_[node].begin <= function_.begin && tree_[node].end >= function_.end;
  }

  void Visit(int parent, const std::vector<std::string>& namespaces) {
    uint32_t attributes = kNone;  // where those of the next item begin
    for (const int child : tree_.Children(parent)) {
      if (!tree_[child].named) continue;
      const uint32_t begin = std::exchange(attributes, kNone);
      if (tree_[child].kind == "attribute_item") {
        attributes = std::min(begin, tree_[child].begin);
      } else if (language_ == Language::kJava && Holds(child) && tree_[child].end > function_.end) {
        Visit(child, namespaces);
      } else if (language_ == Language::kJava && parent == 0) {
        continue;
      } else if (tree_.IsAny(child, kContainers)) {
        VisitContainer(child, namespaces);
      } else {
        AddItem(child, std::min(begin, tree_[child].begin), namespaces);
      }
    }
  }

  void VisitContainer(int node, std::vector<std::string> namespaces) {
    if (tree_[node].kind == "namespace_definition") {
      const int name = tree_.Child(node, "name");
      namespaces.push_back(name < 0 ? std::string() : std::string(tree_.Text(name)));
    }
    Visit(node, namespaces);
  }

  void AddItem(int node, uint32_t begin, const std::vector<std::string>& namespaces) {
    Item item{begin, tree_[node].end, {}, {}, namespaces};
    CollectDeclared(node, item.declares);
    const auto end = static_cast<int>(tree_.size());
    for (int at = node; at < end && tree_[at].begin < item.end; ++at) {
      if (IsIdentifier(at)) item.uses.insert(tree_.Text(at));
    }
    items_.push_back(std::move(item));
  }

  bool IsIdentifier(int node) const {
    return tree_[node].first_child < 0 && tree_[node].kind.find("identifier") != std::string_view::npos;
  }

  void CollectDeclared(int node, std::set<std::string_view>& names) const {
    if (IsIdentifier(node)) names.insert(tree_.Text(node));
    for (const int child : tree_.Children(node)) {
      const bool named = std::ranges::find(kNameFields, tree_[child].field) != std::end(kNameFields);
      const bool body = tree_[child].kind == "enumerator_list";
      const bool of_impl = tree_[node].kind == "impl_item" && tree_[child].field == "type";
      if (named || body || of_impl || tree_.IsAny(child, kWrappers)) CollectDeclared(child, names);
    }
  }

  const Language language_;
  const TreeView& tree_;
  const Signature& function_;
  std::vector<Item> items_;
};

bool UsesAnyOf(const Item& user, const Item& item) {
  return std::ranges::any_of(item.declares,
                             [&user](std::string_view name) { return user.uses.contains(name); });
}

/// The item that holds the function, and those that it uses, in the order of the file.
std::vector<Item> Closure(const std::vector<Item>& items, const Signature& function) {
  std::vector<bool> taken(items.size());
  std::vector<size_t> open;
  const auto take = [&](size_t i) {
    if (!taken[i]) open.push_back(i);
    taken[i] = true;
  };
  for (size_t i = 0; i < items.size(); ++i) {
    if (items[i].begin < function.end && items[i].end > function.begin) take(i);
  }
  while (!open.empty()) {
    const Item& user = items[open.back()];
    open.pop_back();
    for (size_t i = 0; i < items.size(); ++i) {
      if (UsesAnyOf(user, items[i])) take(i);
    }
  }
  std::vector<Item> closure;
  for (size_t i = 0; i < items.size(); ++i) {
    if (taken[i]) closure.push_back(items[i]);
  }
  return closure;
}

/// Lines of the source that begin with one of these words.
std::vector<std::string> LinesThatBegin(std::string_view source,
                                        std::initializer_list<std::string_view> words) {
  std::vector<std::string> lines;
  while (!source.empty()) {
    const size_t end = std::min(source.find('\n'), source.size());
    const std::string_view line = source.substr(0, end);
    const bool begins = std::ranges::any_of(words, [line](auto word) { return line.starts_with(word); });
    if (begins) lines.emplace_back(line);
    source.remove_prefix(std::min(end + 1, source.size()));
  }
  return lines;
}

std::string Joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

std::string GoImports(const std::string& text) {
  std::string imports;
  for (const std::string_view package : kGoPackages) {
    if (UsesGoPackage(text, package)) imports += fmt::format("import \"{}\"\n", package);
  }
  return imports;
}

/// Imports that may be missing here, and then are not needed either.
std::string PythonImports(const std::string& source) {
  std::string text;
  for (const std::string& line : LinesThatBegin(source, {"import ", "from "})) {
    const bool whole = line.find('(') == std::string::npos && !line.ends_with('\\');
    const bool relative = line.starts_with("from .") || line.find("__future__") != std::string::npos;
    if (whole && !relative) text += fmt::format("try:\n    {}\nexcept ImportError:\n    pass\n", line);
  }
  return text;
}

/// What every file of the language may want.
std::string HeadFor(Language language, const std::string& source, const std::string& text) {
  switch (language) {
    case Language::kC:
      return "#include <ctype.h>\n#include <errno.h>\n#include <limits.h>\n#include <math.h>\n#include "
             "<stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n#include <stdio.h>\n#include "
             "<stdlib.h>\n#include <string.h>\n";
    case Language::kCpp:
      return "#include <bits/stdc++.h>\nusing namespace std;\n";
    case Language::kGo:
      return "package main\n" + GoImports(text);
    case Language::kJava:
      return Joined(LinesThatBegin(source, {"import java.", "import static java."}));
    case Language::kPython:
      return PythonImports(source);
    case Language::kRust:
      return Joined(LinesThatBegin(source, {"use std::", "use core::", "use alloc::"}));
    default:
      return {};
  }
}

bool IsScript(Language language) {
  return language == Language::kJavaScript || language == Language::kTypeScript || language == Language::kTsx;
}

std::string TextOf(Language language, const Item& item, const std::string& source) {
  std::string text = source.substr(item.begin, item.end - item.begin);
  if (IsScript(language)) {
    for (const std::string_view word : {"export ", "default "}) {
      if (text.starts_with(word)) text.erase(0, word.size());
    }
  }
  for (size_t i = item.namespaces.size(); i-- > 0;) {
    text = fmt::format("namespace {} {{\n{}\n}}", item.namespaces[i], text);
  }
  return text + "\n";
}

}  // namespace

std::string FunctionAlone(Language language, const std::string& source, const Signature& function) {
  const auto tree = SyntaxTree::Parse(language, source);
  std::string text;
  if (tree) {
    const TreeView view(*tree, source);
    for (const Item& item : Closure(ItemFinder(language, view, function).Find(), function)) {
      text += TextOf(language, item, source);
    }
  }
  const std::string head = HeadFor(language, source, text);
  if (language != Language::kJava) return head + text;
  return fmt::format("{}class {} {{\n{}}}\n", head,
                     function.class_name.empty() ? "Alone" : function.class_name, text);
}

}  // namespace espalier
