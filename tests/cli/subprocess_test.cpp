#include "cli/subprocess.h"

#include <gtest/gtest.h>

#include <string>

namespace espalier {
namespace {

ProgramCall Shell(const std::string& script) {
  return {.arguments = {"sh", "-c", script}, .environment = {}, .on_tick = {}};
}

TEST(RunProgram, GivesExitCodeAndErrors) {
  const auto result = RunProgram(Shell("echo out; echo problem >&2; exit 3"), {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->exit_code, 3);
  EXPECT_EQ(result->error_tail, "problem\n");
}

TEST(RunProgram, ASignalIsAnExitCode) { EXPECT_EQ(RunProgram(Shell("kill -9 $$"), {})->exit_code, 128 + 9); }

TEST(RunProgram, KeepsTheEndOfLongComplaints) {
  const auto result =
      RunProgram(Shell("i=0; while [ $i -lt 5000 ]; do echo line $i >&2; i=$((i+1)); done"), {});
  ASSERT_TRUE(result);
  EXPECT_LE(result->error_tail.size(), 4096u);
  EXPECT_TRUE(result->error_tail.ends_with("line 4999\n"));
}

TEST(RunProgram, AddsToTheEnvironmentAndReplaces) {
  ProgramCall call = Shell("echo \"$ESPALIER_TEST_VALUE $HOME\" >&2");
  call.environment = {"ESPALIER_TEST_VALUE=here", "HOME=/elsewhere"};
  EXPECT_EQ(RunProgram(call, {})->error_tail, "here /elsewhere\n");
}

TEST(RunProgram, ReadsNothing) {
  EXPECT_EQ(RunProgram(Shell("read x; echo \"[$x]\" >&2"), {})->error_tail, "[]\n");
}

TEST(RunProgram, SaysWhichProgramIsMissing) {
  const auto result =
      RunProgram({.arguments = {"no-such-program-here"}, .environment = {}, .on_tick = {}}, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kNotFound);
  EXPECT_NE(result.error().message.find("no-such-program-here"), std::string::npos);
}

TEST(RunProgram, CancellingEndsTheWholeGroup) {
  CancelSource source;
  ProgramCall call = Shell("sleep 1000 & sleep 1000");
  call.on_tick = [&source] { source.Cancel(); };
  const auto result = RunProgram(call, source.token());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace espalier
