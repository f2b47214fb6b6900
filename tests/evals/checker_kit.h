// What the tests of suites share: a checker where programs can be run here, and data where it is.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "evals/suites/program_checker.h"
#include "evals/suites/suite.h"

namespace espalier {

/// Why programs cannot be checked here; empty when they can.
inline std::string ReasonNotToCheck() {
  const SandboxSupport support = ProbeSandbox();
  if (!support.works) return support.failure;
  const auto checker = ProgramChecker::For(Language::kPython);
  return checker ? std::string() : checker.error().message;
}

/// The tasks of our own that the repository has.
inline std::filesystem::path OwnTasks() {
  return std::filesystem::path(ESPALIER_SOURCE_DIR) / "evals/data/small.jsonl";
}

/// The evaluation data: in $ESPALIER_SHARED, else beside the repository.
inline std::filesystem::path SharedEvalData() {
  const char* shared = std::getenv("ESPALIER_SHARED");
  const auto beside = std::filesystem::path(ESPALIER_SOURCE_DIR).parent_path() / "shared";
  return (shared != nullptr ? std::filesystem::path(shared) : beside) / "data";
}

}  // namespace espalier
