// Runs and their samples in an SQLite file. A sample is one transaction, so that whatever ends the process
// loses at most what was under way. Several processes may use one file. One object is one connection, used by
// one thread at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "evals/suites/fill.h"

struct sqlite3;

namespace espalier {

/// What keeps answers inside of the grammar.
enum class EvalConstraint {
  kOff,    ///< nothing: programs and fills are what the model writes
  kCheck,  ///< a program that does not parse is written once more under the grammar; of a fill, what breaks
           ///< the file is cut off or not shown
  kExact,  ///< the grammar at every token, and for fills the check as well
};
/// "off", "check", "exact".
std::string_view ConstraintName(EvalConstraint constraint);
/// kExact for what is none of these.
EvalConstraint ConstraintNamed(std::string_view name);

/// What makes a run what it is: the same settings on the same data with the same model give the same samples.
struct EvalSettings {
  std::string suite;
  std::string data;         ///< path of the data
  std::string data_sha256;  ///< and what was in it
  std::string model;        ///< name or path as it was given
  std::string model_sha256;
  EvalConstraint constraint = EvalConstraint::kExact;
  uint32_t samples = 1;  ///< of each task
  double temperature = 0;
  uint64_t seed = 0;
  uint32_t max_tokens = 1024;
  uint32_t limit = 0;   ///< only the first so many tasks; 0 = all
  std::string backend;  ///< arithmetic that the model ran on
  std::string kv_type;
  std::string engine = "local";    ///< or the address of a server
  std::string api;                 ///< how the server is asked (ServerApiName); empty: local
  uint32_t shard = 0, shards = 1;  ///< of the tasks, those whose place is `shard` modulo `shards`

  bool operator==(const EvalSettings&) const = default;
};

nlohmann::ordered_json SettingsJson(const EvalSettings& settings);

struct EvalRun {
  int64_t id = 0;
  EvalSettings settings;
  uint32_t tasks = 0;   ///< that the run is about
  std::string version;  ///< of Espalier, when it began
  std::string machine;
  std::string started;  ///< UTC, ISO 8601
  double seconds = 0;   ///< spent, all sittings together
  bool finished = false;
};

/// What the model wanted and the grammar refused.
struct Refusal {
  uint32_t offset = 0;  ///< byte of the answer before which it would have stood
  std::string text;     ///< empty: the end
};

/// An answer that fills a hole.
struct FillOutcome {
  uint32_t before = 0, after = 0;  ///< see Fill
  std::string group;               ///< of the task
  FillFacts facts;
};

struct EvalSample {
  std::string task;
  uint32_t index = 0;  ///< among the task's samples
  uint64_t seed = 0;
  std::string answer;   ///< the code block
  std::string program;  ///< what was tested
  std::string finish;   ///< why generation ended
  bool closed = false;  ///< the token limit cut it off, and the grammar closed what was open
  std::string error;    ///< ErrorClassName
  std::string detail;
  uint32_t prompt_tokens = 0;
  uint32_t tokens = 0;
  uint64_t refused = 0;  ///< tokens that the constraint refused
  double generate_seconds = 0;
  double check_seconds = 0;
  std::vector<Refusal> refusals;
  std::optional<FillOutcome> fill;
};

/// Lists of tests that a model wrote for a task.
struct TaskTestAnswers {
  std::string task;
  std::vector<std::string> answers;
  uint64_t tokens = 0;
  double seconds = 0;
};

/// The sample of a task that its tests favour.
struct TaskSelection {
  std::string task;
  uint32_t sample = 0;   ///< EvalSample::index
  std::string evidence;  ///< JSON
  double seconds = 0;    ///< that running the tests took
};

/// What became of a task whose selected sample the model was asked to repair.
struct TaskRepair {
  std::string task;
  uint32_t rounds = 0;
  std::string program;  ///< the best in the end; one of the samples', where no repair is better
  std::string error;    ///< ErrorClassName, by the suite's tests
  std::string detail;
  uint64_t tokens = 0;
  double seconds = 0;  ///< of writing and running
};

class RunStore {
 public:
  /// Opens or makes the file and its folder. Errors: kIo, kCorrupt (no database of ours).
  static Result<std::unique_ptr<RunStore>> Open(const std::filesystem::path& path);
  ~RunStore();
  RunStore(const RunStore&) = delete;
  RunStore& operator=(const RunStore&) = delete;

  /// `run.id` is ignored; gives the new run's.
  Result<int64_t> Begin(const EvalRun& run);
  /// Replaces the sample if it is there. `seconds` more were spent on the run.
  Status Add(int64_t run, const EvalSample& sample, double seconds);
  /// Nothing is left to do.
  Status Finish(int64_t run);

  /// Errors: kNotFound (the message says which runs there are).
  Result<EvalRun> Run(int64_t id) const;
  /// Newest last.
  Result<std::vector<EvalRun>> Runs() const;
  /// In the order of tasks' ids as they were added.
  Result<std::vector<EvalSample>> Samples(int64_t run) const;

  /// Replaces what is there for the task.
  Status AddTestAnswers(int64_t run, const TaskTestAnswers& answers);
  Status AddSelection(int64_t run, const TaskSelection& selection);
  Status AddRepair(int64_t run, const TaskRepair& repair);
  /// Forgets selections and repairs, but not the tests.
  Status DropSelections(int64_t run);
  Result<std::vector<TaskTestAnswers>> TestAnswers(int64_t run) const;
  Result<std::vector<TaskSelection>> Selections(int64_t run) const;
  Result<std::vector<TaskRepair>> Repairs(int64_t run) const;

 private:
  explicit RunStore(sqlite3* database) : database_(database) {}
  sqlite3* const database_;
};

/// $XDG_DATA_HOME/espalier/evals.sqlite, else ~/.local/share/espalier/evals.sqlite.
std::filesystem::path DefaultRunStore();

}  // namespace espalier
