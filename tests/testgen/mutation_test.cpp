#include "testgen/mutation.h"

#include <gtest/gtest.h>

#include <set>

#include "adapters/adapter.h"
#include "tests/support/sample_sources.h"

namespace espalier {
namespace {

std::vector<Mutant> Mutants(Language language, const std::string& source, const std::string& name,
                            size_t most = 1000) {
  const auto functions = FindFunctions(AdapterFor(language), source, name);
  EXPECT_TRUE(functions) << functions.error().message;
  return functions ? MutantsOf(language, source, functions->front(), most) : std::vector<Mutant>();
}

std::set<std::string> Descriptions(Language language, const std::string& source) {
  std::set<std::string> descriptions;
  for (const Mutant& mutant : Mutants(language, source, "f")) descriptions.insert(mutant.description);
  return descriptions;
}

TEST(MutationTest, Python) {
  const std::set<std::string> found = Descriptions(Language::kPython,
                                                   "def f(x):\n    \"\"\"Doc 1 < 2.\"\"\"\n    if x < 3 and "
                                                   "not x:\n        x += 1\n    g(x)\n    return True\n");
  EXPECT_EQ(found,
            (std::set<std::string>{"`<` became `<=`", "`and` became `or`", "`3` became `4`",
                                   "`x < 3 and not x` was negated", "`+=` became `-=`", "`1` became `2`",
                                   "`x += 1` was removed", "`g(x)` was removed", "`True` became `False`"}));
}

TEST(MutationTest, ReturnValues) {
  EXPECT_EQ(Descriptions(Language::kPython, "def f(x):\n    return x\n"),
            std::set<std::string>{"returned `None`"});
  EXPECT_EQ(Descriptions(Language::kJavaScript, "function f(x) { return x; }\n"),
            std::set<std::string>{"returned `null`"});
  EXPECT_EQ(Descriptions(Language::kGo, "package a\n\nfunc f(x int) int {\n\treturn x\n}\n"),
            std::set<std::string>{"returned `(x) + 1`"});
  EXPECT_EQ(Descriptions(Language::kJava, "class A { boolean f(boolean x) { return x; } }\n"),
            std::set<std::string>{"returned `!(x)`"});
  EXPECT_EQ(Descriptions(Language::kCpp, "Thing f(Thing x) { return x; }\n"), std::set<std::string>{});
}

TEST(MutationTest, WordingOfExceptionsIsNoMistake) {
  EXPECT_EQ(Descriptions(Language::kPython, "def f(x):\n    raise ValueError(\"bad x\")\n"),
            std::set<std::string>{});
}

TEST(MutationTest, TypesAreNoExpressions) {
  const std::set<std::string> found = Descriptions(
      Language::kCpp, "std::vector<int> f(int* p) {\n  std::map<int, int> m;\n  return {*p};\n}\n");
  EXPECT_EQ(found, std::set<std::string>{});
}

TEST(MutationTest, OnlyTheFunctionIsChanged) {
  const std::string source = "int g(int x) { return x + 1; }\nint f(int x) { return x - 1; }\n";
  for (const Mutant& mutant : Mutants(Language::kC, source, "f")) {
    EXPECT_EQ(mutant.line, 2u);
    EXPECT_TRUE(mutant.Apply(source).starts_with("int g(int x) { return x + 1; }\n"));
  }
}

TEST(MutationTest, AFewAreSpreadOverTheBody) {
  std::string source = "def f(x):\n";
  for (int i = 0; i < 50; ++i) source += "    x += 1\n";
  const auto some = Mutants(Language::kPython, source, "f", 10);
  ASSERT_EQ(some.size(), 10u);
  EXPECT_LT(some.front().line, 5u);
  EXPECT_GT(some.back().line, 40u);
}

TEST(MutationTest, EveryMutantOfRealCodeParses) {
  for (const SampleSource& sample : SampleSources()) {
    const auto functions = ListFunctions(AdapterFor(sample.language), sample.text);
    ASSERT_TRUE(functions);
    size_t mutants = 0;
    for (const Signature& function : *functions) {
      if (!function.has_body || mutants > 200) continue;
      for (const Mutant& mutant : MutantsOf(sample.language, sample.text, function, 20)) {
        const std::string text = mutant.Apply(sample.text);
        EXPECT_NE(text, sample.text);
        EXPECT_TRUE(SyntaxTree::Parse(sample.language, text)->clean()) << sample.name << mutant.description;
        ++mutants;
      }
    }
    EXPECT_GT(mutants, 0u) << sample.name;
  }
}

}  // namespace
}  // namespace espalier
