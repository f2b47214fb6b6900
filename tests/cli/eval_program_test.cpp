// espalier eval: runs, reports and a run that was killed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "testgen/sandbox.h"
#include "tests/cli/program.h"

namespace espalier {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const std::string kSmall = ESPALIER_SOURCE_DIR "/evals/data/small.jsonl";

class Eval : public testing::Test {
 protected:
  void SetUp() override {
    if (const SandboxSupport support = ProbeSandbox(); !support.works) GTEST_SKIP() << support.failure;
    world_.environment()["tiny"] = ProgramWorld::TinyModel().string();
    world_.environment()["small"] = kSmall;
  }
  nlohmann::json Report(const std::string& runs) {
    const ProgramOutput result = world_.RunShell("$espalier eval report " + runs + " --json");
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return nlohmann::json::parse(result.out, nullptr, false);
  }
  ProgramWorld world_;
};

/// A run's figures without when it was made.
nlohmann::json Timeless(nlohmann::json run) {
  for (const char* when : {"started", "seconds"}) run.erase(when);
  return run;
}

constexpr const char* kRun =
    "$espalier eval humaneval --data $small --model $tiny --backend scalar --max-tokens 16 --temperature 1 "
    "--n 6 ";

TEST_F(Eval, RunsReportsAndCompares) {
  const ProgramOutput run = world_.RunShell(std::string(kRun) + "--limit 2");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out,
              AllOf(HasSubstr("run 1: humaneval"), HasSubstr("pass@1"), HasSubstr("tasks           2\n")));
  EXPECT_THAT(run.err, HasSubstr("answers: 12 of 12 (100 %)\n"));
  const ProgramOutput other = world_.RunShell(std::string(kRun) + "--limit 2 --constraint off --json");
  EXPECT_EQ(other.exit_code, 0) << other.err;
  EXPECT_EQ(nlohmann::json::parse(other.out)["settings"]["constraint"], "off");
  const nlohmann::json both = Report("1 2");
  EXPECT_EQ(both["runs"].size(), 2);
  EXPECT_EQ(both["comparison"]["tasks"], 2);
  EXPECT_THAT(world_.RunShell("$espalier eval report 1 2 --markdown").out, HasSubstr("| pass@1 |"));
  EXPECT_THAT(world_.RunShell("$espalier eval list").out, HasSubstr("constraint off"));
}

// As mpirun starts them: each process answers its part, and the parts are the whole.
TEST_F(Eval, PartsAreMerged) {
  const std::string run = std::string(kRun) + "--limit 4 ";
  ASSERT_EQ(world_.RunShell(run + "--db whole.sqlite").exit_code, 0);
  const std::string merge = "$espalier eval merge m.1-of-2.sqlite m.2-of-2.sqlite --db m.sqlite ";
  const ProgramOutput first =
      world_.RunShell("OMPI_COMM_WORLD_RANK=0 OMPI_COMM_WORLD_SIZE=2 " + run + "--db m.sqlite");
  EXPECT_EQ(first.exit_code, 0) << first.err;
  EXPECT_THAT(first.err, HasSubstr("part 1 of 2 in m.1-of-2.sqlite"));
  EXPECT_THAT(world_.RunShell(merge).err, HasSubstr("there is no file 'm.2-of-2.sqlite'"));
  EXPECT_THAT(world_.RunShell("$espalier eval merge m.1-of-2.sqlite").err,
              HasSubstr("part 2 of 2 is missing"));
  EXPECT_EQ(world_.RunShell(run + "--shard 2/2 --db m.sqlite").exit_code, 0);
  const ProgramOutput merged = world_.RunShell(merge + "--json");
  EXPECT_EQ(merged.exit_code, 0) << merged.err;
  const ProgramOutput whole = world_.RunShell("$espalier eval report 1 --db whole.sqlite --json");
  EXPECT_EQ(Timeless(nlohmann::json::parse(merged.out, nullptr, false)),
            Timeless(nlohmann::json::parse(whole.out)["runs"][0]));
  EXPECT_THAT(world_.RunShell("$espalier eval merge m.1-of-2.sqlite m.1-of-2.sqlite").err,
              HasSubstr("part 1 of 2, which is there already"));
  EXPECT_THAT(world_.RunShell(run + "--shard 3/2").err, HasSubstr("--shard wants K/N"));
}

TEST_F(Eval, MpirunStartsTheParts) {
  if (world_.RunShell("command -v mpirun").exit_code != 0) {
    GTEST_SKIP() << "there is no mpirun; scripts/setup.sh --mpi installs one";
  }
  const std::string run = std::string(kRun) + "--limit 4 ";
  const ProgramOutput ranks = world_.RunShell(
      "OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 mpirun --oversubscribe --bind-to none -n "
      "2 " +
      run + "--db m.sqlite");
  EXPECT_EQ(ranks.exit_code, 0) << ranks.err;
  const ProgramOutput merged =
      world_.RunShell("$espalier eval merge m.1-of-2.sqlite m.2-of-2.sqlite --db m.sqlite --json");
  EXPECT_EQ(merged.exit_code, 0) << merged.err;
  ASSERT_EQ(world_.RunShell(run + "--db whole.sqlite").exit_code, 0);
  const ProgramOutput whole = world_.RunShell("$espalier eval report 1 --db whole.sqlite --json");
  EXPECT_EQ(Timeless(nlohmann::json::parse(merged.out, nullptr, false)),
            Timeless(nlohmann::json::parse(whole.out)["runs"][0]));
}

TEST_F(Eval, HolesAreFilledAndCounted) {
  world_.RunShell(
      "mkdir -p src && for i in 1 2 3; do printf 'def f%s(a):\\n    b = a + 1\\n    return b * 2\\n' $i; "
      "done > src/a.py; for i in $(seq 20); do echo \"value_$i = f1($i) + f2($i)\"; done >> src/a.py");
  const ProgramOutput run = world_.RunShell(
      "$espalier eval fim-accept --data src --model $tiny --backend scalar --max-tokens 16 --json");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  const auto json = nlohmann::json::parse(run.out, nullptr, false);
  EXPECT_EQ(json["n"], 4);
  EXPECT_EQ(json["duplications"], 0);
  EXPECT_TRUE(json["answered"] == 0 || json["accept_parse"] == 1.0) << run.out;
  EXPECT_EQ(json["languages"]["python"]["n"], 4);
  EXPECT_THAT(world_.RunShell("$espalier eval report 1").out, HasSubstr("of these parse"));
  const ProgramOutput page =
      world_.RunShell("$espalier eval report 1 --html page.html && grep -c 'Holes filled' page.html");
  EXPECT_EQ(page.out, "1\n") << page.err;
}

TEST_F(Eval, AServerThatIsNotThereIsNamed) {
  const ProgramOutput run =
      world_.RunShell("$espalier eval humaneval --data $small --engine http://127.0.0.1:1");
  EXPECT_NE(run.exit_code, 0);
  EXPECT_THAT(run.err, HasSubstr("no answer from 127.0.0.1:1"));
  EXPECT_THAT(world_.RunShell("$espalier eval humaneval --data $small --engine nowhere").err,
              HasSubstr("is no address of a server"));
  EXPECT_THAT(world_.RunShell("$espalier eval humaneval --data $small --api chat").err,
              HasSubstr("--api goes with --engine URL"));
}

TEST_F(Eval, AKilledRunGoesOnAndComesToTheSame) {
  const ProgramOutput killed =
      world_.RunShell("mkfifo progress; " + std::string(kRun) + R"(2> progress & pid=$!
    while read -r line; do case "$line" in answers*) kill -9 $pid; break ;; esac; done < progress
    wait $pid)");
  EXPECT_EQ(killed.exit_code, 137) << killed.out << killed.err;
  const nlohmann::json before = Report("1")["runs"][0];
  EXPECT_FALSE(before["finished"].get<bool>());
  EXPECT_GE(before["samples"], 1);
  EXPECT_LT(before["samples"], 30);
  const ProgramOutput resumed = world_.RunShell("$espalier eval --resume 1");
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_EQ(world_.RunShell(kRun).exit_code, 0);
  const nlohmann::json runs = Report("1 2")["runs"];
  EXPECT_EQ(runs[0]["samples"], 30);
  for (const char* field : {"settings", "outcomes", "tokens", "cut_off", "pass"}) {
    EXPECT_EQ(runs[0][field], runs[1][field]) << field;
  }
}

TEST(EvalUsage, MistakesAreOneLine) {
  struct Mistake {
    std::vector<std::string> arguments;
    int exit_code;
    const char* message;
  };
  const std::vector<Mistake> mistakes = {
      {{"eval"}, 2, "name a suite"},
      {{"eval", "humanevl"}, 2, "did you mean 'humaneval'?"},
      {{"eval", "mbpp", "--data", "nowhere"}, 3, "the data of mbpp is not at nowhere"},
      {{"eval", "report", "7"}, 3, "there is no run 7"},
      {{"eval", "--resume", "7"}, 3, "there is no run 7"},
      {{"eval", "humaneval", "--resume", "7"}, 2, "--resume"},
      {{"eval", "humaneval", "--data", kSmall, "--model", "none"}, 3, "none"},
      {{"eval", "humaneval", "--constraint", "maybe"}, 2, "--constraint"},
  };
  const ProgramWorld world;
  for (const Mistake& mistake : mistakes) {
    const ProgramOutput result = world.Run(mistake.arguments);
    EXPECT_EQ(result.exit_code, mistake.exit_code) << result.err;
    EXPECT_THAT(result.err, HasSubstr(mistake.message));
    EXPECT_EQ(LineCount(result.err), 1) << result.err;
    EXPECT_EQ(result.out, "");
  }
}

}  // namespace
}  // namespace espalier
