#include "decoder/join.h"

#include <gtest/gtest.h>

#include "tests/support/case_file.h"

namespace espalier {
namespace {

std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

struct JoinCase {
  std::string document;
  uint32_t cursor = 0;
  const Adapter* adapter = nullptr;
  std::map<std::string, std::string> sections;

  std::string Section(const std::string& name, const std::string& otherwise = "") const {
    const auto found = sections.find(name);
    return found == sections.end() ? otherwise : Replaced(found->second, "<CR>", "\r");
  }
};

JoinCase ParseCase(const TextCase& text) {
  JoinCase result;
  result.sections = text.sections;
  result.document = result.Section("document");
  const size_t mark = result.document.find("<|>");
  EXPECT_NE(mark, std::string::npos);
  result.cursor = static_cast<uint32_t>(mark);
  result.document.erase(mark, 3);
  result.adapter = AdapterForName(result.Section("language"));
  EXPECT_NE(result.adapter, nullptr) << result.Section("language");
  return result;
}

std::string WithoutCr(const std::string& text) { return Replaced(text, "\r\n", "\n"); }

TEST(JoinTest, AnswersOfTheCaseFile) {
  const auto cases = ReadCaseFile(ESPALIER_SOURCE_DIR "/tests/decoder/cases/join.txt");
  ASSERT_GE(cases.size(), 25u);
  for (const TextCase& text : cases) {
    SCOPED_TRACE(text.name);
    const JoinCase join_case = ParseCase(text);
    const auto checker = JoinChecker::Create(join_case.adapter->language, join_case.document);
    ASSERT_TRUE(checker);
    const Hole hole = MakeHole(join_case.document, join_case.cursor, *join_case.adapter,
                               WithoutCr(join_case.document.substr(join_case.cursor)));
    const ModelOutput output = {join_case.Section("output"), join_case.Section("ended") == "yes"};
    const Joined joined = JoinOutput(output, hole, *checker, join_case.Section("single_line") != "yes");
    EXPECT_EQ(CompletionReasonName(joined.reason), join_case.Section("reason", "ok")) << joined.detail;
    EXPECT_EQ(joined.text, join_case.Section("text")) << joined.detail;
    EXPECT_EQ(joined.end - join_case.cursor, std::stoul(join_case.Section("swallows", "0")));
    EXPECT_FALSE(joined.detail.empty());
  }
}

TEST(JoinTest, ACancelledRequestIsNotJoined) {
  const std::string document = "x = ";
  const auto checker = JoinChecker::Create(Language::kPython, document);
  const Hole hole = MakeHole(document, 4, AdapterFor(Language::kPython), "");
  CancelSource source;
  source.Cancel();
  const Joined joined = JoinOutput({"1\ny = 2\n", false}, hole, *checker, true, source.token());
  EXPECT_EQ(joined.reason, CompletionReason::kCancelled);
  EXPECT_TRUE(joined.text.empty());
}

TEST(JoinTest, ACertainEchoEndsTheOutputOnceItIsClean) {
  const std::string document = "def f(a):\n    b = \n    return compute(a, b)\n";
  const auto cursor = static_cast<uint32_t>(document.find("= ") + 2);
  const auto checker = JoinChecker::Create(Language::kPython, document);
  const Hole hole = MakeHole(document, cursor, AdapterFor(Language::kPython), document.substr(cursor));
  EXPECT_FALSE(EchoEndsOutput("a + 1", hole, *checker));
  EXPECT_FALSE(EchoEndsOutput("a + 1\n    return comp", hole, *checker));
  EXPECT_TRUE(EchoEndsOutput("a + 1\n    return compute(a,", hole, *checker));
  EXPECT_FALSE(EchoEndsOutput("(a + 1\n    return compute(a,", hole, *checker));
}

}  // namespace
}  // namespace espalier
