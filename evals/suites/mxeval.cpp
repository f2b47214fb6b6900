// The data sets of mxeval (Athiwaratkun et al. 2023): MBXP and Multilingual HumanEval. A prompt that ends in
// a signature, a program of tests whose main throws, and at times a solution that a machine made.
#include <regex>

#include "evals/suites/loaders.h"

namespace espalier {
namespace {

/// What stands before the function and its comment: includes, imports.
std::string Preamble(const std::string& prompt) {
  std::smatch head;
  const std::regex imports("^(\\s*(?:#include[^\\n]*|using [^\\n]*|import [^\\n]*)\\n)+");
  return std::regex_search(prompt, head, imports) ? head[0].str() : std::string();
}

/// The tests compare with a function of a package; Node.js has the same.
std::string WithoutLodash(const std::string& tests) {
  return std::regex_replace(tests, std::regex("require\\(\"lodash\"\\)"),
                            "{isEqual: require('util').isDeepStrictEqual}");
}

Result<SuiteTask> TaskOf(const SuiteRow& row, Language language) {
  SuiteTask task;
  task.language = language;
  ESPALIER_RETURN_IF_ERROR(row.Read(
      {{"task_id", task.id}, {"prompt", task.prefix}, {"entry_point", task.entry}, {"test", task.tests}}));
  if (const auto solution = row.Text("canonical_solution")) task.reference = task.prefix + *solution;
  task.chat = CompletionChat(Stripped(task.prefix), language);
  if (language == Language::kCpp || language == Language::kJava) task.preamble = Preamble(task.prefix);
  if (language == Language::kJavaScript) task.tests = WithoutLodash(task.tests);
  return task;
}

Result<Suite> Load(const std::filesystem::path& data, Language language) {
  return LoadTasks(data, language, [language](const SuiteRow& row) { return TaskOf(row, language); });
}

}  // namespace

Result<Suite> LoadHumanEvalTs(const std::filesystem::path& data) { return Load(data, Language::kTypeScript); }
Result<Suite> LoadMbxpCpp(const std::filesystem::path& data) { return Load(data, Language::kCpp); }
Result<Suite> LoadMbxpJava(const std::filesystem::path& data) { return Load(data, Language::kJava); }
Result<Suite> LoadMbxpJs(const std::filesystem::path& data) { return Load(data, Language::kJavaScript); }
Result<Suite> LoadMbxpTs(const std::filesystem::path& data) { return Load(data, Language::kTypeScript); }
Result<Suite> LoadMbxpGo(const std::filesystem::path& data) { return Load(data, Language::kGo); }

}  // namespace espalier
