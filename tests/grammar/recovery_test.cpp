// Reading on behind what the grammar does not accept, and the text that closes what is open.
#include "grammar/recovery.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "grammar/closer.h"
#include "grammar/syntax.h"
#include "tests/support/sample_sources.h"

namespace espalier {
namespace {

class SampleTest : public testing::TestWithParam<SampleSource> {
 protected:
  const Grammar& grammar() const { return Grammar::For(GetParam().language); }
};

TEST_P(SampleTest, AcceptedTextNeedsNoRecovery) {
  Recogniser recogniser(grammar());
  const auto recoveries = AdvanceWithRecovery(recogniser, GetParam().text);
  ASSERT_TRUE(recoveries.has_value());
  EXPECT_TRUE(recoveries->empty());
  EXPECT_TRUE(recogniser.Complete());
}

// Junk in a line is passed over, and the reading goes on to the end.
TEST_P(SampleTest, JunkIsPassedOver) {
  std::mt19937 random(7);
  for (int i = 0; i < 20; ++i) {
    std::string text = GetParam().text;
    const size_t line = text.find('\n', random() % text.size());
    if (line == std::string::npos) continue;
    text.insert(line + 1, ") ]] ?? }{ => ;\n");
    Recogniser recogniser(grammar());
    const auto recoveries = AdvanceWithRecovery(recogniser, text);
    ASSERT_TRUE(recoveries.has_value()) << "junk at byte " << line + 1;
    EXPECT_EQ(recogniser.text(), text);
    EXPECT_TRUE(recogniser.Viable());
    for (const Recovery& recovery : *recoveries) EXPECT_GT(recovery.popped + recovery.skipped, 0u);
  }
}

// Cut anywhere, a file is closed, and tree-sitter agrees.
TEST_P(SampleTest, WhatIsCutOffIsClosed) {
  const std::string& text = GetParam().text;
  size_t cuts = 0, closed = 0;
  for (size_t cut = 0; cut <= text.size(); cut += 7) {
    if (cut < text.size() && (text[cut] & 0xC0) == 0x80) continue;
    Recogniser recogniser(grammar());
    ASSERT_TRUE(recogniser.Advance(text.substr(0, cut)));
    const auto pieces = FindCloser(recogniser, "");
    EXPECT_EQ(recogniser.text().size(), cut);
    ++cuts;
    if (!pieces) continue;
    ++closed;
    std::string whole = text.substr(0, cut);
    for (const std::string& piece : *pieces) whole += piece;
    EXPECT_TRUE(SyntaxTree::Parse(GetParam().language, whole)->clean())
        << whole.substr(cut > 60 ? cut - 60 : 0);
  }
  EXPECT_GE(closed * 100, cuts * 90);
}

INSTANTIATE_TEST_SUITE_P(Languages, SampleTest, testing::ValuesIn(SampleSources()),
                         [](const auto& param_info) {
                           return std::string(LanguageId(param_info.param.language));
                         });

TEST(Closer, FindsTheCheapestText) {
  const auto closer = [](Language language, std::string_view text, std::string_view suffix) {
    Recogniser recogniser(Grammar::For(language));
    EXPECT_TRUE(recogniser.Advance(text));
    std::string all;
    for (const std::string& piece :
         FindCloser(recogniser, suffix).value_or(std::vector<std::string>{"none"})) {
      all += piece;
    }
    return all;
  };
  EXPECT_EQ(closer(Language::kC, "int f(void) { return g(1", ""), ");}");
  EXPECT_EQ(closer(Language::kC, "int f(void) { return g(1", "; }\n"), ")");
  EXPECT_EQ(closer(Language::kC, "int x;", ""), "");
  EXPECT_EQ(closer(Language::kPython, "x = [f({1: 'a", ""), "'})]");
  EXPECT_EQ(closer(Language::kJavaScript, "const s = `a ${f(", ""), ")}`");
  EXPECT_EQ(closer(Language::kJava, "class A { /* not over", ""), "*/}");
  EXPECT_EQ(closer(Language::kJava, "a b(C d.", ""), "x.this);");
  EXPECT_EQ(closer(Language::kJava, "a b(C d.e /* not over", ""), "*/.this);");
  EXPECT_EQ(closer(Language::kJava, "class A { int a() { try { for (;;) { if (b) { c('0", ""),
            "');}}}finally{}}}");
  EXPECT_EQ(closer(Language::kC, "int f(void) { return 1; }", "}"), " { ");
  EXPECT_EQ(closer(Language::kC, "int x;", "@\n@"), "none");
}

}  // namespace
}  // namespace espalier
