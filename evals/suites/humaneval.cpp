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
  ESPALIER_ASSIGN_OR_RETURN(task.id, row.Text("task_id"));
  ESPALIER_ASSIGN_OR_RETURN(task.prefix, row.Text("prompt"));
  ESPALIER_ASSIGN_OR_RETURN(task.entry, row.Text("entry_point"));
  ESPALIER_ASSIGN_OR_RETURN(const std::string solution, row.Text("canonical_solution"));
  ESPALIER_ASSIGN_OR_RETURN(task.tests, row.Text("test"));
  task.chat = CompletionChat(Stripped(task.prefix));
  task.preamble = Preamble(task.prefix, task.entry);
  task.reference = task.prefix + solution;
  return task;
}

Result<Suite> Load(const std::filesystem::path& data, Status (*adapt)(const SuiteRow&, SuiteTask&)) {
  ESPALIER_ASSIGN_OR_RETURN(const std::vector<SuiteRow> rows, SuiteRow::ReadAll(data));
  Suite suite;
  suite.system = CompletionSystem();
  for (const SuiteRow& row : rows) {
    ESPALIER_ASSIGN_OR_RETURN(SuiteTask task, TaskOf(row));
    ESPALIER_RETURN_IF_ERROR(adapt(row, task));
    suite.tasks.push_back(std::move(task));
  }
  return suite;
}

}  // namespace

Result<Suite> LoadHumanEval(const std::filesystem::path& data) {
  return Load(data, [](const SuiteRow&, SuiteTask&) -> Status { return {}; });
}

Result<Suite> LoadHumanEvalPlus(const std::filesystem::path& data) {
  ESPALIER_ASSIGN_OR_RETURN(Suite suite, Load(data, [](const SuiteRow& row, SuiteTask& task) -> Status {
                              for (const char* field : {"base_input", "plus_input", "atol"}) {
                                if (!row.Has(field)) return Fail(row.Wrong(field, "is missing"));
                              }
                              task.tests = PlusTests();
                              task.row = row.line();
                              return {};
                            }));
  suite.time_limit = std::chrono::minutes(1);  // some references take 20 s
  return suite;
}

Result<Suite> LoadHumanEvalPack(const std::filesystem::path& data) {
  return Load(data, [](const SuiteRow& row, SuiteTask& task) -> Status {
    // The tests end in a call of check, which ours calls itself.
    ESPALIER_ASSIGN_OR_RETURN(const std::string instruction, row.Text("instruction"));
    const size_t call = task.tests.rfind("\ncheck(");
    if (call != std::string::npos) task.tests.resize(call + 1);
    return {};
  });
}

}  // namespace espalier
