// `espalier sandbox`: what it prints, its JSON and its exit codes. What the sandbox holds is tested in
// tests/sandbox.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "testgen/sandbox.h"
#include "tests/cli/program.h"

namespace espalier {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

class SandboxProgramTest : public testing::Test {
 protected:
  void SetUp() override {
    const SandboxSupport support = ProbeSandbox();
    if (!support.works) GTEST_SKIP() << support.failure;
  }

  ProgramOutput Sandbox(std::vector<std::string> arguments, const std::string& input = "") const {
    arguments.insert(arguments.begin(), "sandbox");
    return world_.Run(arguments, input);
  }

  ProgramWorld world_;
};

TEST_F(SandboxProgramTest, PrintsTheProgramsOutputAndTheVerdict) {
  const ProgramOutput result = Sandbox({"--", "sh", "-c", "echo to out; echo to err >&2"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out, "to out\n");
  EXPECT_THAT(result.err, MatchesRegex("to err\nespalier: OK: [0-9]+ ms, processor [0-9]+ ms, memory .*\n"));
}

TEST_F(SandboxProgramTest, AVerdictOtherThanOkIsTheExitCode) {
  const ProgramOutput failed = Sandbox({"--", "sh", "-c", "exit 42"});
  EXPECT_EQ(failed.exit_code, 1);
  EXPECT_THAT(failed.err, StartsWith("espalier: RE (exit status 42): "));
  EXPECT_THAT(Sandbox({"--", "sh", "-c", "kill -ABRT $$"}).err, StartsWith("espalier: SG (signal 6): "));
  EXPECT_THAT(Sandbox({"--time", "0.1", "--", "sleep", "1000"}).err, StartsWith("espalier: TO: "));
  EXPECT_THAT(Sandbox({"--", "yes"}).err,
              AllOf(StartsWith("espalier: OL: "), HasSubstr("; the output was cut")));
}

TEST_F(SandboxProgramTest, TheJsonAnswerIsOneObject) {
  const ProgramOutput result = Sandbox({"--json", "--", "sh", "-c", "echo $HOME; exit 3"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.err, "");
  const json answer = json::parse(result.out);
  EXPECT_EQ(answer["verdict"], "RE");
  EXPECT_EQ(answer["exit_status"], 3);
  EXPECT_EQ(answer["signal"], 0);
  EXPECT_EQ(answer["out"], "/tmp/work\n");
  EXPECT_EQ(answer["err"], "");
  EXPECT_EQ(answer["truncated"], false);
  EXPECT_GT(answer["wall_ms"], 0);
  EXPECT_GE(answer["cpu_ms"], 0);
  EXPECT_GT(answer["peak_memory_bytes"], 0);
  EXPECT_THAT(answer["mechanisms"], testing::Contains("namespaces"));
}

TEST_F(SandboxProgramTest, FilesAndInputGoIn) {
  world_.folder().Write("work/sub/tool", "#!/bin/sh\necho \"$1\"; cat\n");
  world_.folder().Write("work/data", "data\n");
  std::filesystem::permissions(world_.folder().path() / "work/sub/tool", std::filesystem::perms(0755));
  const ProgramOutput result = Sandbox(
      {"--file", "sub/tool", "--file", "data", "--input", "-", "--", "sh", "-c", "ls; ./tool -- --json"},
      "input\n");
  EXPECT_EQ(result.out, "data\ntool\n--\ninput\n") << result.err;
}

TEST_F(SandboxProgramTest, NothingOfTheCallerIsSeen) {
  world_.folder().Write("work/secret", "a secret\n");
  world_.environment()["SECRET"] = "a secret";
  const std::string file = world_.folder().path() / "work/secret";
  EXPECT_EQ(Sandbox({"--", "sh", "-c", "cat " + file + "; echo .$SECRET"}).out, ".\n");
}

struct BadCall {
  std::vector<std::string> arguments;
  int exit_code;
  const char* line;
};

TEST_F(SandboxProgramTest, WhatCannotBeRunGetsOneLine) {
  const std::vector<BadCall> bad_calls = {
      {{}, 2, "command is required; see: espalier sandbox --help"},
      {{"--", "no-such-program"},
       3,
       "cannot run 'no-such-program' in the sandbox: No such file or directory"},
      {{"--file", "none.py", "--", "true"}, 3, "there is no file 'none.py'; check the path"},
      {{"--tool", "no-such-tool", "--", "true"}, 3, "there is no program 'no-such-tool' on PATH"},
      {{"--time", "0", "--", "true"}, 2, "--time"},
      {{"--memory", "none", "--", "true"}, 2, "--memory"},
  };
  for (const BadCall& bad : bad_calls) {
    SCOPED_TRACE(bad.line);
    const ProgramOutput result = Sandbox(bad.arguments);
    EXPECT_EQ(result.exit_code, bad.exit_code);
    EXPECT_EQ(LineCount(result.err), 1u) << result.err;
    EXPECT_THAT(result.err, AllOf(StartsWith("espalier: "), HasSubstr(bad.line)));
    EXPECT_EQ(result.out, "");
  }
}

TEST_F(SandboxProgramTest, WithoutBubblewrapItIsRefusedUnlessTheWeakerFormIsAllowed) {
  const std::string call = "PATH=/nonexistent \"$espalier\" sandbox ";
  const ProgramOutput refused = world_.RunShell(call + "-- /bin/echo ran");
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_EQ(refused.out, "");
  EXPECT_THAT(refused.err, AllOf(HasSubstr("apt-get install bubblewrap"), testing::Not(HasSubstr("\n\n"))));
  const ProgramOutput weaker = world_.RunShell(call + "--allow-weaker -- /bin/echo ran");
  EXPECT_EQ(weaker.out, "ran\n") << weaker.err;
  const ProgramOutput doctor = world_.RunShell("PATH=/nonexistent \"$espalier\" doctor");
  EXPECT_THAT(doctor.out,
              AllOf(HasSubstr("programs cannot be run safely"), HasSubstr("bubblewrap: not installed")));
}

}  // namespace
}  // namespace espalier
