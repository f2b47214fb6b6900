// Every data set's own solutions pass its own tests here; what does not is listed.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/evals/checker_kit.h"

namespace espalier {
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

INSTANTIATE_TEST_SUITE_P(Suites, Canonical, testing::ValuesIn(KnownSuites().begin(), KnownSuites().end()),
                         [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace espalier
