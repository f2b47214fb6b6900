// JSON schemas as constraints of the engine: a model that writes at random writes JSON that satisfies them.
#include "decoder/json_constraint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>

#include "tests/decoder/engine_kit.h"
#include "tests/grammar/json/json_kit.h"
#include "tests/grammar/json/slow_validator.h"

namespace espalier {
namespace {

const std::vector<std::string> kSchemas = {
    "true",
    R"({"type": "object", "properties": {"name": {"type": "string", "maxLength": 8}, "age": {"type": "integer", "minimum": 0,
        "maximum": 150}, "kind": {"enum": ["red", "green", "blue"]}}, "required": ["name", "age", "kind"], "additionalProperties": false})",
    R"({"type": "array", "items": {"type": "object", "properties": {"id": {"type": "string", "pattern": "^[a-f0-9]{4}$"}},
        "required": ["id"]}, "minItems": 2, "maxItems": 3})",
    R"({"$defs": {"tree": {"anyOf": [{"type": "boolean"}, {"type": "array", "items": {"$ref": "#/$defs/tree"}, "maxItems": 2}]}},
        "$ref": "#/$defs/tree"})",
};

class JsonConstraintTest : public testing::TestWithParam<std::string> {
 protected:
  static Engine& SharedEngine() {
    static const std::unique_ptr<Engine> engine = TinyEngine(Driven());
    return *engine;
  }
  static const Tokenizer& SharedTokenizer() { return SharedEngine().tokenizer(); }

  std::shared_ptr<JsonConstraint> Constraint(bool with_tables) const {
    static const auto tables = std::make_shared<ConstraintTables>(SharedTokenizer());
    // Without white space, of which a random model writes much.
    std::shared_ptr<const JsonSchema> schema = MustParse(GetParam(), {.most_spaces = 0, .any_order = false});
    return std::make_shared<JsonConstraint>(schema, SharedTokenizer(), with_tables ? tables : nullptr);
  }
};

TEST_P(JsonConstraintTest, RandomGenerationsSatisfyTheSchema) {
  const TestJson schema = TestJson::parse(GetParam());
  size_t ended = 0;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    const auto constraint = Constraint(seed % 2 == 0);
    const auto result = SharedEngine().Generate(RandomRequest(constraint, seed, 1 + 2 * seed));
    ASSERT_TRUE(constraint->alive()) << result.text;
    EXPECT_NE(result.finish, FinishReason::kNothingAllowed);
    EXPECT_TRUE(result.finish != FinishReason::kEndToken || constraint->MayEnd()) << result.text;
    ended += result.finish == FinishReason::kEndToken;
    // Its last token may end inside of a code point, which the text leaves out.
    const std::string whole = result.text + *constraint->Closing();
    TestJson value;
    if (HasHugeNumber(whole)) continue;
    EXPECT_TRUE(ParseStrictly(whole, value) && SatisfiesSchema(schema, schema, value)) << whole;
  }
  EXPECT_GT(ended, 0u);
}

TEST_P(JsonConstraintTest, TheEndIsAllowedExactlyWhereTheTextIsWhole) {
  const auto with_tables = Constraint(true), without = Constraint(false);
  TokenId end = 0;
  while (!SharedTokenizer().IsEndOfGeneration(end)) ++end;
  std::mt19937 random(2);
  size_t accepted = 0, whole = 0;
  for (int i = 0; i < 200; ++i) {
    std::vector<TokenId> allowed;
    for (TokenId token = 0; token < static_cast<TokenId>(SharedTokenizer().vocab_size()); ++token) {
      const bool may = without->Allows(token), is_end = SharedTokenizer().IsEndOfGeneration(token);
      ASSERT_EQ(with_tables->Allows(token), may) << SharedTokenizer().TokenName(token);
      ASSERT_TRUE(!is_end || may == without->MayEnd());
      if (may && !is_end) allowed.push_back(token);
    }
    whole += without->MayEnd();
    if (allowed.empty() || random() % 5 == 0) {
      const size_t back = std::min<size_t>(3, accepted);
      without->Rollback(back);
      with_tables->Rollback(back);
      accepted -= back;
      continue;
    }
    const TokenId token = allowed[random() % allowed.size()];
    without->Accept(token);
    with_tables->Accept(token);
    ++accepted;
  }
  RecordProperty("whole", static_cast<int>(whole));
  EXPECT_GT(with_tables->stats().masks, 0u);
}

TEST_P(JsonConstraintTest, DraftsOfWhatMustComeChangeNothing) {
  uint32_t drafted = 0, accepted = 0, steps = 0, plain_steps = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    GenerateRequest request = RandomRequest(Constraint(true), seed, 40);
    request.speculation = {.ngram_draft_tokens = 0, .forced_draft_tokens = 0};
    const auto plain = SharedEngine().Generate(request);
    request.constraint = Constraint(true);
    request.speculation.forced_draft_tokens = 15;
    const auto result = SharedEngine().Generate(request);
    EXPECT_EQ(result.tokens, plain.tokens) << plain.text;
    EXPECT_EQ(result.finish, plain.finish);
    EXPECT_EQ(plain.timings.drafted_tokens, 0u);
    drafted += result.timings.drafted_tokens;
    accepted += result.timings.accepted_tokens;
    steps += result.timings.steps;
    plain_steps += plain.timings.steps;
  }
  // Names are what is forced.
  const bool has_names = GetParam().find("properties") != std::string::npos;
  EXPECT_EQ(accepted > 50, has_names) << accepted << " of " << drafted;
  EXPECT_EQ(steps, plain_steps - accepted);
}

TEST_P(JsonConstraintTest, ItHasEndedWhereNothingMayCome) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const auto constraint = Constraint(false);
    GenerateRequest request = RandomRequest(constraint, seed, 400);
    request.on_token = [&](const TokenEvent&) {
      bool any = false;
      for (int byte = 0; byte < 256 && !any; ++byte) {
        const auto token = SharedTokenizer().Encode(std::string(1, static_cast<char>(byte)));
        any = byte < 0x80 && constraint->Allows(token[0]);
      }
      EXPECT_EQ(constraint->Ended(), constraint->MayEnd() && !any);
      return constraint->Ended() ? StreamControl::kStop : StreamControl::kContinue;
    };
    SharedEngine().Generate(std::move(request));
  }
}

TEST_P(JsonConstraintTest, WhatIsForcedAgainstTheSchemaEndsIt) {
  const auto constraint = Constraint(false);
  const TokenId comma = SharedTokenizer().Encode(",")[0];
  EXPECT_FALSE(constraint->Allows(comma));
  constraint->Accept(comma);
  EXPECT_FALSE(constraint->alive());
  EXPECT_EQ(constraint->Closing(), std::nullopt);
  EXPECT_FALSE(constraint->Allows(comma));
  constraint->Rollback(1);
  EXPECT_TRUE(constraint->alive());
}

INSTANTIATE_TEST_SUITE_P(Schemas, JsonConstraintTest, testing::ValuesIn(kSchemas));

}  // namespace
}  // namespace espalier
