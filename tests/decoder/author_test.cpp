#include "decoder/author.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "grammar/syntax.h"
#include "tests/decoder/engine_kit.h"
#include "tests/support/temporary_folder.h"

namespace espalier {
namespace {

const TinyModelOptions kChatModel = {.file = "qwen2-k.gguf"};

CodeQuestion Question(Language language, uint32_t answers) {
  CodeQuestion question;
  question.messages = {{"system", "You write code."}, {"user", "Anything."}};
  question.language = language;
  question.answers = answers;
  question.sampling.temperature = 2.0f;
  question.sampling.seed = 5;
  question.max_tokens = 40;
  return question;
}

class AuthorTest : public testing::TestWithParam<bool> {
 protected:
  std::vector<WrittenCode> Ask(const CodeQuestion& question, const AuthorProgress& progress = {}) {
    auto answers = author_->Write(question, {}, progress);
    EXPECT_TRUE(answers.has_value()) << answers.error().message;
    return answers ? *answers : std::vector<WrittenCode>();
  }

  std::unique_ptr<Engine> engine_ = TinyEngine(GetParam() ? Threaded() : Driven(), kChatModel);
  std::unique_ptr<CodeAuthor> author_ = ModelAuthor(*engine_);
};

TEST_P(AuthorTest, AnswersAreProgramsEachWithDrawsOfItsOwn) {
  for (const Language language : {Language::kPython, Language::kGo}) {
    std::set<std::string> texts;
    for (const WrittenCode& answer : Ask(Question(language, 6))) {
      EXPECT_TRUE(SyntaxTree::Parse(language, answer.code)->clean()) << answer.code;
      texts.insert(answer.code);
    }
    EXPECT_GE(texts.size(), 5u);
  }
}

TEST_P(AuthorTest, TheSameSeedGivesTheSameAnswers) {
  EXPECT_EQ(Ask(Question(Language::kPython, 3)), Ask(Question(Language::kPython, 3)));
}

TEST_P(AuthorTest, TheOpeningIsPartOfTheAnswer) {
  CodeQuestion question = Question(Language::kPython, 3);
  question.opening = "assert f(";
  for (const WrittenCode& answer : Ask(question)) EXPECT_TRUE(answer.code.starts_with("assert f("));
}

TEST_P(AuthorTest, ProgressIsTheAnswersWithoutWhatClosesThem) {
  CodeQuestion question = Question(Language::kPython, 3);
  question.opening = "x = [";
  std::vector<std::string> grown(3);
  const auto answers =
      Ask(question, [&](uint32_t answer, std::string_view piece) { grown[answer] += piece; });
  for (size_t i = 0; i < answers.size(); ++i) {
    EXPECT_TRUE(answers[i].code.starts_with(grown[i])) << answers[i].code << "\n" << grown[i];
    EXPECT_TRUE(grown[i].starts_with("x = ["));
  }
}

TEST_P(AuthorTest, AStopStringIsNotPartOfTheAnswer) {
  CodeQuestion question = Question(Language::kPython, 4);
  question.constrained = false;
  question.max_tokens = 200;
  question.stop_strings = {"e"};
  for (const WrittenCode& answer : Ask(question)) EXPECT_EQ(answer.code.find('e'), std::string::npos);
}

TEST_P(AuthorTest, GivenUpAnswersComeBackClosed) {
  CancelSource source;
  source.Cancel();
  const auto answers = author_->Write(Question(Language::kPython, 2), source.token());
  ASSERT_TRUE(answers.has_value());
  ASSERT_EQ(answers->size(), 2u);
  EXPECT_EQ((*answers)[0].finish, FinishReason::kCancelled);
}

INSTANTIATE_TEST_SUITE_P(Engines, AuthorTest, testing::Bool(),
                         [](const auto& threaded) { return threaded.param ? "WithAThread" : "Driven"; });

TEST(AuthorRecordTest, WhatWasRecordedIsPlayedBackWithoutAModel) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "answers.jsonl";
  std::vector<CodeQuestion> questions = {Question(Language::kPython, 2), Question(Language::kRust, 1)};
  questions.push_back(questions[0]);
  questions[2].messages[1].text = "Something else, with \xff in it.";
  std::vector<std::vector<WrittenCode>> answers;
  {
    const auto engine = TinyEngine(Driven(), kChatModel);
    const auto model = ModelAuthor(*engine);
    const auto recorder = RecordingAuthor(*model, file);
    ASSERT_TRUE(recorder.has_value());
    for (const CodeQuestion& question : questions) answers.push_back(*(*recorder)->Write(question, {}));
  }
  const auto replayer = ReplayingAuthor(file);
  ASSERT_TRUE(replayer.has_value()) << replayer.error().message;
  for (const size_t i : {2, 0, 1}) EXPECT_EQ(*(*replayer)->Write(questions[i], {}), answers[i]);

  questions[0].sampling.seed = 7;
  const auto unknown = (*replayer)->Write(questions[0], {});
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().code, ErrorCode::kNotFound);
  EXPECT_NE(unknown.error().message.find("\"Anything.\""), std::string::npos) << unknown.error().message;
}

TEST(AuthorRecordTest, BadFilesAreSaidToBe) {
  const TemporaryFolder folder;
  EXPECT_EQ(ReplayingAuthor(folder.path() / "none").error().code, ErrorCode::kNotFound);
  std::ofstream(folder.path() / "bad") << "\n{\"question\": 1}\n";
  const auto bad = ReplayingAuthor(folder.path() / "bad");
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error().code, ErrorCode::kCorrupt);
  EXPECT_NE(bad.error().message.find(":2 "), std::string::npos) << bad.error().message;
}

}  // namespace
}  // namespace espalier
