// Every data set's own solutions pass its own tests here, all of them, and those that have a bug fail.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <ostream>
#include <string>

#include "evals/suites/fill.h"
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

/// Why a task's own solution cannot pass here; empty when it can.
std::string KnownReason(const std::string& suite, const std::string& id) {
  const std::string task = suite == "fim-multilang" ? id.substr(0, id.find('/', id.find('/') + 1)) : id;
  // MD5, which is no part of these languages.
  if (task == "CPP/162" || task == "JavaScript/162" || task == "Rust/162") return "wants MD5";
  if (task == "Rust/32" || task == "Rust/38" || task == "Rust/50") return "wants the crate rand";
  if (task == "Hard/find-the-number-of-subsequences-with-equal-gcd") return "takes half a minute";
  return {};
}

/// Large suites come in a random order, of which the first tasks are tried, unless ESPALIER_ALL_REFERENCES is
/// set: then all of them, which takes an hour.
size_t MostTasks(const Suite& suite) {
  constexpr size_t kOfLargeSuites = 48;
  const bool large =
      suite.kind == TaskKind::kFill || suite.name.starts_with("mbxp") || suite.name == "mbppplus";
  return large && std::getenv("ESPALIER_ALL_REFERENCES") == nullptr ? kOfLargeSuites : suite.tasks.size();
}

/// MBXP's solutions were made by a machine, and some do not pass its own tests.
double LeastShare(const std::string& suite) {
  if (suite == "mbxp-ts") return 0.4;
  return suite.starts_with("mbxp") ? 0.85 : 1;
}

TEST_P(Canonical, ReferencesPass) {
  const std::filesystem::path data = SharedEvalData() / GetParam().data;
  if (GetParam().data.empty()) GTEST_SKIP() << "has no tests";
  if (!std::filesystem::exists(data)) GTEST_SKIP() << "needs " << data;
  if (const std::string reason = ReasonNotToCheck(); !reason.empty()) GTEST_SKIP() << reason;
  const auto suite = LoadSuite(GetParam().name, data);
  ASSERT_TRUE(suite) << suite.error().message;
  const auto checker = ProgramChecker::For(*suite);
  if (!checker && checker.error().code == ErrorCode::kNotFound) GTEST_SKIP() << checker.error().message;
  ASSERT_TRUE(checker);
  std::map<std::string, std::string> references;
  if (GetParam().name == "leetcode") references = LeetCodeReferences(*suite);
  size_t tried = 0, passed = 0;
  std::string failures;
  for (size_t i = 0; i < std::min(suite->tasks.size(), MostTasks(*suite)); ++i) {
    const SuiteTask& task = suite->tasks[i];
    const std::string reference = references.empty() ? task.reference : references[task.id];
    if (reference.empty() || !KnownReason(suite->name, task.id).empty()) continue;
    // Speed is not what is tested here: the machine may be busy with other tests.
    const auto result = (*checker)->Check(task, reference, 3 * suite->time_limit, {});
    ASSERT_TRUE(result) << result.error().message;
    ++tried;
    passed += result->passed();
    if (result->passed()) continue;
    failures += task.id + ": " + std::string(ErrorClassName(result->error)) + ": " + result->detail + "\n";
  }
  EXPECT_GE(static_cast<double>(passed), LeastShare(suite->name) * static_cast<double>(tried)) << failures;
  RecordProperty("passed", std::to_string(passed) + " of " + std::to_string(tried));
  std::cout << passed << " of " << tried << " pass\n" << failures;
}

/// A hole that stays empty, or has the wrong text in it, does not pass but where it makes no difference.
TEST(EmptyHoles, MostlyFail) {
  const std::filesystem::path data = SharedEvalData() / "humaneval_infilling/single_line.jsonl.gz";
  if (!std::filesystem::exists(data)) GTEST_SKIP() << "needs " << data;
  if (const std::string reason = ReasonNotToCheck(); !reason.empty()) GTEST_SKIP() << reason;
  const auto suite = LoadSuite("infilling-single-line", data);
  ASSERT_TRUE(suite);
  const auto checker = ProgramChecker::For(*suite);
  ASSERT_TRUE(checker);
  int failed = 0;
  for (size_t i = 0; i < 50; ++i) {
    const std::string program = FilledProgram(suite->tasks[i], {});
    const auto result = (*checker)->Check(suite->tasks[i], program, std::chrono::seconds(5), {});
    ASSERT_TRUE(result) << result.error().message;
    failed += !result->passed();
  }
  EXPECT_GE(failed, 45);
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
