// Solves a programming problem: several candidates are written side by side, built, run on the problem's own
// examples and on tests that the model writes, and ranked by how programs and tests agree
// (testgen/agreement.h); what fails is shown its diagnostics and written again.
//
//   auto author = ModelAuthor(*engine);
//   Workshop workshop({});
//   auto solution = Solve(*ParseProblem(text, Language::kPython), *author, workshop, {}, {}, cancel);
//   solution->code, solution->best().examples_passed
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancellation.h"
#include "base/result.h"
#include "decoder/author.h"
#include "testgen/agreement.h"
#include "testgen/problem.h"
#include "testgen/program.h"

namespace espalier {

struct SolveOptions {
  uint32_t candidates = 8;
  double temperature = 0.8;  ///< of candidates and tests; one candidate alone is the most probable one
  uint64_t seed = 0;
  uint32_t max_tokens = 1024;  ///< of a candidate
  bool constrained = true;
  uint32_t test_lists = 6;  ///< lists of assertions that the model writes; 0: none
  uint32_t tests_a_list = 8;
  uint32_t most_tests = 60;    ///< that are run
  uint32_t repair_rounds = 2;  ///< while examples fail or nothing builds
  uint32_t repairs_a_round = 3;
};

/// How far it is, for people.
struct SolveProgress {
  enum class Stage { kWriting, kTesting, kRepairing };
  Stage stage = Stage::kWriting;
  uint32_t done = 0, total = 0;  ///< candidates, tests lists, ...
  std::string_view note;         ///< "3 of 8 build"; may be empty
};
using SolveObserver = std::function<void(const SolveProgress&)>;

/// A distinct program among the candidates.
struct Candidate {
  std::string code;
  uint32_t copies = 1;
  uint32_t round = 0;  ///< of repair; 0: written from the problem
  bool builds = false;
  std::vector<Diagnostic> diagnostics;
  std::vector<CaseOutcome> examples, tests;
};

struct Solution {
  std::string code;  ///< the best candidate's
  std::vector<TestCase> examples, tests;
  std::vector<Candidate> candidates;  ///< best first
  std::vector<CandidateRank> ranks;   ///< of them, in the same order
  uint32_t written = 0;               ///< answers of the model, copies counted
  uint32_t repair_rounds = 0;         ///< that were needed or tried
  uint64_t tokens = 0;                ///< generated
  bool cut_short = false;             ///< the time ran out before all was tried

  const CandidateRank& best() const { return ranks.front(); }
  /// Candidates that build.
  size_t built() const;
};

/// When `cancel` fires, the best that is known is given; kCancelled or kDeadlineExceeded only where there is
/// nothing yet. Errors: those of CodeAuthor::Write; Workshop::Check (a compiler is missing).
Result<Solution> Solve(const Problem& problem, CodeAuthor& author, Workshop& workshop,
                       const SolveOptions& options, const SolveObserver& observer = {},
                       const CancelToken& cancel = {});

}  // namespace espalier
