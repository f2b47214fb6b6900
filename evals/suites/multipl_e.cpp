// The format of MultiPL-E (Cassano et al. 2023): a row has "name", "language", "prompt" (which ends in a
// signature with its opening brace) and "tests" (which begin with the closing one).
#include <fmt/format.h>

#include <array>
#include <regex>
#include <utility>

#include "adapters/text_lines.h"
#include "evals/suites/loaders.h"

namespace espalier {
namespace {

constexpr std::array<std::pair<std::string_view, Language>, 7> kLanguages = {{{"py", Language::kPython},
                                                                              {"cpp", Language::kCpp},
                                                                              {"java", Language::kJava},
                                                                              {"js", Language::kJavaScript},
                                                                              {"ts", Language::kTypeScript},
                                                                              {"go", Language::kGo},
                                                                              {"rs", Language::kRust}}};

/// Without the brace that ends the function, which an answer has itself.
std::string WithoutClosing(const std::string& tests) {
  const std::string_view text = TrimmedLeft(tests);
  return std::string(text.starts_with('}') ? text.substr(1) : text);
}

/// In Java the tests are the end of the answer's class; here they are a class that inherits the function.
std::string JavaTests(const std::string& prompt, const std::string& tests) {
  std::smatch name;
  const bool named = std::regex_search(prompt, name, std::regex("class (\\w+)"));
  return fmt::format("class Main extends {} {{\n{}", named ? name[1].str() : "Problem", tests);
}

/// The tests of Python call check at their end, which is ours to do.
void TakeCall(SuiteTask& task) {
  std::smatch call;
  if (std::regex_search(task.tests, call, std::regex("\n[ \\t]*check\\((\\w+)\\)")))
    task.entry = call[1].str();
  task.tests = task.tests.substr(0, task.tests.find("\ndef test_check"));
}

/// The function that the prompt ends in.
std::string EntryOf(const std::string& prompt) {
  const std::regex head("(\\w+)\\s*(?:<[^>\\n]*>)?\\([^\\n]*\\{\\s*$");
  std::smatch found;
  return std::regex_search(prompt, found, head) ? found[1].str() : std::string();
}

Result<SuiteTask> TaskOf(const SuiteRow& row) {
  SuiteTask task;
  std::string language;
  ESPALIER_RETURN_IF_ERROR(
      row.Read({{"name", task.id}, {"language", language}, {"prompt", task.prefix}, {"tests", task.tests}}));
  const auto known = std::ranges::find(kLanguages, language, [](const auto& one) { return one.first; });
  if (known == kLanguages.end())
    return Fail(row.Wrong("language", "is none of py, cpp, java, js, ts, go, rs"));
  task.language = known->second;
  task.chat = CompletionChat(Stripped(task.prefix), task.language);
  if (task.language == Language::kPython) {
    TakeCall(task);
    task.reference = task.prefix + "    pass\n";  // for its name
    return task;
  }
  task.tests = WithoutClosing(task.tests);
  task.entry = EntryOf(task.prefix);
  if (task.language == Language::kJava) task.tests = JavaTests(task.prefix, task.tests);
  return task;
}

}  // namespace

Result<Suite> LoadMultiplE(const std::filesystem::path& data) {
  ESPALIER_ASSIGN_OR_RETURN(Suite suite, LoadTasks(data, Language::kPython, TaskOf));
  if (!suite.tasks.empty()) suite.system = CompletionSystem(suite.tasks.front().language);
  return suite;
}

}  // namespace espalier
