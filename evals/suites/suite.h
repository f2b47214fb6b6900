// Programming tasks with tests, from the data sets that the field reports on. A suite is data: what a model
// is asked, and what its answer must pass. Loading reads a file and nothing else; plain values, thread-safe.
//
// To add a suite: a loader in a file of its own, and a line in suite.cpp's table. To add a language: a
// ProgramChecker (program_checker.h).
#pragma once

#include <chrono>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "grammar/syntax.h"

namespace espalier {

/// One task. Strings are UTF-8 with LF line ends.
struct SuiteTask {
  std::string id;  ///< "HumanEval/12"; what stands before the slash may be a group: "Easy/two-sum"
  Language language = Language::kPython;
  std::string chat;       ///< what an instruction-tuned model is asked, as the user's message
  std::string prefix;     ///< what a base model is to go on with; empty when the task has no such form
  std::string preamble;   ///< code of the task that stands before every answer: imports, helpers
  std::string entry;      ///< function under test; empty: those of the reference that the tests use
  std::string call;       ///< how it is called where that differs: "new Solution().twoSum"
  std::string reference;  ///< the data set's own solution, a whole program
  std::string tests;      ///< code that tests it; with an entry it defines check(candidate)
  std::string row;        ///< the task's line in the data, for tests that take their cases from there

  // Filling in: a file, `prefix` + `middle` + `suffix`, of which `middle` was taken out.
  std::string suffix;
  std::string middle;
  std::string head;   ///< what is tested begins with this instead of `prefix`; it has the same last line
  std::string group;  ///< language and kind of hole: "python/block"
};

/// What a suite asks for.
enum class TaskKind {
  kWrite,  ///< a program from its description
  kFill,   ///< what is missing in a file (fill.h)
};

struct Suite {
  std::string name;  ///< as on the command line
  TaskKind kind = TaskKind::kWrite;
  std::string system;  ///< the system's message of the chat form
  std::filesystem::path data;
  std::chrono::milliseconds time_limit{10'000};  ///< of a program with all its tests
  std::vector<SuiteTask> tasks;
};

/// A suite that can be named.
struct SuiteInfo {
  std::string_view name;
  std::string_view description;  ///< one line
  std::string_view data;  ///< below the folder of evaluation data; empty: real files, see source_files.h
};

std::span<const SuiteInfo> KnownSuites();

/// Where evaluation data is looked for unless a path is given: $ESPALIER_EVAL_DATA, else ../shared/data.
std::filesystem::path EvalDataFolder();

/// Reads a suite; `data` is its file or folder, or empty for the default place. Errors: kInvalidArgument (no
/// such suite), kNotFound (no data; the message says where it was looked for), kCorrupt (names file, row and
/// field). `seed` is for suites that are cut anew (fim-accept).
Result<Suite> LoadSuite(std::string_view name, const std::filesystem::path& data, uint64_t seed = 0);

/// The program that an answer makes: the task's preamble and the answer, or, when the answer is only the
/// function's body, the task's prefix and the answer.
std::string ProgramOf(const SuiteTask& task, std::string_view answer);

}  // namespace espalier
