#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "grammar/syntax.h"
#include "tests/support/case_file.h"
#include "tests/support/sample_sources.h"

namespace espalier {
namespace {

std::string VerdictName(JoinVerdict verdict) {
  switch (verdict) {
    case JoinVerdict::kClean:
      return "clean";
    case JoinVerdict::kNoWorse:
      return "no worse";
    case JoinVerdict::kWorse:
      return "worse";
  }
  return "?";
}

Language LanguageNamed(std::string_view id) {
  for (size_t i = 0; i < kLanguageCount; ++i) {
    if (LanguageId(static_cast<Language>(i)) == id) return static_cast<Language>(i);
  }
  ADD_FAILURE() << "no language " << id;
  return Language::kC;
}

struct MarkedEdit {
  std::string document;
  uint32_t begin = 0;
  uint32_t end = 0;
};

// Takes the marks of "left[[old]]right" out.
MarkedEdit ParseMarks(std::string text) {
  MarkedEdit edit;
  edit.begin = static_cast<uint32_t>(text.find("[["));
  text.erase(edit.begin, 2);
  edit.end = static_cast<uint32_t>(text.find("]]", edit.begin));
  text.erase(edit.end, 2);
  edit.document = std::move(text);
  return edit;
}

TEST(JoinCheckerTest, VerdictsOfTheCaseFile) {
  const auto cases = ReadCaseFile(ESPALIER_SOURCE_DIR "/tests/grammar/cases/join.txt");
  ASSERT_GE(cases.size(), 15u);
  for (const TextCase& test_case : cases) {
    SCOPED_TRACE(test_case.name);
    const auto section = [&](const char* name) { return test_case.sections.at(name); };
    const MarkedEdit marked = ParseMarks(section("document"));
    const std::string replacement = section("replacement");
    const auto checker = JoinChecker::Create(LanguageNamed(section("language")), marked.document);
    ASSERT_TRUE(checker);
    const ByteEdit edit = {marked.begin, marked.end, replacement};
    EXPECT_EQ(VerdictName(checker->Check(edit)), section("verdict")) << checker->Edited(edit)->ToSexp();
    EXPECT_EQ(VerdictName(checker->CheckFromScratch(edit)), section("verdict"));
    EXPECT_EQ(checker->Clean(edit), section("verdict") != "worse");
  }
}

std::string Edited(const std::string& document, const ByteEdit& edit) {
  return document.substr(0, edit.begin) + std::string(edit.text) + document.substr(edit.end);
}

// A random stretch of the document to replace, and a random stretch of it (or a bracket) to put there.
struct RandomEdit {
  uint32_t begin = 0, end = 0;
  std::string text;
};

RandomEdit DrawEdit(const std::string& document, std::mt19937& random) {
  const auto below = [&](size_t n) { return static_cast<uint32_t>(random() % std::max<size_t>(n, 1)); };
  const auto at_code_point = [&](uint32_t byte) {
    while (byte < document.size() && (document[byte] & 0xC0) == 0x80) ++byte;
    return byte;
  };
  RandomEdit edit;
  edit.begin = at_code_point(below(document.size()));
  edit.end =
      at_code_point(std::min<uint32_t>(edit.begin + below(12), static_cast<uint32_t>(document.size())));
  const std::vector<std::string> pieces = {"(", ")", "{", "}", "\n", " ", "x", ";", "\"", "=", "if"};
  const uint32_t from = at_code_point(below(document.size()));
  const uint32_t to =
      at_code_point(std::min<uint32_t>(from + below(20), static_cast<uint32_t>(document.size())));
  edit.text = random() % 2 == 0 ? pieces[below(pieces.size())] : document.substr(from, to - from);
  return edit;
}

TEST(JoinCheckerTest, CleanMeansTheWholeResultParsesClean) {
  std::mt19937 random(7);
  for (const SampleSource& source : SampleSources()) {
    SCOPED_TRACE(source.name);
    const auto checker = JoinChecker::Create(source.language, source.text);
    ASSERT_TRUE(checker);
    ASSERT_TRUE(checker->before().empty()) << "the sample itself has syntax errors";
    int clean = 0, worse = 0;
    for (int i = 0; i < 300; ++i) {
      const RandomEdit drawn = DrawEdit(source.text, random);
      const ByteEdit edit = {drawn.begin, drawn.end, drawn.text};
      const bool expected = SyntaxTree::Parse(source.language, Edited(source.text, edit))->clean();
      ASSERT_EQ(checker->Check(edit), expected ? JoinVerdict::kClean : JoinVerdict::kWorse)
          << edit.begin << ".." << edit.end << " '" << edit.text << "'";
      (expected ? clean : worse)++;
    }
    EXPECT_GT(clean, 20);
    EXPECT_GT(worse, 20);
  }
}

TEST(JoinCheckerTest, IncrementalAndWholeParseAgreeOnBrokenDocuments) {
  std::mt19937 random(11);
  int checks = 0, same = 0;
  for (const SampleSource& source : SampleSources()) {
    SCOPED_TRACE(source.name);
    for (int i = 0; i < 60; ++i) {
      const RandomEdit damage = DrawEdit(source.text, random);
      const std::string broken = Edited(source.text, {damage.begin, damage.end, damage.text});
      const auto checker = JoinChecker::Create(source.language, broken);
      ASSERT_TRUE(checker);
      const RandomEdit drawn = DrawEdit(broken, random);
      const ByteEdit edit = {drawn.begin, drawn.end, drawn.text};
      const JoinVerdict incremental = checker->Check(edit), whole = checker->CheckFromScratch(edit);
      ++checks;
      same += incremental == whole ? 1 : 0;
      // Error recovery may place problems differently, but whether there is one at all is exact.
      ASSERT_EQ(incremental == JoinVerdict::kClean, whole == JoinVerdict::kClean) << broken << "\n"
                                                                                  << edit.text;
    }
  }
  EXPECT_GE(same, checks * 95 / 100);
}

TEST(JoinCheckerTest, NoWorseNeverRaisesTheNumberOfProblems) {
  std::mt19937 random(13);
  int no_worse = 0;
  for (const SampleSource& source : SampleSources()) {
    const RandomEdit damage = DrawEdit(source.text, random);
    const std::string broken = Edited(source.text, {damage.begin, damage.end, ")" + damage.text});
    const auto checker = JoinChecker::Create(source.language, broken);
    ASSERT_TRUE(checker);
    for (int i = 0; i < 100; ++i) {
      const RandomEdit drawn = DrawEdit(broken, random);
      const ByteEdit edit = {drawn.begin, drawn.end, drawn.text};
      if (!checker->Clean(edit)) continue;
      ++no_worse;
      EXPECT_LE(checker->Edited(edit)->Problems().size(), checker->before().size());
    }
  }
  EXPECT_GT(no_worse, 100);
}

TEST(JoinCheckerTest, AnEditThatChangesNothingIsNeverWorse) {
  std::mt19937 random(17);
  for (const SampleSource& source : SampleSources()) {
    for (int i = 0; i < 30; ++i) {
      const RandomEdit damage = DrawEdit(source.text, random);
      const std::string broken = Edited(source.text, {damage.begin, damage.end, damage.text});
      const auto checker = JoinChecker::Create(source.language, broken);
      const auto at = static_cast<uint32_t>(DrawEdit(broken, random).begin);
      EXPECT_TRUE(checker->Clean({at, at, ""})) << source.name << " at " << at << "\n" << broken;
    }
  }
}

TEST(JoinCheckerTest, TakesATreeThatIsThereAlready) {
  const std::string before = "def f(a):\n    return a\n", document = "def f(a):\n    return (a\n";
  const auto old_tree = SyntaxTree::Parse(Language::kPython, before);
  auto tree = old_tree->Reparse({21, 21, "("}, before, document);
  ASSERT_TRUE(tree);
  const JoinChecker checker = JoinChecker::Create(*tree, document);
  tree = SyntaxTree::Parse(Language::kC, "");  // the checker has its own
  const auto fresh = JoinChecker::Create(Language::kPython, document);
  EXPECT_EQ(checker.before().size(), fresh->before().size());
  const auto end = static_cast<uint32_t>(document.size()) - 1;
  for (const char* text : {")", "))", "]", " + 1"}) {
    EXPECT_EQ(checker.Check({end, end, text}), fresh->Check({end, end, text})) << text;
  }
  EXPECT_EQ(checker.Check({end, end, ")"}), JoinVerdict::kClean);
}

}  // namespace
}  // namespace espalier
