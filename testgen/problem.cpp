#include "testgen/problem.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/utf8.h"
#include "testgen/assertions.h"
#include "testgen/literal.h"

namespace espalier {
namespace {

using nlohmann::json;

constexpr std::string_view kFence = "```";
constexpr const char* kStatementFields[] = {
    "statement", "problem_description", "description", "prompt_sft", "content", "question", "prompt", "text"};
constexpr const char* kSkeletonFields[] = {"starter_code", "skeleton", "declaration"};
constexpr const char* kExampleFields[] = {"examples", "public_tests", "sample_tests"};

/// The code blocks of a Markdown text.
std::vector<std::string> CodeBlocks(std::string_view text) {
  std::vector<std::string> blocks;
  for (size_t open = text.find(kFence); open != std::string_view::npos;) {
    const size_t begin = text.find('\n', open);
    const size_t close = begin == std::string_view::npos ? begin : text.find(kFence, begin);
    if (close == std::string_view::npos) break;
    blocks.emplace_back(text.substr(begin + 1, close - begin - 1));
    open = text.find(kFence, close + kFence.size());
  }
  return blocks;
}

/// The last function of a text that has what functions under test have.
std::optional<Signature> LastFunctionOf(Language language, const std::string& code) {
  const auto functions = ListFunctions(AdapterFor(language), code);
  if (!functions) return std::nullopt;
  for (auto at = functions->rbegin(); at != functions->rend(); ++at) {
    const bool usual = !at->name.empty() && !at->name.starts_with("__") && at->name != "main";
    if (usual && at->name != at->class_name) return *at;
  }
  return std::nullopt;
}

/// The function that code ends with: what is to be written. Its body may be missing, and brackets open.
std::optional<Signature> LastFunction(Language language, const std::string& code) {
  if (language == Language::kPython) return LastFunctionOf(language, code + "pass\n");
  for (const char* ending : {"", "\n}\n", "\n}\n}\n"}) {
    const auto tree = SyntaxTree::Parse(language, code + ending);
    if (tree && tree->clean()) return LastFunctionOf(language, code + ending);
  }
  return LastFunctionOf(language, code);
}

std::string FirstText(const json& object, std::span<const char* const> fields) {
  for (const char* field : fields) {
    const auto found = object.find(field);
    if (found != object.end() && found->is_string()) return found->get<std::string>();
  }
  return {};
}

/// A value of JSON as a statement has it: text is itself.
std::string TextOf(const json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

std::vector<DocExample> ExamplesOf(const json& object) {
  std::vector<DocExample> examples;
  for (const char* field : kExampleFields) {
    const auto found = object.find(field);
    if (found == object.end() || !found->is_array()) continue;
    for (const json& one : *found) {
      if (!one.is_object() || !one.contains("input") || !one.contains("output")) continue;
      examples.push_back({DocExample::Kind::kInputOutput, TextOf(one["input"]), TextOf(one["output"])});
    }
  }
  return examples;
}

TestCase CallCase(std::string call, std::string expected) {
  TestCase test;
  test.name = call;
  test.call = std::move(call);
  test.expected = std::move(expected);
  return test;
}

/// A case of a function whose arguments and result are given as values.
std::optional<TestCase> CaseOfValues(Language language, const Signature& function,
                                     const DocExample& example) {
  const auto arguments = ArgumentsOf(language, example.input, function.parameters);
  const auto result =
      LiteralOf(language, example.output.substr(0, example.output.find('\n')), function.return_type);
  if (!arguments || !result) return std::nullopt;
  return CallCase(fmt::format("{}({})", CalleeOf(language, function), fmt::join(*arguments, ", ")), *result);
}

/// Cases of a program that reads and writes.
std::vector<TestCase> ProgramCases(const std::vector<DocExample>& examples) {
  std::vector<TestCase> cases;
  for (const DocExample& example : examples) {
    if (example.kind != DocExample::Kind::kInputOutput || example.input.empty()) continue;
    TestCase test = CallCase(example.input, example.output);
    test.check = TestCase::Check::kPrints;
    AddNewCases(cases, {test});
  }
  return cases;
}

/// Whether the last line of a text, so far, is one of a doctest.
bool IsDoctest(std::string_view text) {
  const std::string_view line = text.substr(text.rfind('\n') + 1);
  return line.find(">>>") != std::string_view::npos;
}

/// Comments that belong to no function, as far as the parser can tell.
std::vector<DocExample> ExamplesInComments(Language language, std::string_view code, std::string_view name) {
  std::vector<DocExample> examples;
  const auto tree = SyntaxTree::Parse(language, code);
  if (!tree) return examples;
  for (const TreeNode& node : tree->Nodes()) {
    if (node.kind.find("comment") == std::string_view::npos) continue;
    const auto more = ExamplesInText(PlainComment(code.substr(node.begin, node.end - node.begin)), name);
    examples.insert(examples.end(), more.begin(), more.end());
  }
  return examples;
}

void AddExamples(Problem& problem, std::vector<DocExample> examples) {
  std::string text = problem.statement;
  const size_t skeleton = problem.skeleton.empty() ? std::string::npos : text.find(problem.skeleton);
  if (skeleton != std::string::npos) text.erase(skeleton, problem.skeleton.size());
  const std::string name = problem.function ? problem.function->name : std::string();
  auto more = ExamplesInText(text, name);
  if (problem.function)
    more.insert(more.begin(), problem.function->examples.begin(), problem.function->examples.end());
  if (problem.function && more.empty()) more = ExamplesInComments(problem.language, problem.skeleton, name);
  if (problem.function && more.empty()) more = ExamplesInText(problem.statement, name);
  examples.insert(examples.end(), more.begin(), more.end());
  problem.examples =
      problem.function ? ExampleCases(problem.language, *problem.function, examples) : ProgramCases(examples);
}

}  // namespace

bool Problem::is_program() const { return !function && !examples.empty(); }

Result<Problem> ParseProblem(std::string_view text, Language language) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return Fail(ErrorCode::kInvalidArgument, "the problem is empty; give its statement");
  }
  if (!IsValidUtf8(text)) {
    return Fail(ErrorCode::kInvalidArgument,
                "the problem is not UTF-8 text; convert it, for example with iconv");
  }
  Problem problem;
  problem.language = language;
  problem.statement = text;
  std::vector<DocExample> examples;
  const json object =
      text.find_first_not_of(" \t\r\n") == text.find('{') ? json::parse(text, nullptr, false) : json();
  if (object.is_object()) {
    problem.statement = FirstText(object, kStatementFields);
    problem.skeleton = FirstText(object, kSkeletonFields);
    examples = ExamplesOf(object);
    if (problem.statement.empty()) {
      return Fail(ErrorCode::kInvalidArgument,
                  "the problem has no field \"statement\"; see: espalier solve --help");
    }
  }
  if (problem.skeleton.empty()) {
    for (const std::string& block : CodeBlocks(problem.statement)) {
      if (LastFunction(language, block)) problem.skeleton = block;
    }
  }
  problem.function = LastFunction(language, problem.skeleton.empty() ? problem.statement : problem.skeleton);
  if (problem.function && problem.skeleton.empty()) problem.skeleton = problem.statement;
  AddExamples(problem, std::move(examples));
  return problem;
}

std::vector<DocExample> ExamplesInText(std::string_view text, std::string_view name) {
  std::string lines;
  const std::string call = std::string(name) + "(";
  for (size_t at = 0; at < text.size(); ++at) {
    const bool begins = !name.empty() && text.substr(at).starts_with(call) && at > 0 && text[at - 1] == ' ';
    if (begins && !IsDoctest(lines)) lines += '\n';
    lines += text[at];
  }
  auto examples = FindExamples(lines, name);
  for (DocExample& example : examples) {
    if (example.kind != DocExample::Kind::kCall) continue;
    while (!example.output.empty() &&
           std::string_view(" ;,.").find(example.output.back()) != std::string_view::npos) {
      example.output.pop_back();
    }
  }
  return examples;
}

std::string CalleeOf(Language language, const Signature& function) {
  const bool spaces = language == Language::kCpp || language == Language::kRust;
  std::string name;  // of its class, with the namespaces around it
  for (const std::string& scope : function.scopes) {
    if (spaces || scope == function.class_name) name += (name.empty() ? "" : "::") + scope;
  }
  if (function.class_name.empty()) return name.empty() ? function.name : name + "::" + function.name;
  switch (language) {
    case Language::kPython:
      return fmt::format("{}().{}", name, function.name);
    case Language::kCpp:
      return fmt::format(fmt::runtime(function.is_static ? "{}::{}" : "{}().{}"), name, function.name);
    case Language::kRust:
      return fmt::format(fmt::runtime(function.receiver.empty() ? "{}::{}" : "{}{{}}.{}"), name,
                         function.name);
    case Language::kJava:
    case Language::kJavaScript:
    case Language::kTypeScript:
    case Language::kTsx:
      return fmt::format(fmt::runtime(function.is_static ? "{}.{}" : "new {}().{}"), name, function.name);
    default:
      return function.name;
  }
}

std::optional<Signature> MostDefined(Language language, const std::vector<WrittenProgram>& programs) {
  std::map<std::string, std::pair<uint32_t, Signature>> names;
  for (const WrittenProgram& program : programs) {
    const auto functions = ListFunctions(AdapterFor(language), program.text);
    if (!functions || functions->empty()) continue;
    auto& [count, function] = names[CalleeOf(language, functions->back())];
    count += program.copies;
    function = functions->back();
  }
  const auto most = std::max_element(names.begin(), names.end(), [](const auto& a, const auto& b) {
    return a.second.first < b.second.first;
  });
  return most == names.end() ? std::nullopt : std::optional(most->second.second);
}

std::vector<TestCase> ExampleCases(Language language, const Signature& function,
                                   const std::vector<DocExample>& examples) {
  std::vector<TestCase> cases;
  for (const DocExample& example : examples) {
    std::optional<TestCase> test;
    if (example.kind == DocExample::Kind::kInputOutput) {
      test = CaseOfValues(language, function, example);
    } else if (example.kind == DocExample::Kind::kCall && !example.output.empty()) {
      test = CallCase(example.input, example.output);
      // Documentation of a method calls it by its name alone.
      if (example.input.starts_with(function.name + "(")) {
        test->call = CalleeOf(language, function) + example.input.substr(function.name.size());
      }
    }
    if (test) AddNewCases(cases, {*std::move(test)});
  }
  return cases;
}

}  // namespace espalier
