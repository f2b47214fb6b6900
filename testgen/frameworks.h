// Test suites as files in the framework that is usual in a language: pytest, GoogleTest (C and C++), JUnit 5,
// node:test (JavaScript and TypeScript), Go's testing, Rust's own. Pure functions, thread-safe.
#pragma once

#include <string>
#include <vector>

#include "testgen/test_case.h"

namespace espalier {

struct RenderedTests {
  std::string path;                     ///< beside the file under test: "test_stats.py", "stats_test.go"
  std::string framework;                ///< "pytest"
  std::string content;                  ///< parses without errors
  std::vector<std::string> names = {};  ///< of the cases, as the framework reports them
  std::string other_path = {};          ///< for where `path` is taken: with the function's name in it
};

/// Cases with the same name get numbers. REQUIRES: no case is of kind kPrints.
RenderedTests RenderTests(const TestSuite& suite);

}  // namespace espalier
