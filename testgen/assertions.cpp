#include "testgen/assertions.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "adapters/adapter.h"
#include "adapters/text_lines.h"
#include "adapters/tree_view.h"

namespace espalier {
namespace {

constexpr uint32_t kTokensAnAssertion = 48;

/// How assertions look in a language.
struct AssertionStyle {
  Language language;
  std::string_view opening;  ///< up to the call
  std::string_view example;  ///< a whole one, with {} for the call
};

constexpr AssertionStyle kStyles[] = {
    {Language::kPython, "assert ", "assert {}(...) == ..."},
    {Language::kC, "assert(", "assert({}(...) == ...);"},
    {Language::kCpp, "assert(", "assert({}(...) == ...);"},
    {Language::kJava, "assert ", "assert {}(...) == ...;"},
    {Language::kJavaScript, "assert.deepStrictEqual(", "assert.deepStrictEqual({}(...), ...);"},
    {Language::kTypeScript, "assert.deepStrictEqual(", "assert.deepStrictEqual({}(...), ...);"},
    {Language::kTsx, "assert.deepStrictEqual(", "assert.deepStrictEqual({}(...), ...);"},
    {Language::kGo, "assert.Equal(t, ", "assert.Equal(t, {}(...), ...)"},
    {Language::kRust, "assert_eq!(", "assert_eq!({}(...), ...);"},
};

const AssertionStyle& StyleOf(Language language) {
  return *std::find_if(std::begin(kStyles), std::end(kStyles),
                       [language](const AssertionStyle& style) { return style.language == language; });
}

/// A function (or macro) that asserts something about its arguments.
struct AssertingCall {
  std::string_view name;
  bool equality;   ///< of two arguments, else a condition
  size_t skipped;  ///< arguments before those
};

constexpr AssertingCall kAssertingCalls[] = {
    {"assert", false, 0},
    {"assert.ok", false, 0},
    {"console.assert", false, 0},
    {"assert.True", false, 1},
    {"assertTrue", false, 0},
    {"assert.equal", true, 0},
    {"assert.strictEqual", true, 0},
    {"assert.deepEqual", true, 0},
    {"assert.deepStrictEqual", true, 0},
    {"assert.Equal", true, 1},
    {"assertEquals", true, 0},
    {"Assertions.assertEquals", true, 0},
    {"assert_eq", true, 0},
};

bool IsWord(char c) { return c == '_' || c == '$' || std::isalnum(static_cast<unsigned char>(c)) != 0; }

/// Offset behind a string that begins at `at`; behind the sign itself where none does (a lifetime of Rust).
size_t BehindString(std::string_view text, size_t at) {
  const char quote = text[at];
  for (size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      return i + 1;
    }
  }
  return at + 1;
}

/// The parts of an argument list between commas that no bracket or string encloses.
std::vector<std::string_view> SplitArguments(std::string_view text) {
  std::vector<std::string_view> parts;
  size_t begin = 0;
  int depth = 0;
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '"' || c == '\'' || c == '`') {
      at = BehindString(text, at);
      continue;
    }
    depth += (c == '(' || c == '[' || c == '{') - (c == ')' || c == ']' || c == '}');
    if (c == ',' && depth == 0) {
      parts.push_back(Trimmed(text.substr(begin, at - begin)));
      begin = at + 1;
    }
    ++at;
  }
  const std::string_view last = Trimmed(text.substr(begin));
  if (!last.empty()) parts.push_back(last);
  return parts;
}

/// Text without white space, to compare by.
std::string Squeezed(std::string_view text) {
  std::string squeezed;
  for (const char c : text) {
    if (c != ' ' && c != '\t' && c != '\n') squeezed += c;
  }
  return squeezed;
}

class AssertionReader {
 public:
  AssertionReader(const TreeView& tree, std::string_view name) : tree_(tree) {
    size_t begin = name.size();
    while (begin > 0 && IsWord(name[begin - 1])) --begin;
    name_ = name.substr(begin);
  }

  std::vector<TestCase> Read() {
    std::vector<TestCase> cases;
    for (int node = 0; node < static_cast<int>(tree_.size()); ++node) {
      if (auto test = CaseAt(node)) AddNewCases(cases, {*std::move(test)});
    }
    return cases;
  }

 private:
  std::optional<TestCase> CaseAt(int node) const {
    if (tree_[node].has_error) return std::nullopt;
    const std::string_view kind = tree_[node].kind;
    if (kind == "assert_statement") return OfCondition(FirstNamed(node));
    if (kind == "call_expression")
      return OfCall(tree_.Child(node, "function"), tree_.Child(node, "arguments"));
    if (kind == "method_invocation") return OfCall(tree_.Child(node, "name"), tree_.Child(node, "arguments"));
    if (kind == "macro_invocation")
      return OfCall(tree_.Child(node, "macro"), tree_.ChildOfKind(node, "token_tree"));
    return std::nullopt;
  }

  std::optional<TestCase> OfCall(int callee, int arguments) const {
    if (callee < 0 || arguments < 0) return std::nullopt;
    const auto form = std::find_if(std::begin(kAssertingCalls), std::end(kAssertingCalls),
                                   [&](const AssertingCall& one) { return one.name == tree_.Text(callee); });
    if (form == std::end(kAssertingCalls)) return std::nullopt;
    std::string_view text = tree_.Text(arguments);
    if (text.size() < 2) return std::nullopt;
    const auto parts = SplitArguments(text.substr(1, text.size() - 2));
    if (form->equality) {
      if (parts.size() < form->skipped + 2) return std::nullopt;
      return Equality(parts[form->skipped], parts[form->skipped + 1]);
    }
    const int condition = FirstNamed(arguments);
    if (form->skipped == 0 && condition >= 0 && tree_[arguments].kind != "token_tree") {
      return OfCondition(condition);
    }
    if (parts.size() <= form->skipped) return std::nullopt;
    return Condition(parts[form->skipped]);
  }

  std::optional<TestCase> OfCondition(int node) const {
    if (node < 0) return std::nullopt;
    if (tree_[node].kind == "parenthesized_expression") return OfCondition(FirstNamed(node));
    if (tree_[node].kind == "comparison_operator" || tree_[node].kind == "binary_expression") {
      const std::vector<int> parts = tree_.Children(node);
      const std::string_view sign = parts.size() == 3 ? tree_.Text(parts[1]) : std::string_view();
      if (sign == "==" || sign == "===") return Equality(tree_.Text(parts[0]), tree_.Text(parts[2]));
    }
    return Condition(tree_.Text(node));
  }

  std::optional<TestCase> Equality(std::string_view left, std::string_view right) const {
    if (Squeezed(left) == Squeezed(right)) return std::nullopt;
    const bool calls_left = Calls(left), calls_right = Calls(right);
    if (!calls_left && !calls_right) return std::nullopt;
    TestCase test;
    test.origin = TestCase::Origin::kModel;
    test.call = calls_left ? left : right;
    test.expected = calls_left ? right : left;
    test.name = test.call;
    return test;
  }

  std::optional<TestCase> Condition(std::string_view text) const {
    if (!Calls(text)) return std::nullopt;
    TestCase test;
    test.check = TestCase::Check::kTrue;
    test.origin = TestCase::Origin::kModel;
    test.call = text;
    test.name = text;
    return test;
  }

  int FirstNamed(int node) const {
    for (const int child : tree_.Children(node)) {
      if (tree_[child].named && tree_[child].kind != "comment") return child;
    }
    return -1;
  }

  bool Calls(std::string_view text) const {
    for (size_t at = text.find(name_); at != std::string_view::npos; at = text.find(name_, at + 1)) {
      const std::string_view behind = Trimmed(text.substr(at + name_.size()));
      if ((at == 0 || !IsWord(text[at - 1])) && behind.starts_with('(')) return true;
    }
    return false;
  }

  const TreeView& tree_;
  std::string_view name_;
};

}  // namespace

CodeQuestion AssertionsQuestion(const FunctionTask& function, uint32_t count) {
  const AssertionStyle& style = StyleOf(function.language);
  const std::string_view language = AdapterFor(function.language).display_name;
  const std::string example = fmt::format(fmt::runtime(style.example), function.name);
  CodeQuestion question;
  question.language = function.language;
  question.messages = {
      {"system", fmt::format("You are a careful {0} tester. Answer with one {0} code block and nothing else.",
                             language)},
      {"user",
       fmt::format(
           "{0}\n\nWrite {1} tests for `{2}`: {1} lines, each an assertion like\n\n{3}\n\nwith literal "
           "values and exactly the result that the description asks for. Cover usual inputs, "
           "special cases and limits. Do not define `{2}`.",
           Trimmed(function.task), count, function.name, example)}};
  question.opening = fmt::format("{}{}(", style.opening, function.name);
  question.max_tokens = count * kTokensAnAssertion;
  return question;
}

std::vector<TestCase> ParseAssertions(Language language, std::string_view name, std::string_view text) {
  const auto tree = SyntaxTree::Parse(language, text);
  if (!tree || name.empty()) return {};
  return AssertionReader(TreeView(*tree, text), name).Read();
}

void AddNewCases(std::vector<TestCase>& cases, const std::vector<TestCase>& more) {
  const auto key = [](const TestCase& test) {
    return std::to_string(static_cast<int>(test.check)) + Squeezed(test.setup) + "\n" + Squeezed(test.call) +
           "\n" + Squeezed(test.expected);
  };
  std::set<std::string> known;
  for (const TestCase& test : cases) known.insert(key(test));
  for (const TestCase& test : more) {
    if (known.insert(key(test)).second) cases.push_back(test);
  }
}

}  // namespace espalier
