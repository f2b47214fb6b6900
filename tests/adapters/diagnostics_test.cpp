// What real compilers and runtimes wrote, as cases in diagnostics.cases.
#include "adapters/diagnostics.h"

#include <gtest/gtest.h>

#include <string>

#include "adapters/adapter.h"
#include "tests/support/case_file.h"

namespace espalier {
namespace {

const std::vector<std::string> kFiles = {"main.c",  "main.cpp", "Main.java", "main.js",    "main.ts",
                                         "main.go", "main.rs",  "main.py",   "lib/util.py"};
const FileNames kNames{kFiles, "/tmp/work"};

std::string Lines(const std::vector<Diagnostic>& diagnostics) {
  std::string text;
  for (const Diagnostic& one : diagnostics) text += FormatDiagnostic(one) + "\n";
  if (!text.empty()) text.pop_back();
  return text;
}

std::string CrashLine(const CrashFormat& format, const std::string& text) {
  const auto crash = ParseCrash(format, text, kNames);
  if (!crash) return "nothing";
  return FormatDiagnostic(crash->diagnostic) + (crash->called ? "" : " (before it ran)");
}

TEST(DiagnosticsTest, Cases) {
  const auto cases = ReadCaseFile(ESPALIER_SOURCE_DIR "/tests/adapters/diagnostics.cases");
  ASSERT_GT(cases.size(), 20U);
  for (TextCase one : cases) {
    const Adapter* adapter = AdapterForName(one.sections["language"]);
    ASSERT_NE(adapter, nullptr) << one.name;
    if (one.sections.contains("compiler")) {
      EXPECT_EQ(Lines(ParseCompilerOutput(adapter->recipe->compiler, one.sections["compiler"], kNames)),
                one.sections["says"])
          << one.name;
    } else {
      EXPECT_EQ(CrashLine(adapter->recipe->crash, one.sections["crash"]), one.sections["says"]) << one.name;
    }
  }
}

TEST(DiagnosticsTest, HostileOutputCostsLittleAndBreaksNothing) {
  std::string text(1 << 20, ':');
  for (size_t i = 0; i < text.size(); i += 97) text[i] = '\n';
  text += std::string(1 << 20, '(') + "\n" + std::string("\0\xff\xfe:1:2: error: \x80", 17) + "\n";
  for (const Adapter* adapter : AllAdapters()) {
    EXPECT_LE(ParseCompilerOutput(adapter->recipe->compiler, text, kNames).size(), kMostDiagnostics);
    ParseCrash(adapter->recipe->crash, text, kNames);
  }
}

TEST(DiagnosticsTest, ManyErrorsAreCut) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "main.c:1:2: error: x\n";
  const Recipe& recipe = *AdapterFor(Language::kC).recipe;
  EXPECT_EQ(ParseCompilerOutput(recipe.compiler, text, kNames).size(), kMostDiagnostics);
}

TEST(RecipeTest, EveryAdapterHasOne) {
  for (const Adapter* adapter : AllAdapters()) {
    ASSERT_NE(adapter->recipe, nullptr) << adapter->display_name;
    const Recipe& recipe = *adapter->recipe;
    EXPECT_EQ(AdapterForPath(recipe.main_file), adapter) << recipe.main_file;
    EXPECT_FALSE(recipe.tools.empty() || recipe.run.empty() || recipe.crash.messages.empty());
    EXPECT_FALSE(recipe.install_hint.empty());
    EXPECT_EQ(recipe.build.empty(), recipe.products.empty()) << adapter->display_name;
    EXPECT_EQ(recipe.build.empty(), recipe.compiler.patterns.empty()) << adapter->display_name;
  }
}

}  // namespace
}  // namespace espalier
