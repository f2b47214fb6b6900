// `espalier test` and `espalier solve` as programs, without a model: inputs alone, or recorded answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "testgen/program.h"
#include "tests/cli/program.h"

namespace espalier {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class TestProgramTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const Status here = Workshop({}).Check(Language::kPython); !here)
      GTEST_SKIP() << here.error().message;
    world_.folder().Write(
        "work/stats.py",
        "def twice(x: int) -> int:\n    \"\"\"\n    >>> twice(2)\n    4\n    \"\"\"\n    return 2 * x\n");
  }
  ProgramWorld world_;
};

TEST_F(TestProgramTest, PrintsATestFile) {
  const ProgramOutput output = world_.Run({"test", "stats.py::twice", "--no-model"});
  EXPECT_EQ(output.exit_code, 0) << output.err;
  EXPECT_THAT(output.out, HasSubstr("from stats import twice\n"));
  EXPECT_THAT(output.out, HasSubstr("assert twice(2) == 4\n"));
  EXPECT_THAT(output.err, HasSubstr("mutants (100 %)"));
}

TEST_F(TestProgramTest, WritesItOnceUnlessForced) {
  EXPECT_EQ(world_.Run({"test", "stats.py::twice", "--no-model", "--write"}).exit_code, 0);
  const ProgramOutput beside = world_.Run({"test", "stats.py::twice", "--no-model", "--write"});
  EXPECT_EQ(beside.exit_code, 0);
  EXPECT_THAT(beside.err, HasSubstr("wrote test_stats_twice.py"));
  const ProgramOutput again = world_.Run({"test", "stats.py::twice", "--no-model", "--write"});
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_THAT(again.err, HasSubstr("test_stats_twice.py is there already"));
  EXPECT_EQ(world_.Run({"test", "stats.py::twice", "--no-model", "--write", "--force"}).exit_code, 0);
}

TEST_F(TestProgramTest, SaysItAsJson) {
  const ProgramOutput output = world_.Run({"test", "stats.py::twice", "--no-model", "--json"});
  const json report = json::parse(output.out);
  EXPECT_EQ(report["framework"], "pytest");
  EXPECT_EQ(report["mutation_score"], 1);
  EXPECT_EQ(report["cases"][0]["origin"], "docs");
  if (report["run"].contains("not_run")) GTEST_SKIP() << report["run"]["not_run"];
  EXPECT_EQ(report["run"]["passed"], report["cases"].size());
  EXPECT_EQ(report["run"]["lines_missed"], json::array());
}

TEST_F(TestProgramTest, AnswersThatWereNotRecordedAreSaid) {
  world_.folder().Write("work/answers.jsonl", "");
  const ProgramOutput output = world_.Run({"solve", "add two numbers", "--replay", "answers.jsonl"});
  EXPECT_EQ(output.exit_code, 3);
  EXPECT_THAT(output.err, HasSubstr("answers.jsonl has no answer to \"add two numbers\""));
}

TEST_F(TestProgramTest, WhatATinyModelWritesIsRecordedAndPlayedBack) {
  const std::vector<std::string> call = {"solve", "any program", "-n",        "2", "--max-tokens",
                                         "16",    "--no-tests",  "--repairs", "0", "--json"};
  std::vector<std::string> record = call, replay = call;
  record.insert(record.end(),
                {"--model", ESPALIER_SOURCE_DIR "/tests/data/tiny/qwen2-k.gguf", "--record", "a.jsonl"});
  replay.insert(replay.end(), {"--replay", "a.jsonl"});
  const ProgramOutput first = world_.Run(record), second = world_.Run(replay);
  ASSERT_FALSE(first.out.empty()) << first.err;
  EXPECT_EQ(first.out, second.out) << second.err;
  EXPECT_EQ(json::parse(first.out)["written"], 2);
}

}  // namespace
}  // namespace espalier
