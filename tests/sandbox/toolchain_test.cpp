// The languages that Espalier writes, with the toolchains of this machine: does a small program of each
// compile and run in the sandbox, with the default limits as far as its compiler can live with them?
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/sandbox/sandbox_kit.h"

namespace espalier {
namespace {

struct Language {
  const char* name;
  std::vector<std::string> tools;
  const char* file;
  const char* source;
  const char* script;
};

const std::vector<Language>& Languages() {
  static const std::vector<Language> languages = {
      {"Python",
       {"python3"},
       "a.py",
       "import json, threading\nprint(json.dumps([1]), 'ran')\n",
       "python3 a.py"},
      {"C",
       {"gcc"},
       "a.c",
       "#include <stdio.h>\nint main(void) { puts(\"[1] ran\"); }\n",
       "gcc a.c && ./a.out"},
      {"Cpp",
       {"g++"},
       "a.cpp",
       "#include <iostream>\n#include <thread>\nint main() { std::thread([] { std::cout << \"[1] ran\\n\"; "
       "}).join(); }\n",
       "g++ -pthread a.cpp && ./a.out"},
      {"Java",
       {"javac", "java"},
       "A.java",
       "class A { public static void main(String[] a) { System.out.println(\"[1] ran\"); } }\n",
       "javac A.java && java -Xmx128m A"},
      {"JavaScript", {"node"}, "a.js", "console.log('[1] ran')\n", "node a.js"},
      {"Go",
       {"go"},
       "a.go",
       "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"[1] ran\") }\n",
       "GOCACHE=/tmp/cache go run a.go"},
      {"Rust", {"rustc"}, "a.rs", "fn main() { println!(\"[1] ran\"); }\n", "rustc a.rs && ./a"},
  };
  return languages;
}

class ToolchainTest : public testing::TestWithParam<size_t> {};

TEST_P(ToolchainTest, CompilesAndRuns) {
  const Language& language = Languages()[GetParam()];
  const std::string reason = ReasonToSkip({"", false, SandboxIsolation::kNamespaces});
  if (!reason.empty()) GTEST_SKIP() << reason;
  SandboxPolicy policy;
  policy.wall = policy.cpu = std::chrono::minutes(5);
  policy.memory_bytes = uint64_t{2} << 30;
  policy.work_bytes = uint64_t{512} << 20;
  policy.processes = 256;
  for (const std::string& tool : language.tools) {
    const auto toolchain = ToolchainFolders(tool);
    if (!toolchain) GTEST_SKIP() << toolchain.error().message;
    policy.toolchains.insert(policy.toolchains.end(), toolchain->folders.begin(), toolchain->folders.end());
  }
  SandboxRun run = Shell(language.script);
  run.files = {{language.file, language.source}};
  const auto outcome = RunInSandbox(policy, run);
  ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
  EXPECT_EQ(VerdictName(outcome->verdict), "OK") << outcome->err << outcome->failure;
  EXPECT_EQ(outcome->out, "[1] ran\n");
}

INSTANTIATE_TEST_SUITE_P(Languages, ToolchainTest, testing::Range<size_t>(0, Languages().size()),
                         [](const testing::TestParamInfo<size_t>& one) {
                           return Languages()[one.param].name;
                         });

}  // namespace
}  // namespace espalier
