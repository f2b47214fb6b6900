#include "testgen/dedupe.h"

#include <gtest/gtest.h>

namespace espalier {
namespace {

bool Same(Language language, std::string_view a, std::string_view b) {
  return CanonicalProgram(language, a) == CanonicalProgram(language, b);
}

TEST(DedupeTest, CommentsDocumentationAndLayoutMeanNothing) {
  EXPECT_TRUE(Same(Language::kPython, "def f(x):\n    \"\"\"Doc.\"\"\"\n    return x+1  # why\n",
                   "def f( x ):\n  return x + 1\n"));
  EXPECT_TRUE(
      Same(Language::kCpp, "int f(int x) { return x; } // a", "int f(int x)\n{\n  /* b */ return x;\n}\n"));
}

TEST(DedupeTest, EverythingElseDoes) {
  EXPECT_FALSE(Same(Language::kPython, "if a:\n  x\n  y\n", "if a:\n  x\ny\n"));
  EXPECT_FALSE(Same(Language::kPython, "f('a b')\n", "f('ab')\n"));
  EXPECT_FALSE(Same(Language::kPython, "x = 1\n", "x = 2\n"));
  EXPECT_FALSE(Same(Language::kPython, "ab\n", "a\nb\n"));
  EXPECT_FALSE(Same(Language::kPython, "x = 'doc'\n", "x = 'cod'\n"));
  EXPECT_FALSE(Same(Language::kPython, "x = (\n", "x  = (\n")) << "no program";
}

TEST(DedupeTest, ProgramsAreGroupedInOrder) {
  const auto distinct = DistinctPrograms(Language::kPython, {"a\n", "b\n", "a # 1\n", "c\n", "b\n"});
  ASSERT_EQ(distinct.size(), 3u);
  EXPECT_EQ(distinct[0].text, "a\n");
  EXPECT_EQ(distinct[0].at, (std::vector<uint32_t>{0, 2}));
  EXPECT_EQ(distinct[1].at, (std::vector<uint32_t>{1, 4}));
}

}  // namespace
}  // namespace espalier
