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

}  // namespace espalier
