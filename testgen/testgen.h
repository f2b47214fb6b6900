// Writes unit tests for a function that exists: cases from its documentation, from a model and from the types
// of its parameters; those that hold are kept as far as they notice mistakes (mutants) that others do not.
//
//   auto report = GenerateTests({Language::kPython, "stats.py", source, function}, author.get(), workshop,
//   {}); RenderTests(report->suite).content
//
// The code under test is the reference: a case made from inputs says what the code does, not what it should
// do. What documentation or the model expect and the code does not do is no test; it is told as a doubt.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/signature.h"
#include "base/cancellation.h"
#include "base/result.h"
#include "decoder/author.h"
#include "testgen/case_harness.h"
#include "testgen/mutation.h"
#include "testgen/program.h"
#include "testgen/test_case.h"

namespace espalier {

struct TestRequest {
  Language language = Language::kPython;
  std::string file;    ///< its name without folders
  std::string source;  ///< its text
  Signature function;  ///< in it, with a body
  uint32_t most_cases = 10;
  uint32_t most_inputs = 40;  ///< calls that are tried
  uint32_t most_mutants = 40;
  uint32_t lists = 4;       ///< of assertions that the model writes
  uint32_t assertions = 6;  ///< asked for in each
  double temperature = 0.8;
  uint64_t seed = 0;
};

struct KeptCase {
  uint32_t kills = 0;  ///< mutants that it tells from the code
};

/// What somebody expects and the code does not do.
struct Doubt {
  TestCase test;
  CaseOutcome outcome;
};

struct TestReport {
  TestSuite suite;             ///< with the cases that were kept
  std::vector<KeptCase> kept;  ///< of each of them
  std::vector<Doubt> doubts;
  uint32_t tried = 0;           ///< cases, of all origins
  uint32_t flaky = 0;           ///< whose result was not the same in three runs
  std::vector<Mutant> mutants;  ///< that compile
  std::vector<bool> killed;     ///< by the kept cases, of each of them
  uint64_t tokens = 0;          ///< generated
  bool alone = false;  ///< the file does not build by itself; the function without the rest of it does
  std::string source;  ///< that was run: the file, or the function without the rest of it
  Signature function;  ///< in `source`

  /// Share of the mutants that the suite kills; 1 when there are none.
  double score() const;
};

/// A line about what is going on, with how far it is; called by one thread at a time.
using TestObserver = std::function<void(std::string_view stage, uint32_t done, uint32_t total)>;

/// `author` may be null: no model. Errors: kInvalidArgument (the function has no body, or the file has syntax
/// errors), kUnsupported (the file does not build or load by itself: with what the compiler says),
/// kNotFound (no case holds; a tool is missing), kCancelled, those of CodeAuthor::Write.
Result<TestReport> GenerateTests(const TestRequest& request, CodeAuthor* author, Workshop& workshop,
                                 const TestObserver& observer = {}, const CancelToken& cancel = {});

}  // namespace espalier
