// Programs of every language through their real compilers and runtimes, in the sandbox.
#include "testgen/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/sandbox/sandbox_kit.h"
#include "tests/testgen/sample_programs.h"

namespace espalier {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

/// Slow machines are no reason to fail.
ProgramLimits PatientLimits() {
  ProgramLimits limits;
  limits.wall = limits.cpu = std::chrono::minutes(1);
  return limits;
}

Workshop& SharedWorkshop() {
  static Workshop workshop([] {
    // Where scripts/setup.sh puts the TypeScript compiler; one that is installed goes first.
    const std::string path =
        std::string(getenv("PATH")) + ":" ESPALIER_SOURCE_DIR "/.deps/typescript/node_modules/.bin";
    setenv("PATH", path.c_str(), 1);
    WorkshopOptions options;
    options.build_wall = std::chrono::minutes(5);
    options.warm_folder = ESPALIER_BINARY_DIR "/tests/warm";
    return options;
  }());
  return workshop;
}

/// Messages of gcc with the quotes that the C locale has.
std::string PlainQuotes(std::string text) {
  for (const char* quote : {"\u2018", "\u2019"}) {
    for (size_t at = text.find(quote); at != std::string::npos; at = text.find(quote))
      text.replace(at, 3, "'");
  }
  return text;
}

class ProgramTest : public testing::TestWithParam<size_t> {
 protected:
  void SetUp() override {
    const std::string reason = ReasonToSkip({"", false, SandboxIsolation::kNamespaces});
    if (!reason.empty()) GTEST_SKIP() << reason;
    if (const Status there = SharedWorkshop().Check(sample().language); !there)
      GTEST_SKIP() << there.error().message;
  }

  const SamplePrograms& sample() const { return AllSamplePrograms()[GetParam()]; }

  std::shared_ptr<const ProgramBuild> Build(const char* text) const {
    auto build = SharedWorkshop().Build({sample().language, {{sample().file, text}}, {}});
    if (!build) ADD_FAILURE() << build.error().message;
    return build ? *build : std::make_shared<const ProgramBuild>();
  }

  ProgramOutcome Run(const ProgramBuild& build, const ProgramRun& run) const {
    auto outcome = SharedWorkshop().Run(build, run);
    if (!outcome) ADD_FAILURE() << outcome.error().message;
    return outcome ? *outcome : ProgramOutcome();
  }
};

TEST_P(ProgramTest, BuildsOnceAndRunsWithInputAndArguments) {
  const auto build = Build(sample().sum);
  ASSERT_EQ(VerdictName(build->verdict), "OK") << build->log;
  EXPECT_EQ(Build(sample().sum), build) << "the second build is the first";
  const ProgramOutcome first = Run(*build, {.input = "2 3", .limits = PatientLimits()});
  EXPECT_EQ(VerdictName(first.result.verdict), "OK") << first.result.err << first.result.failure;
  EXPECT_EQ(first.result.out, "sum 5\n");
  EXPECT_TRUE(first.diagnostics.empty());
  const ProgramOutcome second =
      Run(*build, {.input = "20 30", .arguments = {"more"}, .limits = PatientLimits()});
  EXPECT_EQ(second.result.out, "sum 50 more\n") << second.result.err;
}

TEST_P(ProgramTest, WhatDoesNotCompileSaysWhere) {
  const auto build = Build(sample().broken);
  Verdict verdict = build->verdict;
  std::vector<Diagnostic> diagnostics = build->diagnostics;
  if (verdict == Verdict::kOk) {  // an interpreter finds out when it runs
    const ProgramOutcome outcome = Run(*build, {.limits = PatientLimits()});
    verdict = outcome.result.verdict;
    diagnostics = outcome.diagnostics;
  }
  EXPECT_EQ(VerdictName(verdict), "CE") << build->log;
  ASSERT_FALSE(diagnostics.empty()) << build->log;
  EXPECT_EQ(diagnostics[0].severity, Severity::kError);
  EXPECT_EQ(diagnostics[0].file, sample().file);
  EXPECT_EQ(diagnostics[0].line, 3U);
  EXPECT_THAT(PlainQuotes(diagnostics[0].message), HasSubstr(sample().broken_says));
}

TEST_P(ProgramTest, WhatDiesSaysWhere) {
  const auto build = Build(sample().failing);
  ASSERT_EQ(VerdictName(build->verdict), "OK") << build->log;
  const ProgramOutcome outcome = Run(*build, {.limits = PatientLimits()});
  const bool is_native = sample().language == Language::kC || sample().language == Language::kCpp;
  EXPECT_EQ(VerdictName(outcome.result.verdict), is_native ? "SG" : "RE") << outcome.result.err;
  ASSERT_EQ(outcome.diagnostics.size(), 1U) << outcome.result.err;
  const Diagnostic& why = outcome.diagnostics[0];
  EXPECT_EQ(why.file, sample().file) << outcome.result.err;
  EXPECT_EQ(why.line, 4U) << outcome.result.err;
  EXPECT_THAT(why.code + ": " + why.message, HasSubstr(sample().failing_says));
}

TEST_P(ProgramTest, WhatDoesNotEndIsEnded) {
  const auto build = Build(sample().endless);
  ASSERT_EQ(VerdictName(build->verdict), "OK") << build->log;
  ProgramRun run;
  run.limits.wall = milliseconds(700);
  const ProgramOutcome outcome = Run(*build, run);
  EXPECT_EQ(VerdictName(outcome.result.verdict), "TO") << outcome.result.err;
}

TEST(GoProgramTest, PackagesThatAreNotKeptWarmExistToo) {
  Workshop workshop({});
  if (const Status here = workshop.Check(Language::kGo); !here) GTEST_SKIP() << here.error().message;
  const auto build =
      workshop.Build({Language::kGo,
                      {{"main.go",
                        "package main\n\nimport (\n\t\"crypto/md5\"\n\t\"fmt\"\n)\n\nfunc main() { "
                        "fmt.Printf(\"%x\", md5.Sum(nil)) }\n"}},
                      {}});
  ASSERT_TRUE(build.has_value()) << build.error().message;
  ASSERT_EQ((*build)->verdict, Verdict::kOk) << (*build)->log;
  EXPECT_EQ(workshop.Run(**build, {})->result.out, "d41d8cd98f00b204e9800998ecf8427e");
}

INSTANTIATE_TEST_SUITE_P(Languages, ProgramTest, testing::Range<size_t>(0, AllSamplePrograms().size()),
                         [](const testing::TestParamInfo<size_t>& one) {
                           return AllSamplePrograms()[one.param].name;
                         });

TEST(WorkshopTest, APrecompiledHeaderIsMadeOnceAndServes) {
  if (const Status there = SharedWorkshop().Check(Language::kCpp); !there)
    GTEST_SKIP() << there.error().message;
  const std::string text =
      "#include <bits/stdc++.h>\nint main() { std::cout << std::gcd(12, 18) << '\\n'; }\n";
  const auto build = SharedWorkshop().Build({Language::kCpp, {{"main.cpp", text}}, {}});
  ASSERT_TRUE(build.has_value()) << build.error().message;
  ASSERT_EQ(VerdictName((*build)->verdict), "OK") << (*build)->log;
  const auto outcome = SharedWorkshop().Run(**build, {.limits = PatientLimits()});
  ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
  EXPECT_EQ(outcome->result.out, "6\n");
  bool kept = false;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(ESPALIER_BINARY_DIR "/tests/warm"))
    kept = kept || entry.path().filename() == "stdc++.h.gch";
  EXPECT_TRUE(kept);
}

TEST(WorkshopTest, SeveralFilesAndDataBesideThem) {
  if (const Status there = SharedWorkshop().Check(Language::kC); !there)
    GTEST_SKIP() << there.error().message;
  const Program program{Language::kC,
                        {{"main.c",
                          "#include <stdio.h>\n#include \"lib/f.h\"\nint main(void) { char s[9] = {0};\n"
                          "fgets(s, 9, fopen(\"data.txt\", \"r\")); printf(\"%s %d\", s, f()); }\n"},
                         {"lib/f.h", "int f(void);\n"},
                         {"lib/f.c", "int f(void) { return 7; }\n"},
                         {"data.txt", "data"}},
                        {}};
  const auto build = SharedWorkshop().Build(program);
  ASSERT_TRUE(build.has_value()) << build.error().message;
  ASSERT_EQ(VerdictName((*build)->verdict), "OK") << (*build)->log;
  const auto outcome = SharedWorkshop().Run(**build, {.limits = PatientLimits()});
  ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
  EXPECT_EQ(outcome->result.out, "data 7");
}

TEST(WorkshopTest, AResidentCompilerSaysWhatTheOtherSays) {
  if (const Status there = SharedWorkshop().Check(Language::kJava); !there)
    GTEST_SKIP() << there.error().message;
  const SamplePrograms& java = AllSamplePrograms()[3];
  WorkshopOptions options;
  options.build_cache_bytes = 0;
  Workshop workshop(options);
  std::vector<std::shared_ptr<const ProgramBuild>> broken;
  for (int round = 0; round < 3; ++round) {  // the first build is cold, the others are not
    const auto build = workshop.Build({Language::kJava, {{java.file, java.broken}}, {}});
    ASSERT_TRUE(build.has_value()) << build.error().message;
    broken.push_back(*build);
    EXPECT_EQ(VerdictName(broken.back()->verdict), "CE");
    EXPECT_EQ(broken.back()->diagnostics, broken.front()->diagnostics) << broken.back()->log;
    const auto good = workshop.Build(
        {Language::kJava, {{java.file, java.sum}, {"a/Other.java", "package a; public class Other {}"}}, {}});
    ASSERT_TRUE(good.has_value()) << good.error().message;
    ASSERT_EQ(VerdictName((*good)->verdict), "OK") << (*good)->log;
    EXPECT_EQ((*good)->files.size(), 2U) << "nothing of the builds before";
    const auto outcome = workshop.Run(**good, {.input = "2 3", .limits = PatientLimits()});
    ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
    EXPECT_EQ(outcome->result.out, "sum 5\n") << outcome->result.err;
  }
}

TEST(WorkshopTest, NamesThatAreOptionsAreRefused) {
  for (const char* name : {"-o.c", "@list.c", "a\nb.c"}) {
    const auto build =
        SharedWorkshop().Build({Language::kC, {{"main.c", "int main(void) {}\n"}, {name, ""}}, {}});
    EXPECT_FALSE(build.has_value()) << name;
  }
}

TEST(WorkshopTest, MissingMainFileIsSaid) {
  const auto build = SharedWorkshop().Build({Language::kPython, {{"other.py", "pass\n"}}, {}});
  ASSERT_FALSE(build.has_value());
  EXPECT_EQ(build.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(build.error().message, HasSubstr("main.py"));
}

TEST(WorkshopTest, MissingToolIsSaidWithHowToGetIt) {
  const std::string path = getenv("PATH");
  setenv("PATH", "/nonexistent", 1);
  Workshop workshop({});
  const auto status = workshop.Check(Language::kGo);
  setenv("PATH", path.c_str(), 1);
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(status.error().message, HasSubstr("'go' is not on PATH"));
  EXPECT_THAT(status.error().message, HasSubstr("install Go"));
}

TEST(WorkshopTest, CancelledWorkIsAnError) {
  CancelSource source;
  source.Cancel();
  const auto build = SharedWorkshop().Build({Language::kPython, {{"main.py", "pass\n"}}, {}}, source.token());
  ASSERT_FALSE(build.has_value());
  EXPECT_EQ(build.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace espalier
