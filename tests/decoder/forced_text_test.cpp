#include "decoder/forced_text.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/decoder/engine_kit.h"

namespace espalier {
namespace {

class ForcedTextTest : public ::testing::Test {
 protected:
  std::string Text(std::span<const TokenId> tokens) const { return model_->tokenizer().Decode(tokens); }

  std::unique_ptr<Model> model_ = TinyModel();
  TokenPrefixIndex index_{model_->tokenizer()};
};

TEST_F(ForcedTextTest, CompatibleTokensAreThoseTheDefinitionSays) {
  const Tokenizer& tokenizer = model_->tokenizer();
  for (const std::string bytes : {" ", "r", "re", "    ", "return x", "\xE2", "é", "\n"}) {
    std::vector<TokenId> expected;
    for (TokenId id = 0; id < static_cast<TokenId>(tokenizer.vocab_size()); ++id) {
      const std::string_view token = tokenizer.TokenBytes(id);
      const bool fits = token.starts_with(bytes) || bytes.starts_with(token);
      if (!token.empty() && fits) expected.push_back(id);
    }
    std::vector<TokenId> found = index_.Compatible(bytes);
    std::sort(found.begin(), found.end());
    EXPECT_EQ(found, expected) << bytes;
  }
}

TEST_F(ForcedTextTest, AnyExtendsFindsLongerTokensOnly) {
  const Tokenizer& tokenizer = model_->tokenizer();
  for (const std::string bytes : {" ", "r", "re", "    ", "zzzz", "\xFF"}) {
    bool expected = false;
    for (TokenId id = 0; id < static_cast<TokenId>(tokenizer.vocab_size()); ++id) {
      const std::string_view token = tokenizer.TokenBytes(id);
      expected |= token.size() > bytes.size() && token.starts_with(bytes);
    }
    EXPECT_EQ(index_.AnyExtends(bytes), expected) << bytes;
  }
}

TEST_F(ForcedTextTest, PlansSpellTheText) {
  for (const std::string text :
       {"x", "return value", "if (a == b) {\n    retu", "größe = \"日", "\n\n\t  "}) {
    const ForcedPlan plan = PlanForcedText(model_->tokenizer(), index_, text);
    EXPECT_EQ(Text(plan.certain) + plan.open, text);
    EXPECT_FALSE(plan.open.empty());
  }
}

TEST_F(ForcedTextTest, NothingForcedIsNothingOpen) {
  const ForcedPlan plan = PlanForcedText(model_->tokenizer(), index_, "");
  EXPECT_TRUE(plan.certain.empty());
  EXPECT_TRUE(plan.open.empty());
}

// A word cut short encodes as other tokens than the whole word: all that one longer token would replace
// stays open.
TEST_F(ForcedTextTest, KeepsAllTokensOpenThatALongerOneWouldReplace) {
  const Tokenizer& tokenizer = model_->tokenizer();
  int checked = 0;
  for (TokenId id = 0; id < static_cast<TokenId>(tokenizer.vocab_size()); ++id) {
    const std::string whole(tokenizer.TokenBytes(id));
    for (size_t cut = 1; cut < whole.size(); ++cut) {
      if (tokenizer.Encode(whole) != std::vector<TokenId>{id}) continue;
      const ForcedPlan plan = PlanForcedText(tokenizer, index_, whole.substr(0, cut));
      EXPECT_EQ(plan.open, whole.substr(0, cut)) << whole;
      ++checked;
    }
  }
  EXPECT_GT(checked, 100);
}

}  // namespace
}  // namespace espalier
