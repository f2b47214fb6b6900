// The grammar constraint with the engine: a model that writes at random writes programs; and masks, sampling
// one token, batching and drafts agree about what may come.
#include "decoder/grammar_constraint.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "grammar/mask_walk.h"
#include "grammar/syntax.h"
#include "tests/decoder/engine_kit.h"
#include "tests/support/sample_sources.h"

namespace espalier {
namespace {

GrammarSurroundings Between(std::string before, std::string after) {
  GrammarSurroundings surroundings;
  surroundings.before = std::move(before);
  surroundings.after = std::move(after);
  return surroundings;
}

bool IsClean(Language language, const std::string& text) {
  return SyntaxTree::Parse(language, text)->clean();
}

std::string NameOf(Language language) { return std::string(LanguageId(language)); }

class GrammarConstraintTest : public testing::TestWithParam<SampleSource> {
 protected:
  static Engine& SharedEngine() {
    static const std::unique_ptr<Engine> engine = TinyEngine(Driven());
    return *engine;
  }
  static const Tokenizer& SharedTokenizer() { return SharedEngine().tokenizer(); }

  const Grammar& grammar() const { return Grammar::For(GetParam().language); }
  std::string Name() const { return NameOf(GetParam().language); }

  std::shared_ptr<GrammarConstraint> Constraint(const GrammarSurroundings& surroundings) const {
    return std::make_shared<GrammarConstraint>(grammar(), SharedTokenizer(), surroundings);
  }
};

// What is written between the halves of a real file, at random, and closed where it is cut off, leaves a file
// without an error. Each walk is certified by tree-sitter.
TEST_P(GrammarConstraintTest, RandomGenerationsCompleteRealFiles) {
  std::mt19937 random(11);
  size_t closed = 0, tokens = 0;
  constexpr size_t kWalks = 60;
  for (size_t i = 0; i < kWalks; ++i) {
    const std::string& text = GetParam().text;
    size_t cut = text.find('\n', random() % text.size());
    cut = cut == std::string::npos ? text.size() : cut + 1;
    const auto constraint = Constraint(Between(text.substr(0, cut), ""));
    ASSERT_TRUE(constraint->active());
    const auto result = SharedEngine().Generate(RandomRequest(constraint, i, 1 + random() % 40));
    ASSERT_TRUE(constraint->active()) << Name() << ": a token was accepted that is not allowed";
    tokens += result.tokens.size();
    const auto closing = constraint->Closing();
    if (!closing) continue;
    ++closed;
    const std::string whole = text.substr(0, cut) + result.text + *closing;
    EXPECT_TRUE(IsClean(GetParam().language, whole)) << Name() << ": " << result.text << "|" << *closing;
    EXPECT_TRUE(result.finish != FinishReason::kEndToken || closing->empty()) << Name();
  }
  RecordProperty("tokens", static_cast<int>(tokens));
  EXPECT_GE(closed, kWalks * 9 / 10) << Name();  // the rest is viable, too, but only long texts close it
}

// The mask at any place is what asking about each token gives, with all that was worked out before and with
// hardly any of it kept.
TEST_P(GrammarConstraintTest, MasksAreWhatAskingGives) {
  const Tokenizer& tokenizer = SharedTokenizer();
  ConstraintTables shared(tokenizer);
  MaskTables large(grammar(), shared.vocabulary(), 48 << 20);
  MaskTables small(grammar(), shared.vocabulary(), 32 << 10);
  Recogniser recogniser(grammar());
  GrammarConstraint constraint(grammar(), tokenizer, {});
  size_t compared = 0;
  for (const TokenId token : tokenizer.Encode(GetParam().text)) {
    if (compared++ % 3 == 0) {
      TokenMask mask((tokenizer.vocab_size() + 63) / 64), other = mask;
      MaskWalk(recogniser, large).Allow(mask);
      MaskWalk(recogniser, small).Allow(other);
      ASSERT_EQ(mask, other);
      for (TokenId id = 0; id < static_cast<TokenId>(tokenizer.vocab_size()); ++id) {
        if (tokenizer.IsEndOfGeneration(id)) continue;
        ASSERT_EQ(HasBit(mask, static_cast<uint32_t>(id)), constraint.Allows(id))
            << Name() << ": \"" << tokenizer.TokenBytes(id) << "\" behind \""
            << recogniser.text().substr(recogniser.text().size() -
                                        std::min<size_t>(recogniser.text().size(), 40))
            << "\"";
      }
    }
    ASSERT_TRUE(constraint.Allows(token));
    constraint.Accept(token);
    ASSERT_TRUE(recogniser.Advance(tokenizer.TokenBytes(token)));
  }
}

// What one recogniser's masks left in the tables serves another one that has seen other indentations: the
// scanner's states that they number alike are different ones.
TEST(SharedMaskTables, AreRightForEveryRecogniser) {
  const std::vector<std::string_view> tokens = {
      "a",       ":",         "\n",          "\n a",  "\n  a", "\n    a",     "\n\ta",
      "\nelse:", "\n  else:", "\n    else:", "if a:", "\"",    "\n    a\n  b"};
  const Grammar& grammar = Grammar::For(Language::kPython);
  const Vocabulary vocabulary(tokens);
  MaskTables shared(grammar, vocabulary, 48 << 20);
  for (const std::string indent : {"        ", "  ", "    ", "\t", " "}) {
    Recogniser recogniser(grammar);
    const std::string deeper = "\n" + indent + indent;
    const std::string text =
        "if a:\n" + indent + "if b:" + deeper + "while c: pass" + deeper + "d = f'{e}'\n";
    for (const char byte : text) {
      ASSERT_TRUE(recogniser.Advance(std::string(1, byte)));
      TokenMask mask(1), alone(1);
      MaskWalk(recogniser, shared).Allow(mask);
      MaskTables fresh(grammar, vocabulary, 48 << 20);
      MaskWalk(recogniser, fresh).Allow(alone);
      ASSERT_EQ(mask, alone) << recogniser.text();
    }
  }
}

TEST_P(GrammarConstraintTest, DraftsAndBatchesChangeNothing) {
  const std::string& text = GetParam().text;
  const std::string half = text.substr(0, text.find('\n', text.size() / 2) + 1);
  std::vector<std::vector<TokenId>> outputs;
  for (const uint32_t drafts : {0, 6}) {
    GenerateRequest request = RandomRequest(Constraint(Between(half, "")), 5, 24);
    request.speculation.ngram_draft_tokens = drafts;
    request.speculation.ngram_min_match = 1;
    request.lookup = SharedTokenizer().Encode(text);
    outputs.push_back(SharedEngine().Generate(std::move(request)).tokens);
  }
  std::vector<TokenId> batched;
  for (int i = 0; i < 3; ++i) {
    GenerateRequest request = RandomRequest(Constraint(Between(half, "")), 5 + i, 24);
    request.speculation.ngram_draft_tokens = 0;
    SharedEngine().Submit(std::move(request), [&, i](GenerateResult result) {
      if (i == 0) batched = std::move(result.tokens);
    });
  }
  SharedEngine().RunUntilIdle();
  EXPECT_FALSE(outputs[0].empty());
  EXPECT_EQ(outputs[0], outputs[1]);
  EXPECT_EQ(outputs[0], batched);
}

TEST_P(GrammarConstraintTest, RollbackRestoresEveryAnswer) {
  const Tokenizer& tokenizer = SharedTokenizer();
  GrammarConstraint constraint(grammar(), tokenizer, {});
  const std::vector<TokenId> tokens = tokenizer.Encode(GetParam().text.substr(0, 400));
  const auto answers = [&] {
    std::vector<bool> all;
    for (TokenId id = 0; id < 700; id += 7) all.push_back(constraint.Allows(id));
    return all;
  };
  std::mt19937 random(3);
  for (size_t at = 0; at + 9 < tokens.size(); at += 10) {
    const std::vector<bool> before = answers();
    const size_t ahead = 1 + random() % 9;
    for (size_t i = 0; i < ahead; ++i) constraint.Accept(tokens[at + i]);
    constraint.Rollback(ahead);
    ASSERT_EQ(answers(), before) << Name() << " at token " << at;
    for (size_t i = 0; i < 10; ++i) constraint.Accept(tokens[at + i]);
  }
}

INSTANTIATE_TEST_SUITE_P(Languages, GrammarConstraintTest, testing::ValuesIn(SampleSources()),
                         [](const auto& param_info) { return NameOf(param_info.param.language); });

class ConstraintRulesTest : public testing::Test {
 protected:
  void Write(GrammarConstraint& constraint, const std::string& text) {
    for (const TokenId token : tokenizer_.Encode(text)) {
      EXPECT_TRUE(constraint.Allows(token)) << text;
      constraint.Accept(token);
    }
  }
  bool MayEndBehind(const GrammarSurroundings& surroundings, const std::string& text) {
    GrammarConstraint constraint(Grammar::For(Language::kPython), tokenizer_, surroundings);
    Write(constraint, text);
    return constraint.MayEnd();
  }

  const std::unique_ptr<Engine> engine_ = TinyEngine(Driven());
  const Tokenizer& tokenizer_ = engine_->tokenizer();
};

TEST_F(ConstraintRulesTest, MayEndWhereTheRestFits) {
  const GrammarSurroundings call = Between("x = f(", ")\n");
  EXPECT_TRUE(MayEndBehind(call, "1, 2"));
  EXPECT_FALSE(MayEndBehind(call, "1, (2"));
  EXPECT_FALSE(MayEndBehind(call, "1)"));
  EXPECT_TRUE(MayEndBehind(Between("x = ", "\n"), "1 + 2"));
  EXPECT_FALSE(MayEndBehind(Between("x = ", "\n"), "1 +"));
  GrammarSurroundings broken = Between("x = ", "\n)))\n");
  EXPECT_FALSE(MayEndBehind(broken, "1"));
  broken.may_end_anywhere = true;
  EXPECT_TRUE(MayEndBehind(broken, "1"));
}

// Unknown macros are passed over; behind them the rules hold.
TEST_F(ConstraintRulesTest, RulesHoldBehindTextThatTheGrammarDoesNotKnow) {
  const GrammarSurroundings macros =
      Between("API_BEGIN\nEXPORT int f(int a) RETURNS_NONNULL {\n  return (a", "; }\n");
  GrammarConstraint constraint(Grammar::For(Language::kCpp), tokenizer_, macros);
  EXPECT_TRUE(constraint.active());
  EXPECT_GT(constraint.recoveries(), 0u);
  EXPECT_FALSE(constraint.Allows(tokenizer_.Encode("]").front()));
  EXPECT_FALSE(constraint.MayEnd());
  Write(constraint, ")");
  EXPECT_TRUE(constraint.MayEnd());
}

TEST_F(ConstraintRulesTest, HasNoRulesBehindTokensThatAreNotAllowed) {
  GrammarConstraint constraint(Grammar::For(Language::kPython), tokenizer_, Between("x = ", ""));
  for (const TokenId token : tokenizer_.Encode(")")) constraint.Accept(token);
  EXPECT_FALSE(constraint.active());
  for (TokenId id = 0; id < 650; ++id) EXPECT_TRUE(constraint.Allows(id));
  EXPECT_EQ(constraint.Closing(), std::nullopt);
}

TEST_F(ConstraintRulesTest, CodeInAFenceEndsWithIt) {
  GrammarSurroundings fence;
  fence.in_fence = true;
  GrammarConstraint constraint(Grammar::For(Language::kC), tokenizer_, fence);  // which knows no backtick
  Write(constraint, "```c\nint x = f(");
  const TokenId backtick = tokenizer_.Encode("`").front();
  const TokenId newline = tokenizer_.Encode("\n").front();
  EXPECT_FALSE(constraint.Allows(backtick));
  constraint.Accept(newline);
  EXPECT_FALSE(constraint.Allows(backtick));  // a bracket is open
  Write(constraint, ");");
  EXPECT_TRUE(constraint.MayEnd());
  EXPECT_FALSE(constraint.Allows(backtick));  // not at a line's beginning
  constraint.Accept(newline);
  Write(constraint, "``");
  EXPECT_FALSE(constraint.Allows(newline));
  Write(constraint, "`\nThat was it.");
  EXPECT_FALSE(constraint.active());
}

// A reader of the block would take these backticks for its end.
TEST_F(ConstraintRulesTest, CodeHasNoFenceOfItsOwn) {
  GrammarSurroundings fence;
  fence.in_fence = true;
  GrammarConstraint constraint(Grammar::For(Language::kC), tokenizer_, fence);
  Write(constraint, "```c\n/* a comment\n``");
  EXPECT_FALSE(constraint.Allows(tokenizer_.Encode("`").front()));
  Write(constraint, " ``` */\n");
  EXPECT_TRUE(constraint.active());
  EXPECT_TRUE(constraint.MayEnd());
}

TEST_F(ConstraintRulesTest, WritesNoNulAndNoBrokenCharacters) {
  GrammarConstraint constraint(Grammar::For(Language::kPython), tokenizer_, Between("x = '", "'\n"));
  std::vector<TokenId> bytes(256, kNoToken);
  for (TokenId id = 0; id < static_cast<TokenId>(tokenizer_.vocab_size()); ++id) {
    const std::string_view text = tokenizer_.TokenBytes(id);
    if (text.size() == 1) bytes[static_cast<uint8_t>(text[0])] = id;
  }
  EXPECT_FALSE(constraint.Allows(bytes[0]));
  EXPECT_FALSE(constraint.Allows(bytes[0x80]));
  EXPECT_FALSE(constraint.Allows(bytes[0xC0]));
  EXPECT_TRUE(constraint.Allows(bytes[0xE2]));
  constraint.Accept(bytes[0xE2]);
  EXPECT_FALSE(constraint.Allows(bytes['a']));
  EXPECT_FALSE(constraint.MayEnd());
  constraint.Accept(bytes[0x82]);
  constraint.Accept(bytes[0xAC]);
  EXPECT_TRUE(constraint.Allows(bytes['a']));
  EXPECT_TRUE(constraint.MayEnd());
}

}  // namespace
}  // namespace espalier
