// Every data set's own solutions pass its own tests here, all of them, and those that have a bug fail.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <string>

#include "evals/suites/loaders.h"
#include "tests/evals/checker_kit.h"

namespace espalier {

void PrintTo(const SuiteInfo& suite, std::ostream* stream) { *stream << suite.name; }

namespace {

class Canonical : public testing::TestWithParam<SuiteInfo> {};

/// These solutions give one of several right answers, or were written for other names of arguments.
constexpr std::string_view kUnusable[] = {"find-indices-with-index-and-value-difference-i",
                                          "find-indices-with-index-and-value-difference-ii",
                                          "maximum-number-of-alloys", "beautiful-towers-i"};

/// Contest problems have no solutions of their own; those of another collection, by task.
std::map<std::string, std::string> LeetCodeReferences(const Suite& suite) {
  std::map<std::string, std::string> by_slug;
  const auto rows = SuiteRow::ReadAll(SharedEvalData() / "leetcode_solutions/refs.jsonl.gz");
  if (!rows) return by_slug;
  for (const SuiteRow& row : *rows) {
    const std::string code = row.Text("code").value_or("");
    const bool python2 =
        code.find("xrange") != std::string::npos || code.find("iteritems") != std::string::npos;
    if (row.Text("language") == "python3" || (row.Text("language") == "python" && !python2)) {
      by_slug[*row.Text("slug")] = code;
    }
  }
  for (const std::string_view slug : kUnusable) by_slug.erase(std::string(slug));
  std::map<std::string, std::string> by_task;
  for (const SuiteTask& task : suite.tasks) {
    const auto known = by_slug.find(task.id.substr(task.id.find('/') + 1));
    by_task[task.id] = known == by_slug.end() ? "" : task.preamble + "\n" + known->second;
  }
  return by_task;
}

TEST_P(Canonical, ReferencesPass) {
  const std::filesystem::path data = SharedEvalData() / GetParam().data;
  if (!std::filesystem::exists(data)) GTEST_SKIP() << "needs " << data;
  if (const std::string reason = ReasonNotToCheck(); !reason.empty()) GTEST_SKIP() << reason;
  const auto suite = LoadSuite(GetParam().name, data);
  ASSERT_TRUE(suite) << suite.error().message;
  const auto checker = ProgramChecker::For(*suite);
  if (!checker && checker.error().code == ErrorCode::kNotFound) GTEST_SKIP() << checker.error().message;
  ASSERT_TRUE(checker);
  std::map<std::string, std::string> references;
  if (GetParam().name == "leetcode") references = LeetCodeReferences(*suite);
  for (const SuiteTask& task : suite->tasks) {
    const std::string reference = references.empty() ? task.reference : references[task.id];
    if (reference.empty()) continue;  // none in that collection
    // MD5, which is no part of these languages.
    if (task.id == "CPP/162" || task.id == "JavaScript/162" || task.id == "Rust/162") continue;
    if (task.id == "Rust/32" || task.id == "Rust/38" || task.id == "Rust/50") continue;  // the crate rand
    if (task.id == "Hard/find-the-number-of-subsequences-with-equal-gcd") continue;  // takes half a minute
    const auto result = (*checker)->Check(task, reference, suite->time_limit, {});
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
  const auto checker = ProgramChecker::For(*suite);
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
                         [](const auto& one) {
                           std::string name(one.param.name);
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace espalier
