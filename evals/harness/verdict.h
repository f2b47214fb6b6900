// What becomes of an answer: tested in the sandbox where its task has tests, and judged by its file's syntax
// where it fills a hole.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "evals/runs/run_store.h"
#include "evals/suites/program_checker.h"
#include "evals/suites/suite.h"
#include "testgen/program.h"

namespace espalier {

/// Used by one thread at a time.
class SampleJudge {
 public:
  /// Errors: those of ProgramChecker::For.
  static Result<std::unique_ptr<SampleJudge>> For(const Suite& suite);

  /// Fills in the sample's program, error, detail and time, and what a filled hole did to its file. There is
  /// no cancelling: what a model has already written is worth the second that testing takes. Errors: those of
  /// ProgramChecker::Check and CompilesAlone.
  Status Judge(const SuiteTask& task, EvalSample& sample);

 private:
  SampleJudge(const Suite& suite, std::unique_ptr<ProgramChecker> checker)
      : suite_(suite), checker_(std::move(checker)) {}
  Status Test(const SuiteTask& task, EvalSample& sample);
  Status JudgeFilled(const SuiteTask& task, EvalSample& sample);
  Result<bool> OriginalCompiles(const SuiteTask& task);
  Result<std::optional<bool>> Compiles(const SuiteTask& task, const Fill& fill);

  const Suite& suite_;
  const std::unique_ptr<ProgramChecker> checker_;
  Workshop workshop_{{}};
  std::map<std::string, bool> originals_;  ///< by task: whether it compiles
};

}  // namespace espalier
