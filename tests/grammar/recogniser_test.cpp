// The recogniser against tree-sitter's own parser, in every language: on samples, their beginnings and their
// mutants; and against itself, however the text comes.
#include "grammar/recogniser.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "tests/grammar/mutator.h"
#include "tests/grammar/recogniser_kit.h"
#include "tests/support/case_file.h"
#include "tests/support/sample_sources.h"

namespace espalier {

// GoogleTest prints the parameter.
void PrintTo(const SampleSource& sample, std::ostream* out) { *out << sample.name; }

namespace {

constexpr uint32_t kSeed = 20251126;
constexpr int kMutants = 1000;
constexpr int kMostFailures = 3;  // that are printed

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

class RecogniserTest : public testing::TestWithParam<SampleSource> {
 protected:
  Language language() const { return GetParam().language; }
  const std::string& sample() const { return GetParam().text; }
  const Grammar& grammar() const { return Grammar::For(language()); }
};

INSTANTIATE_TEST_SUITE_P(Languages, RecogniserTest, testing::ValuesIn(SampleSources()),
                         [](const auto& param) { return std::string(LanguageId(param.param.language)); });

std::string WithCarriageReturns(std::string_view text) {
  std::string result;
  for (const char c : text) result += c == '\n' ? std::string("\r\n") : std::string{c};
  return result;
}

TEST_P(RecogniserTest, EveryPrefixOfAnAcceptedTextIsViable) {
  std::string unfinished = sample();
  unfinished.pop_back();
  TextJudge judge(language());
  for (const std::string& text : {sample(), WithCarriageReturns(sample()), kByteOrderMark.data() + sample(),
                                  kByteOrderMark.data() + WithCarriageReturns(sample()), unfinished}) {
    const bool accepted = TreeSitterAccepts(language(), text);
    EXPECT_EQ(judge.Accepts(text), accepted) << Readable(text);
    if (!accepted) continue;
    EXPECT_EQ(judge.FirstRefused(text), text.size()) << Readable(text);
  }
  EXPECT_TRUE(judge.Accepts(sample()));
}

TEST_P(RecogniserTest, EveryTruncationIsAcceptedIfTreeSitterAcceptsIt) {
  Recogniser recogniser(grammar());
  int failures = 0;
  for (size_t size = 0; size < sample().size() && failures < kMostFailures; ++size) {
    const std::string_view text = std::string_view(sample()).substr(0, size);
    const bool accepted = TreeSitterAccepts(language(), text);
    failures += recogniser.Complete() != accepted;
    EXPECT_EQ(recogniser.Complete(), accepted) << Readable(text);
    recogniser.Advance(std::string_view(sample()).substr(size, 1));
  }
}

TEST_P(RecogniserTest, MutantsAreAcceptedIfTreeSitterAcceptsThem) {
  Mutator mutator(kSeed);
  TextJudge judge(language());
  int refused = 0, failures = 0;
  for (int i = 0; i < kMutants && failures < kMostFailures; ++i) {
    const std::string mutant = mutator.Mutate(sample());
    const bool accepted = TreeSitterAccepts(language(), mutant);
    refused += !accepted;
    failures += judge.Accepts(mutant) != accepted;
    EXPECT_EQ(judge.Accepts(mutant), accepted) << "mutant " << i << " of seed " << kSeed << ":\n"
                                               << Readable(mutant);
    EXPECT_FALSE(judge.gave_up());
    if (!accepted || i % 10 != 0) continue;
    EXPECT_EQ(judge.FirstRefused(mutant), mutant.size()) << Readable(mutant);
  }
  EXPECT_GT(refused, kMutants / 10);  // or the test would say little
  EXPECT_LT(refused, kMutants * 9 / 10);
}

// All that can be asked where the recogniser stands.
struct Answers {
  bool alive, viable, complete, gave_up;

  bool operator==(const Answers&) const = default;
};

Answers Ask(Recogniser& recogniser) {
  return {recogniser.alive(), recogniser.Viable(), recogniser.Complete(), recogniser.gave_up()};
}

// Behind each byte of a text, which is given byte by byte.
std::vector<Answers> AskEverywhere(const Grammar& grammar, std::string_view text) {
  Recogniser recogniser(grammar);
  std::vector<Answers> answers = {Ask(recogniser)};
  for (const char byte : text) {
    recogniser.Advance({&byte, 1});
    answers.push_back(Ask(recogniser));
  }
  return answers;
}

TEST_P(RecogniserTest, PiecesOfAnySizeAnswerAsOnePiece) {
  Mutator mutator(kSeed);
  for (int i = 0; i < 20; ++i) {
    const std::string text = i == 0 ? sample() : mutator.Mutate(sample());
    SCOPED_TRACE("text " + std::to_string(i) + " of seed " + std::to_string(kSeed) + ":\n" + Readable(text));
    const std::vector<Answers> answers = AskEverywhere(grammar(), text);
    const size_t largest = 1 + mutator.Below(100);
    Recogniser pieces(grammar());
    for (size_t at = 0; at < text.size();) {
      const size_t size = std::min(1 + mutator.Below(largest), text.size() - at);
      pieces.Advance(std::string_view(text).substr(at, size));
      at += size;
      ASSERT_EQ(Ask(pieces), answers[at]) << "behind byte " << at;
      if (mutator.Below(8) != 0) continue;
      Recogniser whole(grammar());
      whole.Advance(std::string_view(text).substr(0, at));
      ASSERT_EQ(Ask(whole), answers[at]) << "behind byte " << at << ", given at once";
      ASSERT_EQ(whole.ExpectedSymbols(), pieces.ExpectedSymbols()) << "behind byte " << at;
    }
  }
}

// Goes forth and back in a text, with detours through other texts.
class Walk {
 public:
  Walk(const Grammar& grammar, std::string_view text, uint32_t seed)
      : text_(text),
        answers_(AskEverywhere(grammar, text)),
        random_(seed),
        recogniser_(grammar),
        places_{recogniser_.place()} {}

  void Step() {
    const size_t kind = random_.Below(10);
    if (kind < 6) {
      const std::string_view rest = text_.substr(recogniser_.text().size());
      recogniser_.Advance(rest.substr(0, random_.Below(60)));
      places_.push_back(recogniser_.place());
    } else if (kind < 8) {
      places_.resize(1 + random_.Below(places_.size()));
      recogniser_.ReturnTo(places_.back());
    } else if (kind < 9) {
      recogniser_.Prune();
    } else {
      Detour();
    }
  }

  void Check() {
    const std::string_view text = recogniser_.text();
    ASSERT_EQ(text, text_.substr(0, text.size()));
    ASSERT_EQ(Ask(recogniser_), answers_[text.size()]) << "behind byte " << text.size();
  }

 private:
  void Detour() {
    const Recogniser::Place place = recogniser_.place();
    for (size_t left = 1 + random_.Below(3); left > 0; --left) {
      recogniser_.Advance(text_.substr(random_.Below(text_.size()), random_.Below(60)));
      Ask(recogniser_);
    }
    recogniser_.ReturnTo(place);
  }

  std::string_view text_;
  std::vector<Answers> answers_;
  Mutator random_;
  Recogniser recogniser_;
  std::vector<Recogniser::Place> places_;  // in the order of the text
};

TEST_P(RecogniserTest, AnswersAreTheSameAfterGoingBack) {
  Mutator mutator(kSeed);
  for (uint32_t i = 0; i < 10; ++i) {
    const std::string text = i == 0 ? sample() : mutator.Mutate(sample());
    SCOPED_TRACE("text " + std::to_string(i) + " of seed " + std::to_string(kSeed) + ":\n" + Readable(text));
    Walk walk(grammar(), text, kSeed + i);
    for (int step = 0; step < 500; ++step) {
      walk.Step();
      walk.Check();
      if (HasFatalFailure()) return;
    }
  }
}

// Texts without an end, of a beginning and then one unit over and over.
struct EndlessText {
  std::string begin, unit;

  std::string OfSize(size_t size) const {
    std::string text = begin;
    while (text.size() < size) text += unit;
    return text;
  }
};

const std::vector<EndlessText>& EndlessTexts() {
  static const std::vector<EndlessText> texts = {
      {"", "("},         {"", "{"},   {"", "["},       {"", "a<"},   {"", "a"},  {"\"", "a"},
      {"'", "a"},        {"/*", "a"}, {"# ", "a"},     {"// ", "a"}, {"`", "a"}, {"`", "${"},
      {"\"\"\"", "a\n"}, {"", "\n"},  {"r#\"", "\"#"}, {"", "a."},
  };
  return texts;
}

TEST_P(RecogniserTest, MegabytesOfOneThingEnd) {
  Recogniser recogniser(grammar());
  const Recogniser::Place start = recogniser.place();
  for (const EndlessText& text : EndlessTexts()) {
    SCOPED_TRACE(Readable(text.begin + text.unit));
    recogniser.Advance(text.OfSize(60));
    const bool viable = recogniser.Viable();
    recogniser.ReturnTo(start);
    recogniser.Advance(text.OfSize(1 << 20));
    EXPECT_TRUE(recogniser.gave_up() || recogniser.Viable() == viable);
    EXPECT_FALSE(recogniser.gave_up() && recogniser.alive());
    recogniser.Complete();
    EXPECT_LT(recogniser.memory(), 200u << 20);

    recogniser.ReturnTo(start);
    EXPECT_FALSE(recogniser.gave_up());
    EXPECT_TRUE(recogniser.Advance(sample()) && recogniser.Complete());
    recogniser.ReturnTo(start);
  }
}

// Each `<` may open template arguments or compare, each `(a)` may be a cast: the readings multiply.
TEST(RecogniserAmbiguityTest, IsGivenUpBeforeItCosts) {
  struct Case {
    Language language;
    EndlessText text;
  };
  const std::vector<Case> cases = {{Language::kC, {"int x = ", "(a)-"}},
                                   {Language::kC, {"int x = ", "(a)"}},
                                   {Language::kCpp, {"int x = ", "a<"}},
                                   {Language::kJava, {"class A { int x = ", "(a)-"}}};
  for (const Case& ambiguous : cases) {
    SCOPED_TRACE(ambiguous.text.begin + ambiguous.text.unit);
    Recogniser recogniser(Grammar::For(ambiguous.language));
    const Recogniser::Place start = recogniser.place();
    EXPECT_TRUE(recogniser.Advance(ambiguous.text.OfSize(100)));
    recogniser.ReturnTo(start);
    EXPECT_FALSE(recogniser.Advance(ambiguous.text.OfSize(4000)));
    EXPECT_TRUE(recogniser.gave_up());
    EXPECT_FALSE(recogniser.Viable());
    EXPECT_FALSE(recogniser.Complete());
    EXPECT_LT(recogniser.memory(), 16u << 20);
    recogniser.ReturnTo(start);
    EXPECT_TRUE(recogniser.alive());
    EXPECT_TRUE(recogniser.Advance(ambiguous.text.OfSize(100)));
  }
}

TEST(RecogniserCaseTest, VerdictsOfTheCaseFile) {
  const auto cases = ReadCaseFile(ESPALIER_SOURCE_DIR "/tests/grammar/cases/recogniser.txt");
  ASSERT_GE(cases.size(), 60u);
  for (const TextCase& text_case : cases) {
    SCOPED_TRACE(text_case.name);
    const auto language = LanguageOfId(text_case.name.substr(0, text_case.name.find(':')));
    ASSERT_TRUE(language);
    for (const auto& [section, escaped] : text_case.sections) {
      if (section == "rest") continue;
      ASSERT_TRUE(section == "complete" || section == "viable" || section == "dead") << section;
      const std::string text = Unescaped(escaped);
      TextJudge judge(*language);
      EXPECT_EQ(judge.Accepts(text), section == "complete");
      EXPECT_EQ(judge.recogniser().Viable(), section != "dead");
      EXPECT_EQ(TreeSitterAccepts(*language, text), section == "complete");
      EXPECT_EQ(text_case.sections.count("rest") == 1, section == "viable") << "the rest proves it";
      if (section != "viable") continue;
      const std::string whole = text + Unescaped(text_case.sections.at("rest"));
      EXPECT_TRUE(TreeSitterAccepts(*language, whole));
      EXPECT_EQ(judge.FirstRefused(whole), whole.size());
      EXPECT_TRUE(judge.Accepts(whole));
    }
  }
}

}  // namespace
}  // namespace espalier
