// Filling in with tests: HumanEval-Infilling, and spans of HumanEvalPack's solutions in six languages.
#include <fmt/format.h>

#include <array>
#include <regex>

#include "evals/suites/loaders.h"

namespace espalier {
namespace {

Result<SuiteTask> InfillingTask(const SuiteRow& row) {
  SuiteTask task;
  ESPALIER_ASSIGN_OR_RETURN(task.id, row.Text("task_id"));
  ESPALIER_ASSIGN_OR_RETURN(task.prefix, row.Text("prompt"));
  ESPALIER_ASSIGN_OR_RETURN(task.suffix, row.Text("suffix"));
  ESPALIER_ASSIGN_OR_RETURN(task.middle, row.Text("canonical_solution"));
  ESPALIER_ASSIGN_OR_RETURN(task.entry, row.Text("entry_point"));
  ESPALIER_ASSIGN_OR_RETURN(task.tests, row.Text("test"));
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
  ESPALIER_ASSIGN_OR_RETURN(task.id, row.Text("task_id"));
  ESPALIER_ASSIGN_OR_RETURN(task.prefix, row.Text("prefix"));
  ESPALIER_ASSIGN_OR_RETURN(task.suffix, row.Text("suffix"));
  ESPALIER_ASSIGN_OR_RETURN(task.middle, row.Text("middle"));
  ESPALIER_ASSIGN_OR_RETURN(const std::string kind, row.Text("kind"));
  task.group = fmt::format("{}/{}", LanguageId(language), kind);
  ESPALIER_ASSIGN_OR_RETURN(task.head, row.Text("program_head"));
  ESPALIER_ASSIGN_OR_RETURN(const std::string tail, row.Text("program_tail"));
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
  ESPALIER_ASSIGN_OR_RETURN(const std::vector<SuiteRow> rows, SuiteRow::ReadAll(data));
  Suite suite;
  suite.kind = TaskKind::kFill;
  for (const SuiteRow& row : rows) {
    ESPALIER_ASSIGN_OR_RETURN(SuiteTask task, InfillingTask(row));
    suite.tasks.push_back(std::move(task));
  }
  MixTasks(suite.tasks);
  return suite;
}

Result<Suite> LoadFimMultilang(const std::filesystem::path& data) {
  Suite suite;
  suite.kind = TaskKind::kFill;
  for (const SpanFile& file : kSpanFiles) {
    const std::filesystem::path path = std::filesystem::is_directory(data) ? data / file.name : data;
    if (path == data && path.filename() != file.name) continue;
    ESPALIER_ASSIGN_OR_RETURN(const std::vector<SuiteRow> rows, SuiteRow::ReadAll(path));
    for (const SuiteRow& row : rows) {
      ESPALIER_ASSIGN_OR_RETURN(SuiteTask task, SpanTask(row, file.language));
      suite.tasks.push_back(std::move(task));
    }
  }
  MixTasks(suite.tasks);
  return suite;
}

}  // namespace espalier
