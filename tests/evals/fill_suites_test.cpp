// Suites of holes: how they are read and cut, and in which order they come.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "evals/suites/fill.h"
#include "evals/suites/loaders.h"
#include "tests/evals/checker_kit.h"
#include "tests/support/temporary_folder.h"

namespace espalier {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

constexpr const char* kPython = R"(import os


def total(values, scale=1):
    """Adds up."""
    result = 0
    for value in values:
        result += value * scale
    return result


def largest(values):
    best = None
    for value in values:
        if best is None or value > best:
            best = value
    return best


print(total([1, 2, 3]), largest([4, 5, 6]), os.sep, "naïve")
)";

class FimAccept : public testing::Test {
 protected:
  FimAccept() {
    for (int i = 0; i < 5; ++i) folder_.Write("python/000" + std::to_string(i) + "-a.py", kPython);
    folder_.Write("python/0006-broken.py", std::string(kPython) + "def (\n");
    folder_.Write("python/0007-short.py", "x = 1\n");
    folder_.Write("python/0008-crlf.py", std::string(kPython) + "\r\n");
    std::string go = "package main\n\nimport \"fmt\"\n\n";
    for (int i = 0; i < 10; ++i) {
      const std::string name = "step" + std::to_string(i);
      go += "func " + name + "(a int) int {\n\tb := a + 1\n\tfmt.Println(a, b)\n\treturn b\n}\n\n";
    }
    folder_.Write("go/0001-main.go", go);
  }
  Suite Load(uint64_t seed = 0) const {
    auto suite = LoadSuite("fim-accept", folder_.path(), seed);
    EXPECT_TRUE(suite) << suite.error().message;
    return suite.value_or(Suite());
  }
  TemporaryFolder folder_;
};

TEST_F(FimAccept, CutsEveryKindOfHoleInEveryFile) {
  const Suite suite = Load();
  EXPECT_EQ(suite.kind, TaskKind::kFill);
  std::map<std::string, int> groups;
  for (const SuiteTask& task : suite.tasks) ++groups[task.group];
  const std::map<std::string, int> expected = {
      {"python/line", 5}, {"python/inside", 5}, {"python/expression", 5}, {"python/block", 5},
      {"go/line", 1},     {"go/inside", 1},     {"go/expression", 1},     {"go/block", 1}};
  EXPECT_EQ(groups, expected);
}

TEST_F(FimAccept, HolesAreOfTheFile) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    for (const SuiteTask& task : Load(seed).tasks) {
      const std::string file = task.prefix + task.middle + task.suffix;
      if (task.language == Language::kPython) {
        EXPECT_EQ(file, kPython);
      }
      ASSERT_FALSE(task.middle.empty());
      EXPECT_LE(task.middle.size(), 400);
      const size_t line = task.prefix.rfind('\n') + 1;
      const bool at_line_start = task.prefix.find_first_not_of(" \t", line) == std::string::npos;
      if (task.group.ends_with("line") || task.group.ends_with("block")) {
        EXPECT_TRUE(at_line_start) << task.id;
      }
      if (task.group.ends_with("inside")) {
        EXPECT_FALSE(at_line_start) << task.id;
      } else {
        EXPECT_EQ(task.middle.find_first_not_of(" \n\t"), 0) << task.id;
      }
      if (!task.group.ends_with("block")) {
        EXPECT_EQ(task.middle.find('\n'), std::string::npos) << task.id;
      }
      // Characters are whole.
      if (!task.suffix.empty()) {
        EXPECT_NE(task.suffix[0] & 0xC0, 0x80) << task.id;
      }
      EXPECT_NE(task.middle[0] & 0xC0, 0x80) << task.id;
    }
  }
}

TEST_F(FimAccept, TheSeedDecides) {
  const auto holes = [](const Suite& suite) {
    std::map<std::string, size_t> all;
    for (const SuiteTask& task : suite.tasks) all[task.id] = task.prefix.size();
    return all;
  };
  EXPECT_EQ(holes(Load(3)), holes(Load(3)));
  EXPECT_NE(holes(Load(3)), holes(Load(4)));
}

TEST_F(FimAccept, NothingToCutIsAnError) {
  const TemporaryFolder empty;
  const auto suite = LoadSuite("fim-accept", empty.path());
  ASSERT_FALSE(suite);
  EXPECT_THAT(suite.error().message, EndsWith("holds no task"));
  EXPECT_FALSE(LoadSuite("fim-accept", empty.path() / "missing"));
}

TEST(MixTasks, EveryFirstFewAreBalanced) {
  std::vector<SuiteTask> tasks;
  for (int i = 0; i < 30; ++i) {
    SuiteTask task;
    task.group = i < 20 ? "a" : "b";
    task.id = std::to_string(i);
    tasks.push_back(task);
  }
  std::vector<SuiteTask> reversed(tasks.rbegin(), tasks.rend());
  MixTasks(tasks);
  MixTasks(reversed);
  std::set<std::string> ids;
  for (size_t i = 0; i < tasks.size(); ++i) {
    EXPECT_EQ(tasks[i].id, reversed[i].id);
    ids.insert(tasks[i].id);
    EXPECT_EQ(tasks[i].group, i < 20 && i % 2 == 1 ? "b" : "a");
  }
  EXPECT_EQ(ids.size(), 30);
  EXPECT_NE(tasks[0].id, "0");  // shuffled
}

constexpr const char* kInfillingRow =
    R"({"task_id": "SingleLineInfilling/own/0", "entry_point": "f", "prompt": "def f(a):\n", )"
    R"("suffix": "    return b\n", "canonical_solution": "    b = a + 1\n", )"
    R"("test": "\ndef check(candidate):\n    assert candidate(1) == 2\n"})";

TEST(Infilling, ReadsATaskWhoseReferencePasses) {
  const TemporaryFolder folder;
  const auto suite = LoadSuite("infilling-single-line", folder.Write("data.jsonl", kInfillingRow));
  ASSERT_TRUE(suite) << suite.error().message;
  ASSERT_EQ(suite->tasks.size(), 1);
  const SuiteTask& task = suite->tasks[0];
  EXPECT_EQ(task.group, "python/SingleLineInfilling");
  EXPECT_EQ(task.reference, "def f(a):\n    b = a + 1\n    return b\n");
  if (const std::string reason = ReasonNotToCheck(); !reason.empty()) GTEST_SKIP() << reason;
  const auto checker = ProgramChecker::For(*suite);
  ASSERT_TRUE(checker);
  const auto verdict = [&](const Fill& fill) {
    return ErrorClassName((*checker)->Check(task, FilledProgram(task, fill), suite->time_limit, {})->error);
  };
  EXPECT_EQ(verdict({task.middle}), "passed");
  EXPECT_EQ(verdict({"    b = a\n"}), "wrong");
  EXPECT_EQ(verdict({"    b = (a\n"}), "syntax");
  EXPECT_EQ(verdict({"    exit(0)\n"}), "runtime");
  EXPECT_EQ(verdict({"    print('passed')\n"}), "runtime");
  EXPECT_EQ(verdict({}), "runtime");
}

TEST(Infilling, ATailThatIsNotTheSuffixIsToldApart) {
  const TemporaryFolder folder;
  const std::string row =
      R"({"task_id": "Go/0/single_line/1", "kind": "single_line", "prefix": "a", "suffix": "b", "middle": "c", )"
      R"("program_head": "a", "program_tail": "x"})";
  const auto suite = LoadSuite("fim-multilang", folder.Write("go.jsonl", row));
  EXPECT_FALSE(suite);  // no file of the set has this name
  folder.Write("data/go.jsonl.gz", "not gzip");
  EXPECT_FALSE(LoadSuite("fim-multilang", folder.path() / "data"));
}

}  // namespace
}  // namespace espalier
