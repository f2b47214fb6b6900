#include "testgen/mutation.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "adapters/adapter.h"
#include "adapters/tree_view.h"

namespace espalier {
namespace {

struct Swap {
  std::string_view from, to;
};

constexpr Swap kOperators[] = {
    {"<", "<="},      {"<=", "<"},    {">", ">="},  {">=", ">"},   {"==", "!="}, {"!=", "=="},
    {"===", "!=="},   {"!==", "==="}, {"+", "-"},   {"-", "+"},    {"*", "+"},   {"/", "*"},
    {"//", "*"},      {"%", "*"},     {"**", "*"},  {"&&", "||"},  {"||", "&&"}, {"and", "or"},
    {"or", "and"},    {"&", "|"},     {"|", "&"},   {"<<", ">>"},  {">>", "<<"}, {"+=", "-="},
    {"-=", "+="},     {"*=", "+="},   {"/=", "*="}, {"//=", "*="}, {"%=", "*="}, {"in", "not in"},
    {"is", "is not"}, {"++", "--"},   {"--", "++"},
};

constexpr Swap kConstants[] = {{"true", "false"}, {"false", "true"}, {"True", "False"}, {"False", "True"}};

constexpr std::string_view kNumbers[] = {"integer",
                                         "float",
                                         "number",
                                         "number_literal",
                                         "int_literal",
                                         "float_literal",
                                         "integer_literal",
                                         "decimal_integer_literal",
                                         "decimal_floating_point_literal"};

constexpr std::string_view kStrings[] = {"string", "string_literal", "interpreted_string_literal"};

/// Statements that can be left out without the rest losing its meaning.
constexpr std::string_view kRemovable[] = {"expression_statement", "assignment_statement", "break_statement",
                                           "continue_statement",   "inc_statement",        "dec_statement",
                                           "augmented_assignment"};

constexpr std::string_view kRaising[] = {"raise_statement", "throw_statement", "throw_expression",
                                         "assert_statement"};

class MutantFinder {
 public:
  MutantFinder(Language language, std::string_view source, const Signature& function, const TreeView& tree)
      : language_(language), source_(source), function_(function), tree_(tree) {}

  std::vector<Mutant> Find() {
    for (int node = 0; node < static_cast<int>(tree_.size()); ++node) {
      const TreeNode& at = tree_[node];
      if (at.begin < function_.body_begin || at.end > function_.body_end) continue;
      MutateOperator(node);
      MutateConstant(node);
      MutateCondition(node);
      RemoveStatement(node);
      MutateReturn(node);
    }
    std::stable_sort(mutants_.begin(), mutants_.end(),
                     [](const Mutant& a, const Mutant& b) { return a.begin < b.begin; });
    return std::move(mutants_);
  }

 private:
  bool python() const { return language_ == Language::kPython; }

  void Add(uint32_t begin, uint32_t end, std::string replacement, std::string description) {
    Mutant mutant{begin, end, std::move(replacement), 0, std::move(description)};
    const auto tree = SyntaxTree::Parse(language_, mutant.Apply(source_));
    if (!tree || !tree->clean()) return;
    mutant.line = 1 + static_cast<uint32_t>(std::count(source_.begin(), source_.begin() + begin, '\n'));
    mutants_.push_back(std::move(mutant));
  }

  void Replace(int node, std::string_view by) {
    const std::string_view was = tree_.Text(node);
    Add(tree_[node].begin, tree_[node].end, std::string(by), fmt::format("`{}` became `{}`", was, by));
  }

  // A sign between two operands (or at a variable), not one of types.
  void MutateOperator(int node) {
    if (tree_[node].named || tree_[node].first_child >= 0 || tree_[node].parent < 0) return;
    const std::string_view parent = tree_[tree_[node].parent].kind;
    const bool of_expression = parent.find("binary") != std::string_view::npos ||
                               parent.find("operator") != std::string_view::npos ||
                               parent.find("assign") != std::string_view::npos ||
                               parent.find("update") != std::string_view::npos || parent == "inc_statement" ||
                               parent == "dec_statement";
    if (!of_expression) return;
    for (const Swap& swap : kOperators) {
      if (swap.from == tree_.Text(node)) return Replace(node, swap.to);
    }
  }

  void MutateConstant(int node) {
    const std::string_view text = tree_.Text(node);
    if (tree_.IsAny(node, kNumbers)) return MutateNumber(node);
    if (tree_.IsAny(node, kStrings) && text.size() > 2 && !IsStatement(node) && !IsMessage(node))
      return Replace(node, "\"\"");
    if (tree_[node].first_child >= 0) return;
    for (const Swap& swap : kConstants) {
      if (swap.from == text) return Replace(node, swap.to);
    }
  }

  void MutateNumber(int node) {
    const std::string_view text = tree_.Text(node);
    long long value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    const std::string_view rest = text.substr(static_cast<size_t>(read.ptr - text.data()));
    if (read.ec != std::errc() || value > 1'000'000'000) return;
    Replace(node, fmt::format("{}{}", value + 1, rest));
  }

  bool IsStatement(int node) const {
    const int parent = tree_[node].parent;
    return parent >= 0 && tree_[parent].kind == "expression_statement";
  }

  // Of an exception: wording, which tests rightly leave alone.
  bool IsMessage(int node) const {
    for (int at = tree_[node].parent; at >= 0; at = tree_[at].parent) {
      if (tree_.IsAny(at, kRaising)) return true;
    }
    return false;
  }

  // Another value than the one that was computed, of the same type.
  void MutateReturn(int node) {
    if (tree_[node].kind != "return_statement") return;
    const auto children = tree_.Children(node);
    const auto value = std::ranges::find_if(children, [this](int child) { return tree_[child].named; });
    if (value == children.end() || tree_.IsAny(*value, kNumbers)) return;
    const std::string_view text = tree_.Text(*value);
    const std::string other = OtherValue(text);
    if (!other.empty() && other != text)
      Add(tree_[*value].begin, tree_[*value].end, other, fmt::format("returned `{}`", other));
  }

  std::string OtherValue(std::string_view text) const {
    if (text == "true" || text == "false" || text == "True" || text == "False") return {};  // see kConstants
    const std::string_view type = function_.return_type;
    const auto is = [type](std::initializer_list<std::string_view> names) {
      return std::ranges::find(names, type) != names.end();
    };
    if (python()) return text == "None" ? "0" : "None";
    if (language_ == Language::kJavaScript) return text == "null" ? "0" : "null";
    if (is({"bool", "boolean"})) return fmt::format("!({})", text);
    if (is({"int",    "long",  "short",    "double",  "float",    "size_t", "unsigned", "unsigned int",
            "number", "int64", "int32",    "float64", "i32",      "i64",    "u32",      "u64",
            "usize",  "f64",   "uint32_t", "int32_t", "uint64_t", "int64_t"})) {
      return fmt::format("({}) + 1", text);
    }
    if (is({"String", "string", "std::string"}) && language_ != Language::kRust) return "\"\"";
    return {};
  }

  void MutateCondition(int node) {
    if (tree_[node].field != "condition" || !tree_[node].named) return;
    const std::string_view text = tree_.Text(node);
    const bool brackets = text.starts_with('(') && tree_[node].kind != "binary_expression";
    const std::string negated = python()   ? fmt::format("not ({})", text)
                                : brackets ? fmt::format("(!{})", text)
                                           : fmt::format("!({})", text);
    Add(tree_[node].begin, tree_[node].end, negated, fmt::format("`{}` was negated", text));
  }

  void RemoveStatement(int node) {
    if (!tree_.IsAny(node, kRemovable) || IsDocumentation(node)) return;
    if (python() && tree_[node].kind == "augmented_assignment")
      return;  // is inside of an expression_statement
    const std::string_view text = tree_.Text(node);
    const std::string nothing = python() ? "pass" : language_ == Language::kGo ? "" : ";";
    Add(tree_[node].begin, tree_[node].end, nothing, fmt::format("`{}` was removed", text.substr(0, 40)));
  }

  bool IsDocumentation(int node) const {
    const int only = tree_[node].first_child;
    return only >= 0 && tree_[only].kind == "string" && tree_[only].next_sibling < 0;
  }

  const Language language_;
  const std::string_view source_;
  const Signature& function_;
  const TreeView& tree_;
  std::vector<Mutant> mutants_;
};

}  // namespace

std::string Mutant::Apply(std::string_view source) const {
  return std::string(source.substr(0, begin)) + replacement + std::string(source.substr(end));
}

std::vector<Mutant> MutantsOf(Language language, std::string_view source, const Signature& function,
                              size_t most) {
  const auto tree = SyntaxTree::Parse(language, source);
  if (!tree || !tree->clean()) return {};
  std::vector<Mutant> all = MutantFinder(language, source, function, TreeView(*tree, source)).Find();
  if (all.size() <= most) return all;
  std::vector<Mutant> some;
  for (size_t i = 0; i < most; ++i) some.push_back(std::move(all[i * all.size() / most]));
  return some;
}

}  // namespace espalier
