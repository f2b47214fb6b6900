// HumanEval and the data sets that are made of it: a prompt that ends behind a function's docstring.
#include <fmt/format.h>

#include "evals/suites/embedded.h"
#include "evals/suites/loaders.h"

namespace espalier {
namespace {

/// What the prompt has before the function that is to be written.
std::string Preamble(const std::string& prompt, const std::string& entry) {
  const size_t at = ("\n" + prompt).rfind(fmt::format("\ndef {}(", entry));
  return at == std::string::npos ? std::string() : prompt.substr(0, at);
}

Result<SuiteTask> TaskOf(const SuiteRow& row) {
  SuiteTask task;
  std::string solution;
  ESPALIER_RETURN_IF_ERROR(row.Read({{"task_id", task.id},
                                     {"prompt", task.prefix},
                                     {"entry_point", task.entry},
                                     {"canonical_solution", solution},
                                     {"test", task.tests}}));
  task.chat = CompletionChat(Stripped(task.prefix));
  task.preamble = Preamble(task.prefix, task.entry);
  task.reference = task.prefix + solution;
  return task;
}

Result<SuiteTask> PlusTask(const SuiteRow& row) {
  ESPALIER_RETURN_IF_ERROR(CheckPlusFields(row));
  ESPALIER_ASSIGN_OR_RETURN(SuiteTask task, TaskOf(row));
  task.tests = PlusTests();
  task.row = row.line();
  return task;
}

/// The tests end in a call of check, which ours calls itself.
Result<SuiteTask> PackTask(const SuiteRow& row) {
  ESPALIER_ASSIGN_OR_RETURN(SuiteTask task, TaskOf(row));
  ESPALIER_ASSIGN_OR_RETURN(const std::string instruction, row.Text("instruction"));
  const size_t call = task.tests.rfind("\ncheck(");
  if (call != std::string::npos) task.tests.resize(call + 1);
  return task;
}

}  // namespace

Status CheckPlusFields(const SuiteRow& row) {
  for (const char* field : {"base_input", "plus_input", "atol"}) {
    if (!row.Has(field)) return Fail(row.Wrong(field, "is missing"));
  }
  return {};
}

Result<Suite> LoadHumanEval(const std::filesystem::path& data) {
  return LoadTasks(data, Language::kPython, TaskOf);
}

Result<Suite> LoadHumanEvalPlus(const std::filesystem::path& data) {
  ESPALIER_ASSIGN_OR_RETURN(Suite suite, LoadTasks(data, Language::kPython, PlusTask));
  suite.time_limit = std::chrono::minutes(1);  // some references take 20 s
  return suite;
}

Result<Suite> LoadHumanEvalPack(const std::filesystem::path& data) {
  return LoadTasks(data, Language::kPython, PackTask);
}

}  // namespace espalier
