// HumanEvalPack in languages other than Python: a function whose documentation stands before it, and a
// program of assertions.
#include "adapters/text_lines.h"
#include "evals/suites/loaders.h"

namespace espalier {
namespace {

/// The lines of a declaration before the one that has `mark`.
std::string LinesBefore(const std::string& declaration, const std::string& mark) {
  const size_t at = declaration.rfind(mark);
  if (at == std::string::npos) return {};
  const size_t line = declaration.rfind('\n', at);
  return line == std::string::npos ? std::string() : declaration.substr(0, line + 1);
}

/// An answer in Rust brings its own imports, or gets the usual ones (test_program.cpp).
std::string WithoutImports(const std::string& preamble) {
  std::string text;
  for (const std::string_view line : SplitLines(preamble)) {
    if (!line.starts_with("use ")) text += std::string(line) + "\n";
  }
  return text;
}

Result<SuiteTask> TaskOf(const SuiteRow& row, Language language) {
  SuiteTask task;
  task.language = language;
  std::string declaration, solution;
  ESPALIER_RETURN_IF_ERROR(row.Read({{"task_id", task.id},
                                     {"prompt", task.prefix},
                                     {"entry_point", task.entry},
                                     {"declaration", declaration},
                                     {"canonical_solution", solution},
                                     {"test", task.tests}}));
  const bool java = language == Language::kJava;
  if (java) task.call = "new Solution()." + task.entry;
  task.chat = CompletionChat(Stripped(task.prefix), language);
  task.reference = task.prefix + solution;
  task.preamble = LinesBefore(declaration, java ? "class Solution" : task.entry);
  if (language == Language::kRust) task.preamble = WithoutImports(task.preamble);
  return task;
}

Result<Suite> Load(const std::filesystem::path& data, Language language) {
  return LoadTasks(data, language, [language](const SuiteRow& row) { return TaskOf(row, language); });
}

}  // namespace

Result<Suite> LoadHumanEvalPackCpp(const std::filesystem::path& data) { return Load(data, Language::kCpp); }
Result<Suite> LoadHumanEvalPackJava(const std::filesystem::path& data) { return Load(data, Language::kJava); }

Result<Suite> LoadHumanEvalPackGo(const std::filesystem::path& data) { return Load(data, Language::kGo); }
Result<Suite> LoadHumanEvalPackRust(const std::filesystem::path& data) { return Load(data, Language::kRust); }
Result<Suite> LoadHumanEvalPackJs(const std::filesystem::path& data) {
  return Load(data, Language::kJavaScript);
}

}  // namespace espalier
