#include "adapters/signature.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "adapters/declaration.h"
#include "adapters/text_lines.h"
#include "adapters/tree_view.h"
#include "base/suggest.h"
#include "base/utf8.h"

namespace espalier {
namespace {

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// Does `text` hold `word` with nothing of a word around it?
bool HasWord(std::string_view text, std::string_view word) {
  auto is_part = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  for (size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const size_t end = at + word.size();
    if ((at == 0 || !is_part(text[at - 1])) && (end == text.size() || !is_part(text[end]))) return true;
  }
  return false;
}

/// "ns::Stack<T>" is {"ns", "Stack"}, "exports.add" {"exports", "add"}; type arguments are left out.
std::vector<std::string> NameParts(std::string_view name) {
  const bool is_quoted = name.size() > 2 && (name.front() == '"' || name.front() == '\'');
  if (is_quoted) return {std::string(name.substr(1, name.size() - 2))};
  if (name.starts_with('[')) return {OneLine(name)};  // [Symbol.iterator]
  std::vector<std::string> parts(1);
  int depth = 0;
  for (const char c : name) {
    if (c == '<' || c == '[') ++depth;
    const bool separates = c == ':' || c == '.' || c == '#' || c == '\\' || c == '/';
    if (depth == 0 && separates && !parts.back().empty()) parts.emplace_back();
    if (depth == 0 && !separates && std::string_view(" \t\n()*&").find(c) == std::string_view::npos)
      parts.back() += c;
    if (c == '>' || c == ']') --depth;
  }
  if (parts.back().empty()) parts.pop_back();
  std::erase(parts, "prototype");
  return parts;
}

/// Where the name of a C++ operator begins in a qualified name; npos when it is none.
size_t FindOperator(std::string_view name) {
  constexpr std::string_view kWord = "operator";
  const size_t at = name.rfind(kWord);
  if (at == std::string_view::npos || at + kWord.size() == name.size()) return std::string_view::npos;
  const char next = name[at + kWord.size()];
  const bool is_whole =
      (at == 0 || name[at - 1] == ':') && next != '_' && std::isalnum(static_cast<unsigned char>(next)) == 0;
  return is_whole ? at : std::string_view::npos;
}

/// As NameParts, where an operator's name is one part: "ns::C::operator==".
std::vector<std::string> QualifiedParts(std::string_view name) {
  const size_t symbol = FindOperator(name);
  std::vector<std::string> parts = NameParts(name.substr(0, symbol));
  if (symbol != std::string_view::npos) parts.push_back(OneLine(name.substr(symbol)));
  return parts;
}

std::string Joined(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (const std::string& part : parts)
    text.append(text.empty() ? std::string_view() : separator).append(part);
  return text;
}

/// Reads the functions of one file.
class Reader {
 public:
  Reader(const Adapter& adapter, const SyntaxTree& tree, std::string_view text)
      : adapter_(adapter), kinds_(*adapter.symbols), tree_(tree, text), text_(text) {}

  std::vector<Signature> ReadAll() const {
    std::vector<Signature> all;
    for (int i = 0; i < static_cast<int>(tree_.size()); ++i) {
      if (!tree_[i].named || !tree_.IsAny(i, kinds_.functions)) continue;
      const FunctionNodes nodes = FindFunctionNodes(tree_, kinds_, i);
      if (nodes.name < 0 || IsLocalDeclaration(nodes)) continue;
      all.push_back(Read(nodes));
    }
    return all;
  }

 private:
  Signature Read(const FunctionNodes& nodes) const;
  int Outermost(const FunctionNodes& nodes) const;
  void ReadScopes(const FunctionNodes& nodes, Signature& signature) const;
  void ReadModifiers(const FunctionNodes& nodes, int outermost, Signature& signature) const;
  void ReadSelf(Signature& signature) const;
  std::string DocOf(const FunctionNodes& nodes, int outermost) const;
  std::string CommentBefore(int outermost) const;
  const NamedKind* ScopeOf(int index) const;

  /// In C, `T x(y);` in a body is mostly a variable.
  bool IsLocalDeclaration(const FunctionNodes& nodes) const {
    const int parent = tree_[nodes.function].parent;
    return kinds_.c_declarators && nodes.body < 0 && parent >= 0 &&
           tree_[parent].kind == "compound_statement";
  }

  const Adapter& adapter_;
  const SymbolKinds& kinds_;
  const TreeView tree_;
  std::string_view text_;
};

const NamedKind* Reader::ScopeOf(int index) const {
  for (const NamedKind& scope : kinds_.scopes) {
    if (scope.kind == tree_[index].kind) return &scope;
  }
  return nullptr;
}

void Reader::ReadScopes(const FunctionNodes& nodes, Signature& signature) const {
  std::vector<std::vector<std::string>> inside_out;
  const int from = nodes.holder >= 0 ? nodes.holder : nodes.function;
  for (int at = tree_[from].parent; at >= 0; at = tree_[at].parent) {
    const NamedKind* scope = ScopeOf(at);
    const int name = scope == nullptr ? -1 : tree_.Child(at, scope->name_field);
    std::vector<std::string> parts = name < 0 ? std::vector<std::string>() : NameParts(tree_.Text(name));
    if (parts.empty()) continue;
    if (inside_out.empty() && scope->is_class) signature.class_name = parts.back();
    inside_out.push_back(std::move(parts));
  }
  for (auto parts = inside_out.rbegin(); parts != inside_out.rend(); ++parts)
    signature.scopes.insert(signature.scopes.end(), parts->begin(), parts->end());
  std::vector<std::string> own = QualifiedParts(tree_.Text(tree_[nodes.name].begin, nodes.name_end));
  if (own.empty()) own.emplace_back();
  signature.name = own.back();
  own.pop_back();
  if (!own.empty() && own.back() != "exports") signature.class_name = own.back();
  signature.scopes.insert(signature.scopes.end(), own.begin(), own.end());
}

/// Go and Python have the object among what a function says itself.
void Reader::ReadSelf(Signature& signature) const {
  if (adapter_.language == Language::kGo && !signature.receiver.empty()) {
    const size_t type = signature.receiver.find_last_of(" *");
    const auto parts = NameParts(signature.receiver.substr(type == std::string::npos ? 0 : type + 1));
    signature.class_name = parts.empty() ? std::string() : parts.back();
    signature.scopes = {signature.class_name};
  }
  const auto& decorators = signature.decorators;
  const bool is_free = std::find(decorators.begin(), decorators.end(), "@staticmethod") != decorators.end();
  signature.is_static = signature.is_static || is_free;
  if (!kinds_.doc_in_body || signature.class_name.empty() || is_free || signature.parameters.empty()) return;
  signature.receiver = signature.parameters.front().name;
  signature.parameters.erase(signature.parameters.begin());
}

int Reader::Outermost(const FunctionNodes& nodes) const {
  int at = nodes.holder >= 0 ? nodes.holder : nodes.function;
  for (int parent = tree_[at].parent; parent >= 0 && tree_.IsAny(parent, kinds_.wrappers);
       parent = tree_[parent].parent)
    at = parent;
  return at;
}

void Reader::ReadModifiers(const FunctionNodes& nodes, int outermost, Signature& signature) const {
  const uint32_t end = nodes.body >= 0 ? tree_[nodes.body].begin : tree_[nodes.function].end;
  const int anchor = nodes.holder >= 0 ? tree_.Child(nodes.function, "parameters") : nodes.name;
  const uint32_t modifiers_end = anchor >= 0 ? tree_[anchor].begin : end;
  const std::string_view before = tree_.Text(tree_[outermost].begin, modifiers_end);
  signature.is_async = HasWord(before, "async");
  signature.is_static = HasWord(before, "static");
  for (int at = nodes.function; at >= 0; at = at == outermost ? -1 : tree_[at].parent) {
    if (tree_[at].kind != "template_declaration") continue;
    signature.type_parameters = OneLine(tree_.Text(tree_.Child(at, "parameters")));
  }
  auto add = [&](int index) {
    constexpr std::array<std::string_view, 4> kDecorators = {"decorator", "annotation", "marker_annotation",
                                                             "attribute_item"};
    if (tree_.IsAny(index, kDecorators)) signature.decorators.push_back(OneLine(tree_.Text(index)));
  };
  std::vector<int> preceding;
  for (int at = tree_.PreviousSibling(outermost); at >= 0 && tree_.IsAny(at, kinds_.between);
       at = tree_.PreviousSibling(at))
    preceding.push_back(at);
  std::for_each(preceding.rbegin(), preceding.rend(), add);
  for (int at = outermost; at >= 0; at = at == nodes.function ? -1 : nodes.function) {
    for (const int child : tree_.Children(at)) {
      add(child);
      if (tree_[child].kind == "modifiers") {
        for (const int modifier : tree_.Children(child)) add(modifier);
      }
    }
  }
}

/// The comments that stand right before a declaration, as they are written.
std::string Reader::CommentBefore(int outermost) const {
  uint32_t next = tree_[outermost].begin;
  uint32_t begin = next, end = next;
  bool found = false;
  for (int at = tree_.PreviousSibling(outermost); at >= 0; at = tree_.PreviousSibling(at)) {
    const TreeNode& node = tree_[at];
    const bool is_comment = Contains(node.kind, "comment");
    if (!is_comment && !tree_.IsAny(at, kinds_.between)) break;
    const std::string_view gap = text_.substr(node.begin, next - node.begin);
    const std::string_view own =
        TrimmedRight(gap.substr(0, std::min<size_t>(gap.size(), node.end - node.begin)));
    if (is_comment && std::count(gap.begin() + static_cast<ptrdiff_t>(own.size()), gap.end(), '\n') > 1)
      break;
    const size_t line = text_.rfind('\n', node.begin == 0 ? 0 : node.begin - 1);
    const size_t line_begin = line == std::string_view::npos || node.begin == 0 ? 0 : line + 1;
    const std::string_view before = Trimmed(text_.substr(line_begin, node.begin - line_begin));
    const bool is_alone = before.empty() || before.ends_with("*/");
    if (is_comment && !is_alone) break;  // it is about what it stands behind
    next = node.begin;
    if (!is_comment) continue;
    if (!found) end = node.begin + static_cast<uint32_t>(own.size());
    found = true;
    begin = node.begin;
  }
  return std::string(tree_.Text(begin, end));
}

std::string Reader::DocOf(const FunctionNodes& nodes, int outermost) const {
  if (!kinds_.doc_in_body) return PlainComment(CommentBefore(outermost));
  for (int at = nodes.body < 0 ? -1 : tree_[nodes.body].first_child; at >= 0; at = tree_[at].next_sibling) {
    if (Contains(tree_[at].kind, "comment")) continue;
    const int string = tree_.ChildOfKind(at, "string");
    const bool is_doc = tree_[at].kind == "expression_statement" && string >= 0;
    if (is_doc) return PlainDocstring(tree_.Text(string));
    break;
  }
  return PlainComment(CommentBefore(outermost));
}

Signature Reader::Read(const FunctionNodes& nodes) const {
  Signature signature;
  const int outermost = Outermost(nodes);
  ReadScopes(nodes, signature);
  ReadDeclaration(tree_, kinds_, nodes, signature);
  ReadModifiers(nodes, outermost, signature);
  ReadSelf(signature);
  std::vector<std::string> parts = signature.scopes;
  parts.push_back(signature.name);
  signature.qualified_name = Joined(parts, kinds_.separator);
  signature.begin = tree_[outermost].begin;
  signature.end = tree_[outermost].end;
  signature.name_begin = tree_[nodes.name].begin;
  signature.body_begin = signature.body_end = signature.end;
  signature.has_body = nodes.body >= 0;
  if (signature.has_body) {
    signature.body_begin = tree_[nodes.body].begin;
    signature.body_end = tree_[nodes.body].end;
  }
  signature.damaged = tree_[nodes.function].has_error;
  signature.text = std::string(Trimmed(tree_.Text(signature.begin, signature.body_begin)));
  signature.doc = DocOf(nodes, outermost);
  signature.examples = FindExamples(signature.doc, signature.name);
  return signature;
}

bool Matches(const Signature& signature, const std::vector<std::string>& wanted) {
  std::vector<std::string> parts = signature.scopes;
  parts.push_back(signature.name);
  return wanted.size() <= parts.size() && std::equal(wanted.rbegin(), wanted.rend(), parts.rbegin());
}

Error NotFound(const SyntaxTree& tree, const std::vector<Signature>& all, std::string_view symbol) {
  std::vector<std::string_view> names;
  for (const Signature& one : all) names.insert(names.end(), {one.qualified_name, one.name});
  std::string message = "there is no function '" + std::string(symbol) + "' in this file";
  const std::string hint = DidYouMean(symbol, names);
  if (!hint.empty()) {
    message += hint;
  } else if (all.empty()) {
    message += "; it has no function at all";
  } else {
    message += "; it has";
    constexpr size_t kMostNames = 8;
    for (size_t i = 0; i < std::min(kMostNames, all.size()); ++i)
      message += (i == 0 ? " " : ", ") + all[i].qualified_name;
    if (all.size() > kMostNames) message += ", ...";
  }
  if (!tree.clean()) message += " (the file does not parse as a whole; espalier check shows where)";
  return {ErrorCode::kNotFound, std::move(message)};
}

Result<SyntaxTree> ParseSource(const Adapter& adapter, std::string_view text) {
  if (!IsValidUtf8(text))
    return Fail(ErrorCode::kInvalidArgument, "the file is not UTF-8 text; convert it first (iconv -t UTF-8)");
  return SyntaxTree::Parse(adapter.language, text);
}

}  // namespace

Result<SymbolReference> ParseSymbolReference(std::string_view reference) {
  const size_t at = reference.find("::");
  const bool good = at != std::string_view::npos && at > 0 && at + 2 < reference.size();
  if (good)
    return SymbolReference{std::string(reference.substr(0, at)), std::string(reference.substr(at + 2))};
  return Fail(ErrorCode::kInvalidArgument, "'" + std::string(reference) +
                                               "' does not name a function; write FILE::SYMBOL, such as "
                                               "src/stack.py::Stack.push");
}

Result<std::vector<Signature>> ListFunctions(const Adapter& adapter, std::string_view text) {
  ESPALIER_ASSIGN_OR_RETURN(const SyntaxTree tree, ParseSource(adapter, text));
  return Reader(adapter, tree, text).ReadAll();
}

Result<std::vector<Signature>> FindFunctions(const Adapter& adapter, std::string_view text,
                                             std::string_view symbol) {
  ESPALIER_ASSIGN_OR_RETURN(const SyntaxTree tree, ParseSource(adapter, text));
  const std::vector<Signature> all = Reader(adapter, tree, text).ReadAll();
  const std::vector<std::string> wanted = QualifiedParts(symbol);
  std::vector<Signature> found;
  for (const Signature& one : all) {
    if (!wanted.empty() && Matches(one, wanted)) found.push_back(one);
  }
  // The whole name goes before the end of a longer one.
  const bool exact = std::any_of(found.begin(), found.end(), [&](const Signature& one) {
    return one.scopes.size() + 1 == wanted.size();
  });
  if (exact)
    std::erase_if(found, [&](const Signature& one) { return one.scopes.size() + 1 != wanted.size(); });
  if (found.empty()) return Fail(NotFound(tree, all, symbol));
  for (const Signature& one : found) {
    if (one.qualified_name == found.front().qualified_name) continue;
    return Fail(ErrorCode::kInvalidArgument, "'" + std::string(symbol) + "' may be " +
                                                 found.front().qualified_name + " or " + one.qualified_name +
                                                 "; name it with what is around it");
  }
  return found;
}

}  // namespace espalier
