#include "decoder/echo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

namespace espalier {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string Before(const std::string& output, const Echo& echo) { return output.substr(0, echo.cut); }

TEST(ExactEchoTest, AnUnfinishedRepetitionCounts) {
  const std::string output = "a = 1\nreturn val";
  const Echo echo = FindExactEcho(output, {"\nreturn value\n"});
  EXPECT_EQ(echo.score, 9);
  EXPECT_EQ(Before(output, echo), "a = 1");
  EXPECT_FALSE(echo.whole_suffix);
}

TEST(ExactEchoTest, ARepetitionOfTheWholeSuffixCountsWhereverItEnds) {
  const std::string output = "a = 1\nend\nmore text";
  const Echo echo = FindExactEcho(output, {"end\n"});
  EXPECT_EQ(echo.score, 3);
  EXPECT_TRUE(echo.whole_suffix);
  EXPECT_EQ(Before(output, echo), "a = 1\n");
}

TEST(ExactEchoTest, ARepetitionThatBreaksOffDoesNotCount) {
  EXPECT_EQ(FindExactEcho("return valid", {"return value"}).score, 0);
  EXPECT_EQ(FindExactEcho("", {"x"}).score, 0);
  EXPECT_EQ(FindExactEcho("x", {""}).score, 0);
}

TEST(ExactEchoTest, TheLongestRepetitionWins) {
  const std::string output = "f(a);\n}\nf(a);\n}\nreturn a;";
  const Echo echo = FindExactEcho(output, {"f(a);\n}\nreturn a;\n}"});
  EXPECT_EQ(Before(output, echo), "f(a);\n}\n");
}

TEST(EchoTest, WhiteSpaceIsDividedAsTheSuffixHasIt) {
  struct Case {
    std::string output, suffix, before;
    bool from_line_start;
  };
  const Case cases[] = {
      {"a;\n    return b;\n", "\n    return b;\n", "a;", false},      // cursor at a line's end
      {"a;\n    return b;\n", "    return b;\n", "a;\n", true},       // cursor at a line's start
      {"a;\n    return b;\n", "return b;\n", "a;\n    ", true},       // cursor behind the indentation
      {"a;\n\n    return b;\n", "\n    return b;\n", "a;\n", false},  // an empty line more
      {"a;\n  return b;\n", "\n    return b;\n", "a;", false},        // another indentation
      {"a; return b;\n", "\n    return b;\n", "a;", false},           // no line break
      {"a;\n\treturn b;\n", "    return b;\n", "a;\n", true},         // tab for spaces
      {"a return b;\n", "return b;\n", "a ", false},                  // within a line
  };
  for (const Case& c : cases) {
    const auto echoes = FindEchoes(c.output, {c.suffix, c.from_line_start}, 1);
    ASSERT_THAT(echoes, SizeIs(1)) << c.output;
    EXPECT_EQ(Before(c.output, echoes[0]), c.before) << c.output << "|" << c.suffix;
    EXPECT_EQ(Before(c.output, FindExactEcho(c.output, {c.suffix, c.from_line_start})), c.before)
        << c.output << "|" << c.suffix;
  }
}

TEST(EchoTest, AChangedFirstLineDoesNotHideTheRepetition) {
  const std::string output = "if (a) {\n  log.warn(\"changed\", a);\n  finish(everything, at, once);\n}\n";
  const std::string suffix = "  log.info(\"text\", a);\n  finish(everything, at, once);\n}\n";
  const auto echoes = FindEchoes(output, {suffix}, 4);
  ASSERT_THAT(echoes, Not(IsEmpty()));
  EXPECT_EQ(Before(output, echoes[0]), "if (a) {\n");
}

TEST(EchoTest, UnrelatedTextHasNoStrongEcho) {
  const auto echoes =
      FindEchoes("for (int i = 0; i < n; ++i) sum += values[i];", {"printf(\"%d\\n\", x);"}, 8);
  for (const Echo& echo : echoes) EXPECT_LT(echo.score, 8);
}

TEST(EchoTest, CutsLieInTheOutputWhateverTheTexts) {
  std::mt19937 random(3);
  const std::string alphabet = "ab(){}; \n\t";
  const auto draw = [&](size_t length) {
    std::string text;
    for (size_t i = 0; i < length; ++i) text += alphabet[random() % alphabet.size()];
    return text;
  };
  for (int i = 0; i < 2000; ++i) {
    const std::string output = draw(random() % 40), suffix = draw(random() % 40);
    for (const Echo& echo : FindEchoes(output, {suffix}, 6)) {
      EXPECT_LE(echo.cut, output.size());
      EXPECT_GT(echo.score, 0);
    }
    EXPECT_LE(FindExactEcho(output, {suffix}).cut, output.size());
  }
}

// Text + suffix always has its echo at the suffix (or earlier, where the text itself repeats it).
TEST(EchoTest, AnAppendedSuffixIsFound) {
  std::mt19937 random(5);
  const std::string words[] = {"return", "value", "if", "(x)", "{", "}", "total", "+=", "for", ";"};
  const auto draw = [&](size_t count) {
    std::string text;
    for (size_t i = 0; i < count; ++i) text += words[random() % 10] + (random() % 4 == 0 ? "\n" : " ");
    return text;
  };
  for (int i = 0; i < 300; ++i) {
    const std::string text = draw(6), suffix = "finish(" + draw(8);
    const auto echoes = FindEchoes(text + suffix, {suffix}, 1);
    ASSERT_THAT(echoes, SizeIs(1));
    EXPECT_EQ(echoes[0].cut, text.size());
    EXPECT_TRUE(echoes[0].whole_suffix);
  }
}

}  // namespace
}  // namespace espalier
