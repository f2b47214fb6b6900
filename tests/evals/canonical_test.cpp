// Every data set's own solutions pass its own tests here, all of them, and those that have a bug fail.
#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "evals/suites/loaders.h"
#include "tests/evals/checker_kit.h"

namespace espalier {

void PrintTo(const SuiteInfo& suite, std::ostream* stream) { *stream << suite.name; }

namespace {

class Canonical : public testing::TestWithParam<SuiteInfo> {};

TEST_P(Canonical, ReferencesPass) {
  const std::filesystem::path data = SharedEvalData() / GetParam().data;
  if (!std::filesystem::exists(data)) GTEST_SKIP() << "needs " << data;
  if (const std::string reason = ReasonNotToCheck(); !reason.empty()) GTEST_SKIP() << reason;
  const auto suite = LoadSuite(GetParam().name, data);
  ASSERT_TRUE(suite) << suite.error().message;
  const auto checker = ProgramChecker::For(suite->language);
  ASSERT_TRUE(checker);
  for (const SuiteTask& task : suite->tasks) {
    const auto result = (*checker)->Check(task, task.reference, suite->time_limit, {});
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_TRUE(result->passed()) << task.id << ": " << ErrorClassName(result->error) << ": "
                                  << result->detail;
  }
}

// HumanEvalPack has a solution with a bug for every task.
TEST(BuggySolutions, Fail) {
  const std::filesystem::path data = SharedEvalData() / "humanevalpack/python.jsonl.gz";
  if (!std::filesystem::exists(data)) GTEST_SKIP() << "needs " << data;
  if (const std::string reason = ReasonNotToCheck(); !reason.empty()) GTEST_SKIP() << reason;
  const auto suite = LoadSuite("humanevalpack", data);
  const auto rows = SuiteRow::ReadAll(data);
  ASSERT_TRUE(suite && rows);
  const auto checker = ProgramChecker::For(suite->language);
  ASSERT_TRUE(checker);
  for (size_t i = 0; i < rows->size(); ++i) {
    const SuiteTask& task = suite->tasks[i];
    const std::string program = task.prefix + (*rows)[i].Text("buggy_solution").value();
    // Some bugs never end.
    const auto result = (*checker)->Check(task, program, std::chrono::seconds(5), {});
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_FALSE(result->passed()) << task.id;
  }
}

INSTANTIATE_TEST_SUITE_P(Suites, Canonical, testing::ValuesIn(KnownSuites().begin(), KnownSuites().end()),
                         [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace espalier
