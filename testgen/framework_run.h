// Runs a test file as people will: by the language's own test framework, beside the file under test, in the
// sandbox. How is a recipe of the language's adapter (adapters/test_recipe.h).
//
//   const RenderedTests tests = RenderTests(suite);
//   auto run = RunInFramework(workshop, suite, tests, cancel);
//   run->passed == tests.names.size(), run->coverage.executed of run->coverage.lines
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/cancellation.h"
#include "base/result.h"
#include "testgen/frameworks.h"
#include "testgen/program.h"
#include "testgen/test_case.h"

namespace espalier {

/// Lines of the function's body on which a statement begins. No lines: nothing measures them here.
struct LineCoverage {
  uint32_t lines = 0;
  uint32_t executed = 0;
  std::vector<uint32_t> missed;  ///< numbers, from 1
};

struct FrameworkRun {
  uint32_t passed = 0;              ///< tests
  std::vector<std::string> failed;  ///< names, those that did not run among them
  std::string log;                  ///< what the framework printed, where a test failed; its end
  LineCoverage coverage;
  std::chrono::microseconds wall{0};  ///< with all building
};

/// Errors: kNotFound (a tool or the framework is not installed: how to get it), kCancelled, those of
/// Workshop::RunScript. Tests that fail or do not build are no errors.
Result<FrameworkRun> RunInFramework(Workshop& workshop, const TestSuite& suite, const RenderedTests& tests,
                                    const CancelToken& cancel = {});

/// From what frameworks' scripts write: "LINE COUNT" or "FIRST LAST COUNT".
LineCoverage CoverageOf(const TestSuite& suite, std::string_view report);

}  // namespace espalier
