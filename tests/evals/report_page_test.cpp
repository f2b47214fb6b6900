#include "evals/report/report_page.h"

#include <gtest/gtest.h>

#include <random>
#include <regex>

#include "evals/report/markup.h"
#include "evals/report/plots.h"
#include "tests/support/sample_sources.h"

namespace espalier {
namespace {

size_t Count(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

/// Without tags, and with entities as what they stand for.
std::string TextOf(std::string html) {
  html = std::regex_replace(html, std::regex("<[^>]*>"), "");
  for (const auto& [entity, text] :
       {std::pair("&lt;", "<"), std::pair("&gt;", ">"), std::pair("&quot;", "\""), std::pair("&amp;", "&")}) {
    html = std::regex_replace(html, std::regex(entity), text);
  }
  return html;
}

TEST(MarkupTest, NothingOfATextIsMarkup) {
  EXPECT_EQ(EscapeHtml("<script>alert(\"&\")</script>"),
            "&lt;script&gt;alert(&quot;&amp;&quot;)&lt;/script&gt;");
  EXPECT_EQ(EscapeHtml("a\tb\n\xc3\xa9\xf0\x9f\x98\x80"), "a\tb\n\xc3\xa9\xf0\x9f\x98\x80");
}

TEST(MarkupTest, WhatIsNoTextIsReplaced) {
  const std::string mark = "\uFFFD";
  EXPECT_EQ(EscapeHtml(std::string("\0\x01\x7f", 3)), mark + mark + "\x7f");
  EXPECT_EQ(EscapeHtml("\xff"), mark);
  EXPECT_EQ(EscapeHtml("\xc3"), mark);
  EXPECT_EQ(EscapeHtml("\xc0\xaf"), mark + mark);
  EXPECT_EQ(EscapeHtml("\xed\xa0\x80"), mark + mark + mark);
}

TEST(MarkupTest, Colours) {
  const std::string html = HighlightHtml(Language::kPython, "def f(x):  # why\n    return \"a<b\" + g(12)\n");
  EXPECT_EQ(html,
            "<span class=\"k\">def</span> <span class=\"f\">f</span>(x):  <span class=\"c\"># why</span>\n   "
            " <span "
            "class=\"k\">return</span> <span class=\"s\">&quot;a&lt;b&quot;</span> + <span "
            "class=\"f\">g</span>(<span "
            "class=\"n\">12</span>)\n");
}

TEST(MarkupTest, ColoursChangeNoText) {
  std::mt19937 random(1);
  for (const SampleSource& sample : SampleSources()) {
    EXPECT_EQ(TextOf(HighlightHtml(sample.language, sample.text)), sample.text) << sample.name;
    for (int i = 0; i < 20; ++i) {
      std::string broken = sample.text;
      broken.erase(random() % broken.size(), random() % 40);
      if (EscapeHtml(broken).find("\uFFFD") != std::string::npos) continue;  // cut inside of a character
      EXPECT_EQ(TextOf(HighlightHtml(sample.language, broken)), broken) << sample.name;
    }
  }
}

TEST(PlotsTest, PlacesAreNumbersWhateverIsPlotted) {
  for (const std::string& svg :
       {SharesPlot({}), SharesPlot({{"a<b", 0, {0, 0}, 0}, {"b", 1, {0.9, 1}, 1}}),
        StacksPlot({{"x", {0, 0}}}, {"p", "w"}), StacksPlot({{"x", {5, 0, 3}}}, {"p", "w", "t"}),
        DistributionsPlot({}), DistributionsPlot({{"a", {}, 0}}), DistributionsPlot({{"a", {0.5}, 0}}),
        DistributionsPlot({{"a", {1e-9, 1, 1e6}, 0}, {"b", {3, 2}, 1}})}) {
    EXPECT_EQ(svg.find("nan"), std::string::npos) << svg;
    EXPECT_EQ(svg.find("inf"), std::string::npos) << svg;
    EXPECT_TRUE(svg.starts_with("<svg") && svg.ends_with("</svg>\n")) << svg;
    EXPECT_EQ(svg.find("a<b"), std::string::npos);
  }
}

TEST(PlotsTest, BarsAreAsLongAsTheirShares) {
  const std::string svg = StacksPlot({{"x", {30, 10}}}, {"passed", "wrong"});
  std::smatch found;
  ASSERT_TRUE(
      std::regex_search(svg, found, std::regex("width=\"([0-9.]+)\" height=\"18\" class=\"class-passed\"")));
  const double passed = std::stod(found[1]);
  ASSERT_TRUE(
      std::regex_search(svg, found, std::regex("width=\"([0-9.]+)\" height=\"18\" class=\"class-wrong\"")));
  EXPECT_NEAR(passed / std::stod(found[1]), 3, 0.1);
}

ReportedRun RunOf(int64_t id, std::vector<std::pair<std::string, std::string>> answers) {
  ReportedRun run;
  EvalRun facts;
  facts.id = id;
  facts.settings.suite = "own";
  facts.settings.model = "some/model.gguf";
  facts.finished = true;
  for (const auto& [task, error] : answers) {
    EvalSample sample;
    sample.task = task;
    sample.error = error;
    sample.answer = "print('</script><b>')\n";
    sample.detail = "<i>no</i>";
    sample.generate_seconds = 1.5;
    sample.check_seconds = 0.1;
    run.samples.push_back(sample);
  }
  run.summary = Summarise(facts, run.samples);
  return run;
}

TEST(ReportPageTest, HoldsEveryTaskWithItsAnswers) {
  ReportedRun run = RunOf(3, {{"own/0", "passed"}, {"own/1", "wrong"}});
  run.tasks["own/1"].chat = "Write <this>.";
  const std::string page = ReportPage({run}, std::nullopt);
  EXPECT_EQ(Count(page, "<details class=\"task\""), 2u);
  EXPECT_EQ(Count(page, "data-is=\"solved\""), 1u);
  EXPECT_NE(page.find("Write &lt;this&gt;."), std::string::npos);
  EXPECT_EQ(Count(page, "</script>"), 1u) << "the page's own";
  EXPECT_EQ(page.find("<i>no"), std::string::npos);
  EXPECT_EQ(page.find("http://"), std::string::npos);
  EXPECT_EQ(page.find("https://"), std::string::npos);
  EXPECT_EQ(Count(page, "<div"), Count(page, "</div>"));
  EXPECT_EQ(Count(page, "<details"), Count(page, "</details>"));
}

TEST(MarkupTest, MarksStandWhereTheyAre) {
  const std::vector<CodeMark> marks = {{0, "a"}, {5, "\"b\""}, {9, "c"}, {10, "d"}};
  const std::string html = HighlightHtml(Language::kPython, "x = 'abcd'", marks);
  EXPECT_EQ(Count(html, "class=\"refused\""), 4u);
  EXPECT_EQ(TextOf(html), "x = 'abcd'");
  EXPECT_NE(html.find("title=\"&quot;b&quot;\"></span><span class=\"s\">abcd"), std::string::npos) << html;
  // Beyond the end, and in the middle of a character: nothing is lost.
  EXPECT_EQ(TextOf(HighlightHtml(Language::kPython, "x", {{CodeMark{99, "z"}}})), "x");
}

TEST(ReportPageTest, ShowsWhatTheGrammarRefused) {
  ReportedRun run = RunOf(1, {{"own/0", "passed"}});
  run.samples[0].answer = "f(1)\n";
  run.samples[0].refusals = {{3, "]"}, {3, "\n"}, {5, ""}};
  const std::string page = ReportPage({run}, std::nullopt);
  EXPECT_NE(page.find("title=\"refused: &quot;]&quot;, &quot;\\n&quot;\""), std::string::npos);
  EXPECT_NE(page.find("the grammar refused: line 1, &quot;]&quot;, &quot;\\n&quot;; line 2, to end."),
            std::string::npos);
}

TEST(ReportPageTest, ShowsAnAnswerInItsFile) {
  ReportedRun run = RunOf(1, {{"go/line/a", "passed"}, {"go/line/b", "no-answer"}});
  FillFacts facts;
  facts.answered = facts.parses = true;
  run.samples[0].fill = FillOutcome{1, 0, "go/line", facts};
  run.samples[0].answer = "x<1";
  run.samples[1].fill = FillOutcome{0, 0, "go/line", {}};
  run.fills = SummariseFills(run.samples);
  SuiteTask& task = run.tasks["go/line/a"];
  task.id = "go/line/a";
  task.language = Language::kGo;
  for (int i = 0; i < 20; ++i) task.prefix += "line" + std::to_string(i) + "\n";
  task.prefix += "if a";
  task.suffix = " {\n}\n";
  task.middle = "a<2";
  const std::string page = ReportPage({run}, std::nullopt);
  EXPECT_NE(page.find("line19\nif </span><span class=\"filled\">"), std::string::npos);
  EXPECT_EQ(page.find("line10\n"), std::string::npos) << "only the lines around";
  EXPECT_NE(page.find("Holes filled"), std::string::npos);
  EXPECT_NE(page.find("breaks nothing"), std::string::npos);
  EXPECT_NE(page.find("Taken out:"), std::string::npos);
}

TEST(ReportPageTest, TwoRunsAreCompared) {
  const ReportedRun first = RunOf(1, {{"own/0", "passed"}, {"own/1", "wrong"}});
  const ReportedRun second = RunOf(2, {{"own/0", "passed"}, {"own/1", "passed"}});
  const std::string page = ReportPage({first, second}, Compare(first.samples, second.samples));
  EXPECT_NE(page.find("only the second 1, only the first 0"), std::string::npos);
  EXPECT_EQ(Count(page, "data-is=\"mixed differs\""), 1u);
  EXPECT_NE(page.find("where runs differ"), std::string::npos);
}

}  // namespace
}  // namespace espalier
