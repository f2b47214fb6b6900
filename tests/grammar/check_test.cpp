#include "grammar/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "grammar/recogniser.h"
#include "tests/grammar/mutator.h"
#include "tests/support/case_file.h"
#include "tests/support/sample_sources.h"

namespace espalier {
namespace {

Language LanguageNamed(const std::string& id) {
  for (size_t i = 0; i < kLanguageCount; ++i) {
    if (LanguageId(static_cast<Language>(i)) == id) return static_cast<Language>(i);
  }
  ADD_FAILURE() << "no language " << id;
  return Language::kPython;
}

SyntaxCheck Check(Language language, std::string_view text) {
  return CheckSyntax(Grammar::For(language), text);
}

/// Takes a mark out of a text; where it stood, or npos.
size_t TakeMark(std::string& text, std::string_view mark) {
  const size_t at = text.find(mark);
  if (at != std::string::npos) text.erase(at, mark.size());
  return at;
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST(Check, TheCaseFile) {
  const auto cases = ReadCaseFile(ESPALIER_SOURCE_DIR "/tests/grammar/cases/check.txt");
  ASSERT_GE(cases.size(), 20u);
  for (const TextCase& test_case : cases) {
    SCOPED_TRACE(test_case.name);
    std::string text = test_case.sections.at("text");
    const size_t token = TakeMark(text, "<~>");
    const size_t position = TakeMark(text, "<!>");
    const SyntaxCheck check = Check(LanguageNamed(test_case.sections.at("language")), text);
    EXPECT_EQ(check.ok, position == std::string::npos);
    EXPECT_FALSE(check.gave_up);
    if (position == std::string::npos) {
      EXPECT_THAT(check.expected, testing::IsEmpty());
      continue;
    }
    EXPECT_EQ(check.position, position) << text.substr(0, check.position);
    EXPECT_EQ(check.token_begin, token == std::string::npos ? position : token);
    EXPECT_EQ(check.at_end, position == text.size());
    EXPECT_THAT(check.expected, testing::IsSupersetOf(Lines(test_case.sections.at("expected"))));
  }
}

TEST(Check, NamesAreReadableAndEachComesOnce) {
  for (const SampleSource& source : SampleSources()) {
    SCOPED_TRACE(source.name);
    for (size_t size = 1; size < source.text.size(); size += 41) {
      const SyntaxCheck check = Check(source.language, source.text.substr(0, size) + " \x01");
      if (check.ok) continue;
      EXPECT_THAT(check.expected, testing::Not(testing::IsEmpty())) << source.text.substr(0, size);
      std::vector<std::string> names = check.expected;
      std::sort(names.begin(), names.end());
      EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
      for (const std::string& name : names) {
        EXPECT_FALSE(name.empty());
        EXPECT_TRUE(name[0] == '`' || name.find('_') == std::string::npos) << name;
      }
    }
  }
}

// What the search by halves finds is what a look behind every byte finds, and the verdict is tree-sitter's.
TEST(Check, ChangedFilesGoWrongAtTheFirstByteThatIsNotViable) {
  Mutator mutator(7);
  for (const SampleSource& source : SampleSources()) {
    for (int round = 0; round < 25; ++round) {
      const std::string text = mutator.Mutate(source.text, 1);
      SCOPED_TRACE(source.name + "\n" + text);
      const SyntaxCheck check = Check(source.language, text);
      Recogniser recogniser(Grammar::For(source.language));
      size_t viable = 0;
      while (viable < text.size() && recogniser.Advance({&text[viable], 1}) && recogniser.Viable()) ++viable;
      EXPECT_EQ(check.position, viable);
      EXPECT_LE(check.token_begin, check.position);
      EXPECT_EQ(check.ok, SyntaxTree::Parse(source.language, text)->clean());
    }
  }
}

TEST(Check, ErrorsAreFoundWhereverTheTextIsCutIntoPieces) {
  for (size_t size = 4090; size < 4102; ++size) {
    const std::string before = "#" + std::string(size - 2, 'x') + "\n";
    const SyntaxCheck check = Check(Language::kPython, before + ") = 1\n");
    EXPECT_EQ(check.position, size);
    EXPECT_TRUE(Check(Language::kPython, before).ok);
  }
}

TEST(Check, InvalidBytesAreBytes) {
  EXPECT_TRUE(Check(Language::kPython, "x = 1  # caf\xE9\n").ok);
  EXPECT_EQ(Check(Language::kPython, "x = \xFF\n").position, 4u);
  // 0xE9 could have begun a letter; the end of the line shows that it does not.
  EXPECT_EQ(Check(Language::kPython, "x = \xE9\n").position, 5u);
  EXPECT_TRUE(Check(Language::kPython, "x = \xC3").at_end);
}

}  // namespace
}  // namespace espalier
