#include "evals/suites/suite.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <regex>
#include <system_error>
#include <vector>

#include "adapters/signature.h"
#include "base/suggest.h"
#include "evals/source_files.h"
#include "evals/suites/loaders.h"

namespace espalier {
namespace {

constexpr SuiteInfo kSuites[] = {
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
    {"mbpp", "MBPP, test split: Python functions from one sentence and an example", "mbpp/mbpp.jsonl.gz"},
    {"mbppplus", "MBPP+: the same with some 35 times the tests", "mbppplus/evalplus_fmt.jsonl.gz"},
    {"mbxp-cpp", "MBXP, C++: MBPP in other languages", "mbxp/cpp.jsonl.gz"},
    {"mbxp-java", "MBXP, Java", "mbxp/java.jsonl.gz"},
    {"mbxp-js", "MBXP, JavaScript", "mbxp/js.jsonl.gz"},
    {"mbxp-ts", "MBXP, TypeScript", "mbxp/ts.jsonl.gz"},
    {"mbxp-go", "MBXP, Go", "mbxp/go.jsonl.gz"},
    {"leetcode", "LeetCode contests of 2023 and 2024, Python, by difficulty",
     "leetcode_deepseek/problems.jsonl.gz"},
    {"leetcode-rich", "LeetCodeDataset, problems with many cases, Python, by difficulty",
     "leetcode_dataset/rich.jsonl.gz"},
    {"multipl-e", "any tasks in the format of MultiPL-E (--data)", "multipl-e.jsonl"},
    {"infilling-single-line", "HumanEval-Infilling: a line is missing",
     "humaneval_infilling/single_line.jsonl.gz"},
    {"infilling-multi-line", "HumanEval-Infilling: several lines", "humaneval_infilling/multi_line.jsonl.gz"},
    {"infilling-random-span", "HumanEval-Infilling: any stretch", "humaneval_infilling/random_span.jsonl.gz"},
    {"fim-multilang", "holes in HumanEvalPack's solutions, six languages", "fim_multilang"},
    {"fim-accept", "holes in real files, nine languages: does accepting the answer break the file?", ""},
};

/// In the same order.
using LoadFunction = Result<Suite> (*)(const std::filesystem::path&, uint64_t seed);
template <Result<Suite> (*Load)(const std::filesystem::path&)>
Result<Suite> Fixed(const std::filesystem::path& data, uint64_t) {
  return Load(data);
}
constexpr LoadFunction kLoaders[] = {
    Fixed<LoadHumanEval>,
    Fixed<LoadHumanEvalPlus>,
    Fixed<LoadHumanEvalPack>,
    Fixed<LoadHumanEvalPackCpp>,
    Fixed<LoadHumanEvalPackJava>,
    Fixed<LoadHumanEvalPackJs>,
    Fixed<LoadHumanEvalPackGo>,
    Fixed<LoadHumanEvalPackRust>,
    Fixed<LoadHumanEvalTs>,
    Fixed<LoadMbpp>,
    Fixed<LoadMbppPlus>,
    Fixed<LoadMbxpCpp>,
    Fixed<LoadMbxpJava>,
    Fixed<LoadMbxpJs>,
    Fixed<LoadMbxpTs>,
    Fixed<LoadMbxpGo>,
    Fixed<LoadLeetCode>,
    Fixed<LoadLeetCodeDataset>,
    Fixed<LoadMultiplE>,
    Fixed<LoadInfilling>,
    Fixed<LoadInfilling>,
    Fixed<LoadInfilling>,
    Fixed<LoadFimMultilang>,
    LoadFimAccept,
};
static_assert(std::size(kLoaders) == std::size(kSuites));

/// Real files are those of the corpus (scripts/collect_corpus.py), all else is below one folder.
std::filesystem::path UsualData(const SuiteInfo& suite) {
  return suite.data.empty() ? CorpusFolder() : EvalDataFolder() / suite.data;
}

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
bool IsWhole(const SuiteTask& task, std::string_view answer) {
  if (task.entry.empty()) return true;
  if (task.language == Language::kPython) return DefinesInPython(answer, task.entry);
  const auto functions = ListFunctions(AdapterFor(task.language), answer);
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
std::string InClass(const SuiteTask& task, std::string answer) {
  if (task.language != Language::kJava || answer.find("class ") != std::string::npos) return answer;
  std::smatch name;
  const bool named = std::regex_search(task.prefix, name, std::regex("(?:^|\\n)(?:public )?class (\\w+)"));
  return fmt::format("class {} {{\n{}\n}}\n", named ? name[1].str() : "Solution", answer);
}

}  // namespace

std::span<const SuiteInfo> KnownSuites() { return kSuites; }

std::filesystem::path EvalDataFolder() {
  const char* folder = std::getenv("ESPALIER_EVAL_DATA");
  return folder != nullptr && *folder != '\0' ? folder : "../shared/data";
}

Result<Suite> LoadSuite(std::string_view name, const std::filesystem::path& data, uint64_t seed) {
  for (size_t i = 0; i < std::size(kSuites); ++i) {
    if (kSuites[i].name != name) continue;
    const std::filesystem::path path = data.empty() ? UsualData(kSuites[i]) : data;
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) {
      return Fail(
          ErrorCode::kNotFound,
          fmt::format("the data of {} is not at {}; name it with --data{}", name, path.string(),
                      kSuites[i].data.empty() ? ", or gather files with scripts/collect_corpus.py"
                                              : ", or the folder of all data with ESPALIER_EVAL_DATA"));
    }
    ESPALIER_ASSIGN_OR_RETURN(Suite suite, kLoaders[i](path, seed));
    suite.name = name;
    suite.data = path;
    if (!suite.tasks.empty()) return suite;
    return Fail(ErrorCode::kCorrupt, path.string() + " holds no task");
  }
  return Fail(Unknown(name));
}

std::string ProgramOf(const SuiteTask& task, std::string_view answer) {
  if (!IsWhole(task, answer)) return task.prefix + std::string(answer);
  const std::string program = InClass(task, std::string(answer));
  const std::string preamble = WithoutDefined(task.language, task.preamble, answer);
  return preamble.empty() ? program : fmt::format("{}\n{}", preamble, program);
}

}  // namespace espalier
