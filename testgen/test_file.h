// The last step of test generation: the tests as a file, tried in the framework that it is for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "testgen/framework_run.h"
#include "testgen/testgen.h"

namespace espalier {

struct TestFile {
  RenderedTests tests;
  std::optional<FrameworkRun> run;  ///< of `tests`; none: they were not run
  std::string not_run;              ///< why not: a sentence
  uint32_t left_out = 0;            ///< cases that hold, but failed in the framework
};

/// Writes the tests of `report` and runs them `runs` times. The report loses the cases that ever fail there,
/// unless all do. Tests of a function that was tried without its file are run with it as it was tried. A
/// framework that is missing is no error. Errors: those of RunInFramework else.
Result<TestFile> MakeTestFile(TestReport& report, Workshop& workshop, uint32_t runs = 1,
                              const CancelToken& cancel = {});

/// A function's tests, from the question to the file.
struct GeneratedTests {
  TestReport report;
  TestFile file;
};

/// GenerateTests and MakeTestFile, one after the other. Errors: theirs.
Result<GeneratedTests> WriteTests(const TestRequest& request, CodeAuthor* author, Workshop& workshop,
                                  uint32_t runs = 1, const TestObserver& observer = {},
                                  const CancelToken& cancel = {});

/// "4 tests of 41 tried; they notice 7 of 9 mutants (78 %); pytest: 4 of 4 tests pass; ...": a line each.
std::string SummaryText(const GeneratedTests& tests);

}  // namespace espalier
