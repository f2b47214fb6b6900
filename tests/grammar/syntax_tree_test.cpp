#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "grammar/syntax.h"
#include "tests/support/case_file.h"
#include "tests/support/sample_sources.h"

namespace espalier {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;

SyntaxTree MustParse(Language language, std::string_view text) {
  auto tree = SyntaxTree::Parse(language, text);
  EXPECT_TRUE(tree) << tree.error().message;
  return std::move(*tree);
}

TEST(SyntaxTreeTest, EverySampleParsesClean) {
  for (const SampleSource& source : SampleSources()) {
    SCOPED_TRACE(source.name);
    ASSERT_FALSE(source.text.empty());
    const SyntaxTree tree = MustParse(source.language, source.text);
    EXPECT_TRUE(tree.clean());
    EXPECT_TRUE(tree.Problems().empty());
    EXPECT_EQ(tree.language(), source.language);
  }
}

TEST(SyntaxTreeTest, EmptyTextIsCleanInEveryLanguage) {
  for (const SampleSource& source : SampleSources()) {
    const SyntaxTree tree = MustParse(source.language, "");
    EXPECT_TRUE(tree.clean()) << source.name;
    EXPECT_EQ(tree.Ancestors(0).size(), 1u) << source.name;
  }
}

TEST(SyntaxTreeTest, ProblemsNameErrorAndMissingNodes) {
  const SyntaxTree missing = MustParse(Language::kC, "int f() { return 1 }");
  ASSERT_EQ(missing.Problems().size(), 1u);
  EXPECT_TRUE(missing.Problems()[0].missing);
  EXPECT_EQ(missing.Problems()[0].begin, 18u);
  EXPECT_EQ(missing.Problems()[0].end, 18u);

  const SyntaxTree error = MustParse(Language::kC, "int f() { return 1; ) }");
  ASSERT_EQ(error.Problems().size(), 1u);
  EXPECT_FALSE(error.Problems()[0].missing);
  EXPECT_EQ(error.Problems()[0].begin, 20u);
  EXPECT_EQ(error.Problems()[0].end, 21u);
}

TEST(SyntaxTreeTest, InvalidUtf8IsAProblemInTheTreeNotAFailure) {
  const SyntaxTree tree = MustParse(Language::kPython, "x = \xff\xfe\n");
  EXPECT_FALSE(tree.clean());
}

TEST(SyntaxTreeTest, AncestorsComeInnermostFirst) {
  const SyntaxTree tree = MustParse(Language::kPython, "def f():\n    return g(1)\n");
  const auto kind = [](std::string_view name) { return Field(&SyntaxNode::kind, name); };
  EXPECT_THAT(tree.Ancestors(22),
              ElementsAre(kind("integer"), kind("argument_list"), kind("call"), kind("return_statement"),
                          kind("block"), kind("function_definition"), kind("module")));
  EXPECT_THAT(tree.Ancestors(1000), ElementsAre(kind("module")));
}

TEST(SyntaxTreeTest, ReparseGivesTheTreeOfTheNewText) {
  const std::string before = "fn f() { let a = 1; }\nfn g() {}\n";
  const SyntaxTree tree = MustParse(Language::kRust, before);
  const std::string after = "fn f() { let a = h(2,\n3); }\nfn g() {}\n";
  const auto edited = tree.Reparse({17, 18, "h(2,\n3)"}, before, after);
  ASSERT_TRUE(edited);
  EXPECT_EQ(edited->ToSexp(), MustParse(Language::kRust, after).ToSexp());
  EXPECT_EQ(tree.ToSexp(), MustParse(Language::kRust, before).ToSexp());
}

TEST(SyntaxTreeTest, CommentsAndStringsOfTheCaseFile) {
  const auto cases = ReadCaseFile(ESPALIER_SOURCE_DIR "/tests/grammar/cases/contexts.txt");
  ASSERT_EQ(cases.size(), 7u);
  for (const TextCase& test_case : cases) {
    std::string text = test_case.sections.at("source");
    std::vector<std::pair<uint32_t, char>> marks;
    for (size_t at; (at = text.find('@')) != std::string::npos; text.erase(at, 2)) {
      marks.emplace_back(static_cast<uint32_t>(at), text[at + 1]);
    }
    ASSERT_GE(marks.size(), 3u);
    Language language = Language::kPython;
    for (const SampleSource& source : SampleSources()) {
      if (LanguageId(source.language) == test_case.sections.at("language")) language = source.language;
    }
    const SyntaxTree tree = MustParse(language, text);
    EXPECT_TRUE(tree.clean()) << test_case.name << tree.ToSexp();
    for (const auto& [byte, mark] : marks) {
      SCOPED_TRACE(test_case.name + ": " + text.substr(0, byte) + "<here>" + text.substr(byte));
      EXPECT_EQ(tree.InComment(byte), mark == 'c');
      EXPECT_EQ(tree.InString(byte), mark == 's');
    }
  }
}

TEST(SyntaxTreeTest, ABudgetThatCannotBeKeptIsAnError) {
  std::string text;
  for (int i = 0; i < 200000; ++i) text += "f(a, b, c);\n";
  const auto tree = SyntaxTree::Parse(Language::kJavaScript, text, 1);
  ASSERT_FALSE(tree);
  EXPECT_EQ(tree.error().code, ErrorCode::kDeadlineExceeded);
  // The parser is usable afterwards.
  EXPECT_TRUE(MustParse(Language::kJavaScript, "f(a);").clean());
}

TEST(SyntaxTreeTest, ATextOverTheLimitIsRefused) {
  const auto tree = SyntaxTree::Parse(Language::kC, std::string((64u << 20) + 1, ' '));
  ASSERT_FALSE(tree);
  EXPECT_EQ(tree.error().code, ErrorCode::kInvalidArgument);
}

TEST(SyntaxTreeTest, ManyThreadsParseAtOnce) {
  const auto sources = SampleSources();
  std::vector<std::thread> threads;
  std::vector<int> clean(8, 0);
  for (size_t t = 0; t < clean.size(); ++t) {
    threads.emplace_back([&, t] {
      for (const SampleSource& source : sources) clean[t] += MustParse(source.language, source.text).clean();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(clean, testing::Each(static_cast<int>(sources.size())));
}

TEST(LanguageTest, NodeKindsAreLookedUpInTheGrammar) {
  EXPECT_TRUE(HasNodeKind(Language::kPython, "function_definition"));
  EXPECT_FALSE(HasNodeKind(Language::kPython, "compound_statement"));
  EXPECT_FALSE(HasNodeKind(Language::kPython, "def"));
}

}  // namespace
}  // namespace espalier
