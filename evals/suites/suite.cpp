#include "evals/suites/suite.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <system_error>
#include <vector>

#include "base/suggest.h"
#include "evals/suites/loaders.h"

namespace espalier {
namespace {

constexpr std::array<SuiteInfo, 4> kSuites = {{
    {"humaneval", "HumanEval: Python functions from a docstring", "humaneval/humaneval.jsonl.gz"},
    {"humanevalplus", "HumanEval+: the same with some 80 times the tests",
     "humanevalplus/evalplus_fmt.jsonl.gz"},
    {"humanevalpack", "HumanEvalPack, Python: the same tasks in another form",
     "humanevalpack/python.jsonl.gz"},
    {"mbpp", "MBPP, test split: Python functions from one sentence and an example", "mbpp/mbpp.jsonl.gz"},
}};

/// In the same order.
using LoadFunction = Result<Suite> (*)(const std::filesystem::path&);
constexpr std::array<LoadFunction, kSuites.size()> kLoaders = {LoadHumanEval, LoadHumanEvalPlus,
                                                               LoadHumanEvalPack, LoadMbpp};

Error Unknown(std::string_view name) {
  std::vector<std::string_view> names;
  for (const SuiteInfo& suite : kSuites) names.push_back(suite.name);
  const std::string hint = DidYouMean(name, names);
  return {ErrorCode::kInvalidArgument,
          fmt::format("there is no suite '{}'{}", name,
                      hint.empty() ? fmt::format("; there are {}", fmt::join(names, ", ")) : hint)};
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

std::string ProgramOf(const SuiteTask& task, std::string_view answer) {
  const std::string head = fmt::format("def {}(", task.entry);
  const bool whole = task.entry.empty() || answer.starts_with(head) ||
                     answer.find("\n" + head) != std::string_view::npos ||
                     answer.find("\nasync " + head) != std::string_view::npos;
  if (!whole) return fmt::format("{}{}", task.prefix, answer);
  return task.preamble.empty() ? std::string(answer) : fmt::format("{}\n{}", task.preamble, answer);
}

}  // namespace espalier
