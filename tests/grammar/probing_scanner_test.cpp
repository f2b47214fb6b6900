// The recogniser with the grammar packages' own scanners, probed: what it may not get wrong, and what it does
// when there is little memory.
#include "grammar/probing_scanner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <thread>

#include "grammar/mask_walk.h"
#include "grammar/probe_lexer.h"
#include "tests/grammar/mutator.h"
#include "tests/grammar/probed_languages.h"
#include "tests/grammar/recogniser_kit.h"
#include "tests/grammar/text_lexer.h"
#include "tests/support/corpus.h"
#include "tests/support/sample_sources.h"
#include "tests/support/small_vocabulary.h"

namespace espalier {

void PrintTo(const ProbedLanguage& language, std::ostream* out) { *out << language.name; }

namespace {

constexpr uint32_t kSeed = 20251126;
constexpr size_t kManyBytes = 64 << 20, kFewBytes = 16 << 10;
// Forgets after every few lexemes.
constexpr ProbingScanner::Limits kForgetful = {.most_kept = 2 << 10, .most = 16 << 20};

size_t FromEnvironment(const char* name, size_t otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : static_cast<size_t>(std::atoi(value));
}

class ProbedLanguageTest : public testing::TestWithParam<ProbedLanguage> {
 protected:
  std::string sample() const { return ReadTextFile(ESPALIER_SOURCE_DIR "/tests/data/" + GetParam().sample); }

  // The sample, and files of the corpus (ESPALIER_CORPUS_FILES) that tree-sitter parses clean.
  std::vector<std::string> Texts() const {
    std::vector<std::string> texts = {sample()};
    if (GetParam().corpus.empty()) return texts;
    for (CorpusFile& file : CorpusFiles(GetParam().corpus, FromEnvironment("ESPALIER_CORPUS_FILES", 10))) {
      if (Accepted(file.text)) texts.push_back(std::move(file.text));
    }
    return texts;
  }

  bool Accepted(std::string_view text) const { return TreeSitterAccepts(GetParam().language(), text); }

  void ExpectViableEverywhere(const Grammar& grammar, std::string_view text) {
    TextJudge judge(grammar);
    EXPECT_TRUE(judge.Accepts(text)) << Readable(text);
    const size_t refused = judge.FirstRefused(text);
    EXPECT_EQ(refused, text.size()) << Readable(text.substr(0, refused + 1));
  }

  // Behind every few bytes of the text, and behind a token that is taken back.
  void ExpectExactMasks(const Grammar& grammar, std::string_view text) {
    Recogniser recogniser(grammar);
    MaskTables large(grammar, SmallVocabulary(), kManyBytes), small(grammar, SmallVocabulary(), kFewBytes);
    Mutator random(kSeed);
    for (size_t at = 0; at < text.size() && !HasFailure();) {
      const TokenMask mask = ExpectExactMask(recogniser, large, small);
      const Recogniser::Place place = recogniser.place();
      const auto id = static_cast<uint32_t>(random.Below(SmallTokens().size()));
      if (HasBit(mask, id) && recogniser.Advance(SmallTokens()[id]))
        ExpectExactMask(recogniser, large, small);
      recogniser.ReturnTo(place);
      const std::string_view piece = text.substr(at, 1 + random.Below(1 + text.size() / 40));
      ASSERT_TRUE(recogniser.Advance(piece));
      at += piece.size();
    }
  }

  static TokenMask ExpectExactMask(Recogniser& recogniser, MaskTables& large, MaskTables& small) {
    TokenMask mask((SmallTokens().size() + 63) / 64), other = mask;
    MaskWalk(recogniser, large).Allow(mask);
    MaskWalk(recogniser, small).Allow(other);
    EXPECT_EQ(mask, other);
    for (uint32_t id = 0; id < SmallTokens().size(); ++id) {
      const std::string_view token = SmallTokens()[id];
      if (token.find('\0') != std::string_view::npos || token.empty()) continue;
      const Recogniser::Place place = recogniser.place();
      const bool allowed =
          recogniser.ContinuesUtf8(token) && recogniser.Advance(token) && recogniser.Viable();
      recogniser.ReturnTo(place);
      EXPECT_EQ(HasBit(mask, id), allowed)
          << "\"" << Readable(token) << "\" behind:\n"
          << Readable(recogniser.text().substr(recogniser.text().size() -
                                               std::min<size_t>(recogniser.text().size(), 80)));
    }
    return mask;
  }
};

INSTANTIATE_TEST_SUITE_P(Languages, ProbedLanguageTest, testing::ValuesIn(ProbedLanguages()),
                         [](const auto& param) { return param.param.name; });

TEST_P(ProbedLanguageTest, EveryBeginningOfAnAcceptedTextIsViable) {
  const auto grammar = GetParam().MakeGrammar();
  ASSERT_TRUE(Accepted(sample()));
  for (const std::string& text : Texts()) ExpectViableEverywhere(*grammar, text);
}

TEST_P(ProbedLanguageTest, MutantsGetTreeSittersVerdict) {
  const auto grammar = GetParam().MakeGrammar();
  TextJudge judge(*grammar);
  Mutator mutator(kSeed);
  int refused = 0, accepted = 0;
  for (const std::string& text : Texts()) {
    for (size_t left = FromEnvironment("ESPALIER_PROBED_MUTANTS", 30); left > 0 && !HasFailure(); --left) {
      const std::string mutant = mutator.Mutate(text);
      const bool theirs = Accepted(mutant);
      ASSERT_EQ(judge.Accepts(mutant), theirs) << Readable(mutant);
      if (theirs) ExpectViableEverywhere(*grammar, mutant);
      ++(theirs ? accepted : refused);
    }
  }
  EXPECT_GT(refused, 0);
  EXPECT_GT(accepted, 0);
  RecordProperty("refused", refused);
  RecordProperty("accepted", accepted);
}

TEST_P(ProbedLanguageTest, MasksAreWhatAskingGives) { ExpectExactMasks(*GetParam().MakeGrammar(), sample()); }

TEST_P(ProbedLanguageTest, ForgettingChangesNothing) {
  const ProbingScanner scanner(GetParam().tables(), kForgetful);
  const auto grammar = GetParam().MakeGrammar(&scanner);
  ExpectViableEverywhere(*grammar, sample());
  ExpectExactMasks(*grammar, sample());
  EXPECT_LT(scanner.bytes(), kForgetful.most);
}

TEST_P(ProbedLanguageTest, ThreadsShareAGrammar) {
  const ProbingScanner scanner(GetParam().tables(), kForgetful);
  const auto grammar = GetParam().MakeGrammar(&scanner);
  const std::string text = sample();
  std::array<size_t, 4> refused{};
  std::vector<std::thread> threads;
  for (size_t& at : refused) {
    threads.emplace_back([&] { at = TextJudge(*grammar).FirstRefused(text); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(refused, testing::Each(text.size()));
}

TEST_P(ProbedLanguageTest, GivesUpWhereALexemeIsTooLong) {
  const ProbingScanner scanner(GetParam().tables(), {.most_kept = 2 << 10, .most = 64 << 10});
  const auto grammar = GetParam().MakeGrammar(&scanner);
  Recogniser recogniser(*grammar);
  ASSERT_TRUE(recogniser.Advance(GetParam().long_begin));
  for (int i = 0; i < 300 && recogniser.alive(); ++i) {
    recogniser.Advance("aaaaaaaaaa");
    EXPECT_LT(scanner.bytes(), 128 << 10);
  }
  EXPECT_TRUE(recogniser.gave_up());
  EXPECT_FALSE(recogniser.Viable());
}

// A package's scanner that asks for the column each time, which no package here does.
const TsTables* asked_tables;

TsTables TablesThatAskForTheColumn(const TsTables& tables) {
  TsTables asking = tables;
  asked_tables = &tables;
  asking.external_scanner.scan = [](void* payload, TsLexer* lexer, const bool* valid) {
    lexer->get_column(lexer);
    return asked_tables->external_scanner.scan(payload, lexer, valid);
  };
  return asking;
}

TEST_P(ProbedLanguageTest, MasksAreExactWhereTheColumnCounts) {
  const TsTables asking = TablesThatAskForTheColumn(GetParam().tables());
  const ProbingScanner scanner(asking);
  const auto grammar = *Grammar::Create(asking, *GetParam().lexer, &scanner);
  ExpectExactMasks(*grammar, sample());
  EXPECT_TRUE(scanner.LooksBack());
}

TEST(ProbeLexerTest, ColumnsAreTreeSitters) {
  for (const std::string_view text : {"ab\néx\xFFy\n\nz", "\uFEFFéa\n\uFEFFz"}) {
    for (uint32_t begin = 0; begin <= text.size(); ++begin) {
      if (begin < text.size() && (text[begin] & 0xC0) == 0x80) continue;
      ProbeLexer lexer({text, begin, true, true, false});
      TextLexer reference(text, begin);
      for (; !reference.eof(&reference); reference.advance(&reference, false)) {
        ASSERT_EQ(lexer.lookahead, reference.lookahead);
        ASSERT_EQ(lexer.get_column(&lexer), reference.get_column(&reference)) << Readable(text) << begin;
        ASSERT_EQ(lexer.is_at_included_range_start(&lexer), reference.is_at_included_range_start(&reference));
        lexer.advance(&lexer, false);
      }
      EXPECT_TRUE(lexer.eof(&lexer));
    }
  }
}

TEST(ProbeLexerTest, LooksBackOnlyWhereTheLineBeganBeforeIt) {
  ProbeLexer lexer({"a\nbc", 0, false, false, false});
  lexer.advance(&lexer, false);
  lexer.advance(&lexer, false);
  lexer.advance(&lexer, false);
  EXPECT_EQ(lexer.get_column(&lexer), 1u);
  EXPECT_FALSE(lexer.looked_back());
  EXPECT_FALSE(lexer.saw_end());
  lexer.advance(&lexer, false);
  EXPECT_TRUE(lexer.saw_end());
  ProbeLexer behind({"a\nbc", 2, false, true, false});
  EXPECT_EQ(behind.get_column(&behind), 0u);
  EXPECT_TRUE(behind.looked_back());
}

}  // namespace
}  // namespace espalier
