// MBPP: a sentence, a reference and three assertions. The prompt is that of EvalPlus: the sentence and the
// first assertion, which says what the function is called and takes, as a docstring.
#include <fmt/format.h>

#include "evals/suites/embedded.h"
#include "evals/suites/loaders.h"

namespace espalier {
namespace {

constexpr int64_t kFirstTest = 11, kLastTest = 510;

std::string Joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

Result<SuiteTask> TaskOf(const SuiteRow& row) {
  SuiteTask task;
  ESPALIER_ASSIGN_OR_RETURN(const std::string text, row.Text(row.Has("text") ? "text" : "prompt"));
  ESPALIER_ASSIGN_OR_RETURN(task.reference, row.Text("code"));
  ESPALIER_ASSIGN_OR_RETURN(const std::vector<std::string> asserts, row.Texts("test_list"));
  if (row.Has("test_imports")) {  // the sanitized form
    ESPALIER_ASSIGN_OR_RETURN(const std::vector<std::string> imports, row.Texts("test_imports"));
    task.tests = Joined(imports);
  } else {
    ESPALIER_ASSIGN_OR_RETURN(const std::string setup, row.Text("test_setup_code"));
    task.tests = setup + "\n";
  }
  task.tests += Joined(asserts);
  const std::string example = asserts.empty() ? std::string() : asserts.front();
  task.chat = CompletionChat(fmt::format("\"\"\"\n{}\n{}\n\"\"\"", text, example));
  return task;
}

/// MBPP+ has the docstring ready made.
Result<SuiteTask> PlusTask(const SuiteRow& row) {
  SuiteTask task;
  std::string prompt;
  ESPALIER_RETURN_IF_ERROR(row.Read({{"task_id", task.id},
                                     {"prompt", prompt},
                                     {"entry_point", task.entry},
                                     {"canonical_solution", task.reference}}));
  ESPALIER_RETURN_IF_ERROR(CheckPlusFields(row));
  task.chat = CompletionChat(Stripped(prompt));
  task.tests = PlusTests();
  task.row = row.line();
  return task;
}

}  // namespace

Result<Suite> LoadMbpp(const std::filesystem::path& data) {
  ESPALIER_ASSIGN_OR_RETURN(const std::vector<SuiteRow> rows, SuiteRow::ReadAll(data));
  Suite suite;
  suite.system = CompletionSystem();
  for (const SuiteRow& row : rows) {
    ESPALIER_ASSIGN_OR_RETURN(const int64_t id, row.Number("task_id"));
    if (id < kFirstTest || id > kLastTest) continue;
    ESPALIER_ASSIGN_OR_RETURN(SuiteTask task, TaskOf(row));
    task.id = fmt::format("Mbpp/{}", id);
    suite.tasks.push_back(std::move(task));
  }
  return suite;
}

Result<Suite> LoadMbppPlus(const std::filesystem::path& data) {
  ESPALIER_ASSIGN_OR_RETURN(Suite suite, LoadTasks(data, Language::kPython, PlusTask));
  suite.time_limit = std::chrono::minutes(1);  // some references take seconds
  return suite;
}

}  // namespace espalier
