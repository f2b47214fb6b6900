// Loading suites: what is read, and what a wrong file is told.
#include "evals/suites/suite.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/evals/checker_kit.h"
#include "tests/support/temporary_folder.h"

namespace espalier {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;

TEST(Suite, ReadsATask) {
  const auto suite = LoadSuite("humaneval", OwnTasks());
  ASSERT_TRUE(suite) << suite.error().message;
  ASSERT_EQ(suite->tasks.size(), 5);
  const SuiteTask& task = suite->tasks[4];
  EXPECT_EQ(task.id, "Small/4");
  EXPECT_EQ(task.entry, "shapes_of");
  EXPECT_THAT(task.preamble, AllOf(testing::StartsWith("import math"), EndsWith("size ** 2\n\n\n")));
  EXPECT_THAT(task.chat, AllOf(HasSubstr("```python\nimport math"), EndsWith("\"\"\"\n```\n")));
}

TEST(Suite, AnAnswerBecomesAProgram) {
  SuiteTask task;
  task.entry = "f";
  task.prefix = "import re\ndef f():\n";
  task.preamble = "import re\n";
  EXPECT_EQ(ProgramOf(task, "def f():\n    return 1\n"), "import re\n\ndef f():\n    return 1\n");
  EXPECT_EQ(ProgramOf(task, "x = 1\ndef f():\n    return 1\n"),
            "import re\n\nx = 1\ndef f():\n    return 1\n");
  EXPECT_EQ(ProgramOf(task, "    return 1\n"), "import re\ndef f():\n    return 1\n");
  task.entry.clear();
  task.preamble.clear();
  EXPECT_EQ(ProgramOf(task, "anything"), "anything");
}

TEST(Suite, MbppIsItsTestSplit) {
  const TemporaryFolder folder;
  const auto row = [](int id) {
    return R"({"task_id": )" + std::to_string(id) +
           R"(, "text": "Add.", "code": "def add(a, b):\r\n  return a + b", "test_setup_code": "", )"
           R"("test_list": ["assert add(1, 2) == 3", "assert add(0, 0) == 0"]})"
           "\n";
  };
  const auto suite = LoadSuite("mbpp", folder.Write("mbpp.jsonl", row(10) + row(11) + row(510) + row(511)));
  ASSERT_TRUE(suite) << suite.error().message;
  ASSERT_EQ(suite->tasks.size(), 2);
  EXPECT_EQ(suite->tasks[0].id, "Mbpp/11");
  EXPECT_EQ(suite->tasks[0].reference, "def add(a, b):\n  return a + b");
  EXPECT_THAT(suite->tasks[0].chat,
              AllOf(HasSubstr("Add.\nassert add(1, 2) == 3\n\"\"\""), Not(HasSubstr("(0, 0)"))));
}

// Rows that Python wrote may have numbers that JSON does not have.
TEST(Suite, NumbersThatAreNone) {
  const TemporaryFolder folder;
  const std::string row =
      R"({"task_id": "Mbpp/1", "prompt": "\"Infinity\\\" NaN", "entry_point": "f", "canonical_solution": "s", )"
      R"("atol": NaN, "base_input": [[-Infinity]], "plus_input": [[Infinity, "NaN"]]})";
  const auto suite = LoadSuite("mbppplus", folder.Write("plus.jsonl", row));
  ASSERT_TRUE(suite) << suite.error().message;
  EXPECT_THAT(suite->tasks[0].chat, HasSubstr("\"Infinity\\\" NaN"));
  EXPECT_EQ(suite->tasks[0].row, row);  // as it was: the tests read it
  EXPECT_FALSE(LoadSuite("mbppplus", folder.Write("bad.jsonl", row + "NaN")));
}

TEST(Suite, ErrorsNameFileRowAndField) {
  const TemporaryFolder folder;
  const std::string good =
      R"({"task_id": "a", "prompt": "p", "entry_point": "f", "canonical_solution": "s", "test": "t"})"
      "\n";
  struct Bad {
    std::string text;
    const char* message;
  };
  const std::vector<Bad> cases = {
      {good + "nonsense\n", "bad.jsonl, row 2 is not a JSON object"},
      {good + "[1]\n", "bad.jsonl, row 2 is not a JSON object"},
      {good + R"({"task_id": "b"})", "bad.jsonl, row 2: field 'prompt' is missing"},
      {R"({"task_id": 7, "prompt": "p"})", "bad.jsonl, row 1: field 'task_id' is not a string"},
      {"", "bad.jsonl holds no task"},
  };
  for (const Bad& bad : cases) {
    const auto suite = LoadSuite("humaneval", folder.Write("bad.jsonl", bad.text));
    ASSERT_FALSE(suite) << bad.message;
    EXPECT_EQ(suite.error().code, ErrorCode::kCorrupt);
    EXPECT_THAT(suite.error().message, EndsWith(bad.message));
  }
}

TEST(Suite, MissingDataAndUnknownNamesSayWhatToDo) {
  const auto missing = LoadSuite("humaneval", "no/such/file.jsonl");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(missing.error().message, AllOf(HasSubstr("no/such/file.jsonl"), HasSubstr("--data")));
  const auto unknown = LoadSuite("humaneva", "");
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().message, HasSubstr("did you mean 'humaneval'?"));
}

}  // namespace
}  // namespace espalier
