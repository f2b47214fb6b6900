// Filling in with tests: HumanEval-Infilling, and spans of HumanEvalPack's solutions in six languages.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <regex>

#include "evals/suites/loaders.h"

namespace espalier {
namespace {

Result<SuiteTask> InfillingTask(const SuiteRow& row) {
  SuiteTask task;
  ESPALIER_RETURN_IF_ERROR(row.Read({{"task_id", task.id},
                                     {"prompt", task.prefix},
                                     {"suffix", task.suffix},
                                     {"canonical_solution", task.middle},
                                     {"entry_point", task.entry},
                                     {"test", task.tests}}));
  task.group = "python/" + task.id.substr(0, task.id.find('/'));
  task.reference = task.prefix + task.middle + task.suffix;
  return task;
}

/// In Python the tests call check(NAME) at their end, which is ours to do.
void TakeCall(SuiteTask& task) {
  std::smatch call;
  if (!std::regex_search(task.tests, call, std::regex("\n+check\\((\\w+)\\)\\s*$"))) return;
  task.entry = call[1].str();
  task.tests = call.prefix().str() + "\n";
}

Result<SuiteTask> SpanTask(const SuiteRow& row, Language language) {
  SuiteTask task;
  task.language = language;
  std::string kind, tail;
  ESPALIER_RETURN_IF_ERROR(row.Read({{"task_id", task.id},
                                     {"prefix", task.prefix},
                                     {"suffix", task.suffix},
                                     {"middle", task.middle},
                                     {"kind", kind},
                                     {"program_head", task.head},
                                     {"program_tail", tail}}));
  task.group = fmt::format("{}/{}", LanguageId(language), kind);
  if (!tail.starts_with(task.suffix))
    return Fail(row.Wrong("program_tail", "does not begin with the suffix"));
  task.tests = tail.substr(task.suffix.size());
  task.reference = task.head + task.middle + task.suffix;
  if (language == Language::kPython) TakeCall(task);
  return task;
}

struct SpanFile {
  const char* name;
  Language language;
};
constexpr std::array<SpanFile, 6> kSpanFiles = {{{"python.jsonl.gz", Language::kPython},
                                                 {"cpp.jsonl.gz", Language::kCpp},
                                                 {"java.jsonl.gz", Language::kJava},
                                                 {"js.jsonl.gz", Language::kJavaScript},
                                                 {"go.jsonl.gz", Language::kGo},
                                                 {"rust.jsonl.gz", Language::kRust}}};

}  // namespace

Result<Suite> LoadInfilling(const std::filesystem::path& data) {
  ESPALIER_ASSIGN_OR_RETURN(Suite suite, LoadTasks(data, Language::kPython, InfillingTask));
  suite.kind = TaskKind::kFill;
  MixTasks(suite.tasks);
  return suite;
}

Result<Suite> LoadFimMultilang(const std::filesystem::path& data) {
  Suite suite;
  suite.kind = TaskKind::kFill;
  for (const SpanFile& file : kSpanFiles) {
    const std::filesystem::path path = std::filesystem::is_directory(data) ? data / file.name : data;
    if (path == data && path.filename() != file.name) continue;
    const auto task_of = [&file](const SuiteRow& row) { return SpanTask(row, file.language); };
    ESPALIER_ASSIGN_OR_RETURN(Suite part, LoadTasks(path, file.language, task_of));
    std::ranges::move(part.tasks, std::back_inserter(suite.tasks));
  }
  MixTasks(suite.tasks);
  return suite;
}

}  // namespace espalier
