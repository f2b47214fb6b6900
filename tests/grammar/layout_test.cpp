#include <gtest/gtest.h>

#include "grammar/syntax.h"
#include "tests/support/case_file.h"
#include "tests/support/sample_sources.h"

namespace espalier {
namespace {

TEST(LayoutTest, VerdictsOfTheCaseFile) {
  const auto cases = ReadCaseFile(ESPALIER_SOURCE_DIR "/tests/grammar/cases/layout.txt");
  ASSERT_GE(cases.size(), 10u);
  for (const TextCase& test_case : cases) {
    SCOPED_TRACE(test_case.name);
    std::string text = test_case.sections.at("source") + "\n";
    const auto begin = static_cast<uint32_t>(text.find("[["));
    text.erase(begin, 2);
    const auto end = static_cast<uint32_t>(text.find("]]"));
    text.erase(end, 2);
    const auto tree = SyntaxTree::Parse(Language::kPython, text);
    ASSERT_TRUE(tree);
    EXPECT_TRUE(tree->clean()) << tree->ToSexp();
    EXPECT_EQ(tree->LayoutFits(begin, end), test_case.sections.at("fits") == "yes") << tree->ToSexp();
  }
}

TEST(LayoutTest, EveryLineOfAWellLaidOutFileFits) {
  for (const SampleSource& source : SampleSources()) {
    const auto tree = SyntaxTree::Parse(source.language, source.text);
    ASSERT_TRUE(tree);
    for (size_t begin = 0; begin < source.text.size();) {
      const size_t end = source.text.find('\n', begin) + 1;
      EXPECT_TRUE(tree->LayoutFits(static_cast<uint32_t>(begin), static_cast<uint32_t>(end)))
          << source.name << ": " << source.text.substr(begin, end - begin);
      begin = end;
    }
  }
}

TEST(LayoutTest, ADeeplyNestedTextIsNoProblem) {
  const std::string text = "x = " + std::string(50000, '[') + std::string(50000, ']') + "\n";
  const auto tree = SyntaxTree::Parse(Language::kPython, text);
  ASSERT_TRUE(tree);
  EXPECT_TRUE(tree->LayoutFits(0, static_cast<uint32_t>(text.size())));
  tree->Problems();
}

}  // namespace
}  // namespace espalier
