#include "evals/suites/suite.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <system_error>
#include <vector>

#include "adapters/signature.h"
#include "base/suggest.h"
#include "evals/suites/loaders.h"

namespace espalier {
namespace {

constexpr std::array<SuiteInfo, 12> kSuites = {{
    {"humaneval", "HumanEval: Python functions from a docstring", "humaneval/humaneval.jsonl.gz"},
    {"humanevalplus", "HumanEval+: the same with some 80 times the tests",
     "humanevalplus/evalplus_fmt.jsonl.gz"},
    {"humanevalpack", "HumanEvalPack, Python: the same tasks in another form",
     "humanevalpack/python.jsonl.gz"},
    {"humanevalpack-cpp", "HumanEvalPack, C++", "humanevalpack/cpp.jsonl.gz"},
    {"humanevalpack-java", "HumanEvalPack, Java", "humanevalpack/java.jsonl.gz"},
    {"humanevalpack-js", "HumanEvalPack, JavaScript", "humanevalpack/js.jsonl.gz"},
    {"humanevalpack-go", "HumanEvalPack, Go", "humanevalpack/go.jsonl.gz"},
    {"humanevalpack-rust", "HumanEvalPack, Rust", "humanevalpack/rust.jsonl.gz"},
    {"humaneval-ts", "Multilingual HumanEval, TypeScript", "mx_humaneval/ts.jsonl.gz"},
    {"leetcode", "LeetCode contests of 2023 and 2024, Python, by difficulty",
     "leetcode_deepseek/problems.jsonl.gz"},
    {"leetcode-rich", "LeetCodeDataset, problems with many cases, Python, by difficulty",
     "leetcode_dataset/rich.jsonl.gz"},
    {"mbpp", "MBPP, test split: Python functions from one sentence and an example", "mbpp/mbpp.jsonl.gz"},
}};

/// In the same order.
using LoadFunction = Result<Suite> (*)(const std::filesystem::path&);
constexpr std::array<LoadFunction, kSuites.size()> kLoaders = {
    LoadHumanEval,         LoadHumanEvalPlus,   LoadHumanEvalPack,   LoadHumanEvalPackCpp,
    LoadHumanEvalPackJava, LoadHumanEvalPackJs, LoadHumanEvalPackGo, LoadHumanEvalPackRust,
    LoadHumanEvalTs,       LoadLeetCode,        LoadLeetCodeDataset, LoadMbpp};

Error Unknown(std::string_view name) {
  std::vector<std::string_view> names;
  for (const SuiteInfo& suite : kSuites) names.push_back(suite.name);
  const std::string hint = DidYouMean(name, names);
  return {ErrorCode::kInvalidArgument,
          fmt::format("there is no suite '{}'{}", name,
                      hint.empty() ? fmt::format("; there are {}", fmt::join(names, ", ")) : hint)};
}

bool DefinesInPython(std::string_view answer, const std::string& entry) {
  const std::string head = fmt::format("def {}(", entry);
  return answer.starts_with(head) || answer.find("\n" + head) != std::string_view::npos ||
         answer.find("\nasync " + head) != std::string_view::npos;
}

/// Whether an answer has the whole function, not its body alone.
bool IsWhole(Language language, const SuiteTask& task, std::string_view answer) {
  if (task.entry.empty()) return true;
  if (language == Language::kPython) return DefinesInPython(answer, task.entry);
  const auto functions = ListFunctions(AdapterFor(language), answer);
  return functions && std::any_of(functions->begin(), functions->end(), [&](const Signature& function) {
           return function.name == task.entry && function.has_body;
         });
}

/// The preamble without the helpers that the answer defines once more, which is an error in most languages.
std::string WithoutDefined(Language language, std::string preamble, std::string_view answer) {
  if (language == Language::kPython || preamble.empty()) return preamble;
  const auto helpers = ListFunctions(AdapterFor(language), preamble);
  const auto defined = ListFunctions(AdapterFor(language), answer);
  if (!helpers || !defined) return preamble;
  for (auto helper = helpers->rbegin(); helper != helpers->rend(); ++helper) {
    const auto same = std::ranges::find(*defined, helper->qualified_name, &Signature::qualified_name);
    if (same != defined->end()) preamble.erase(helper->begin, helper->end - helper->begin);
  }
  return preamble;
}

/// In Java, a function alone is no program.
std::string InClass(Language language, std::string answer) {
  if (language != Language::kJava || answer.find("class ") != std::string::npos) return answer;
  return "class Solution {\n" + answer + "\n}\n";
}

}  // namespace

std::span<const SuiteInfo> KnownSuites() { return kSuites; }

std::filesystem::path EvalDataFolder() {
  const char* folder = std::getenv("ESPALIER_EVAL_DATA");
  return folder != nullptr && *folder != '\0' ? folder : "../shared/data";
}

Result<Suite> LoadSuite(std::string_view name, const std::filesystem::path& data) {
  for (size_t i = 0; i < kSuites.size(); ++i) {
    if (kSuites[i].name != name) continue;
    const std::filesystem::path path = data.empty() ? EvalDataFolder() / kSuites[i].data : data;
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) {
      return Fail(
          ErrorCode::kNotFound,
          fmt::format("the data of {} is not at {}; name its file with --data, or the folder of all data "
                      "with ESPALIER_EVAL_DATA",
                      name, path.string()));
    }
    ESPALIER_ASSIGN_OR_RETURN(Suite suite, kLoaders[i](path));
    suite.name = name;
    suite.data = path;
    if (!suite.tasks.empty()) return suite;
    return Fail(ErrorCode::kCorrupt, path.string() + " holds no task");
  }
  return Fail(Unknown(name));
}

std::string ProgramOf(Language language, const SuiteTask& task, std::string_view answer) {
  if (!IsWhole(language, task, answer)) return task.prefix + std::string(answer);
  const std::string program = InClass(language, std::string(answer));
  const std::string preamble = WithoutDefined(language, task.preamble, answer);
  return preamble.empty() ? program : fmt::format("{}\n{}", preamble, program);
}

}  // namespace espalier
