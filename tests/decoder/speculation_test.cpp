// Speculation must be invisible: the same tokens for the same seed, and the same distribution.
#include <gtest/gtest.h>

#include "decoder/engine.h"
#include "tests/decoder/chi_square.h"
#include "tests/decoder/engine_kit.h"

namespace espalier {
namespace {

struct Drafter {
  const char* name;
  const char* draft_model;  ///< nullptr: n-gram lookup
  uint32_t draft_context = 2048;
  bool errs = true;  ///< false: the draft model is the model itself
};

class SpeculationTest : public ::testing::TestWithParam<Drafter> {
 protected:
  std::unique_ptr<Engine> EngineWithDrafter(EngineOptions options = Driven()) {
    std::unique_ptr<Model> draft;
    if (GetParam().draft_model != nullptr) {
      draft = TinyModel({GetParam().draft_context, GetParam().draft_model});
    }
    auto engine = Engine::Create(TinyModel(), options, std::move(draft));
    EXPECT_TRUE(engine.has_value());
    return std::move(*engine);
  }
  static GenerateRequest Drafting(GenerateRequest request) {
    if (GetParam().draft_model != nullptr) {
      request.speculation.model_draft_tokens = 5;
    } else {
      request.speculation.ngram_draft_tokens = 7;
      request.speculation.ngram_min_match = 1;
    }
    return request;
  }

  std::mt19937 random_{21};
};

TEST_P(SpeculationTest, TheSeedGivesTheSameTokensWithAndWithoutDrafts) {
  const auto plain = TinyEngine(Driven());
  const auto drafting = EngineWithDrafter();
  uint32_t drafted = 0, accepted = 0;
  for (int i = 0; i < 24; ++i) {
    GenerateRequest request = PlainRequest(*plain, RandomPrompt(random_, 1 + random_() % 200), 40);
    if (i % 3 == 1) request.sampling = {.temperature = 0.5f, .seed = static_cast<uint64_t>(i)};
    if (i % 3 == 2) {
      request.sampling = {
          .temperature = 1.0f, .top_p = 0.9f, .repetition_penalty = 1.1f, .seed = static_cast<uint64_t>(i)};
    }
    const GenerateResult expected = plain->Generate(request);
    // Half of the output known beforehand: drafts that are right, and drafts that are not.
    request.lookup.assign(expected.tokens.begin(), expected.tokens.begin() + 20);
    request.lookup.push_back(static_cast<TokenId>(random_() % 600));
    const GenerateResult result = drafting->Generate(Drafting(request));
    EXPECT_EQ(result.tokens, expected.tokens) << i;
    EXPECT_EQ(result.timings.generated_tokens, 40u);
    drafted += result.timings.drafted_tokens;
    accepted += result.timings.accepted_tokens;
  }
  EXPECT_EQ(drafted > accepted, GetParam().errs);
  EXPECT_GT(accepted, 100u);
  ExpectNoPageLost(*drafting);
}

TEST_P(SpeculationTest, ManyRequestsAtOnce) {
  const auto plain = TinyEngine(Driven());
  const auto drafting = EngineWithDrafter();
  std::vector<GenerateRequest> requests;
  std::vector<GenerateResult> expected;
  for (int i = 0; i < 10; ++i) {
    requests.push_back(PlainRequest(*plain, RandomPrompt(random_, 1 + random_() % 100), 10 + random_() % 30));
    expected.push_back(plain->Generate(requests.back()));
    requests.back().lookup = expected.back().tokens;
    requests.back() = Drafting(std::move(requests.back()));
  }
  const auto results = RunTogether(*drafting, requests);
  for (size_t i = 0; i < results.size(); ++i) EXPECT_EQ(results[i].tokens, expected[i].tokens) << i;
  ExpectNoPageLost(*drafting);
}

// The exact distribution over pairs of tokens, against what comes out with drafts over many seeds.
TEST_P(SpeculationTest, TheDistributionIsUnchanged) {
  const auto engine = EngineWithDrafter();
  const auto model = TinyModel();
  const std::vector<TokenId> prompt = RandomPrompt(random_, 12);
  const SamplingOptions sampling{.temperature = 1.0f, .top_k = 4};
  const auto next = [&](std::vector<TokenId> tokens) {
    KvSequence sequence;
    Logits logits;
    const SequenceChunk chunk{&sequence, tokens, 1};
    EXPECT_TRUE(model->Forward({&chunk, 1}, logits));
    model->kv().Free(sequence);
    return Probabilities(Sampler(sampling).Distribution(logits.row(0), tokens));
  };
  std::map<TokenId, double> expected;  // of first * 1000 + second
  std::vector<TokenId> likely;
  for (const auto& [first, p] : next(prompt)) {
    std::vector<TokenId> longer = prompt;
    longer.push_back(first);
    for (const auto& [second, q] : next(longer)) {
      expected[first * 1000 + second] = p * q;
      if (p * q > 0.05) likely = {first, second};
    }
  }
  std::map<TokenId, size_t> counts;
  uint32_t accepted = 0, refused = 0;
  for (uint64_t seed = 0; seed < 4000; ++seed) {
    GenerateRequest request;
    request.prompt = prompt;
    request.max_tokens = 3;
    request.sampling = sampling;
    request.sampling.seed = seed;
    request.speculation.ngram_draft_tokens = 0;
    request.lookup = {prompt.back(), likely[0], likely[1]};  // one draft for all seeds, right or not
    const GenerateResult result = engine->Generate(Drafting(std::move(request)));
    ASSERT_EQ(result.tokens.size(), 3u);
    ++counts[result.tokens[0] * 1000 + result.tokens[1]];
    accepted += result.timings.accepted_tokens;
    refused += result.timings.drafted_tokens - result.timings.accepted_tokens;
  }
  EXPECT_GT(accepted, 200u);
  EXPECT_EQ(refused > 200, GetParam().errs);
  EXPECT_TRUE(FitsDistribution(counts, expected));
}

TEST_P(SpeculationTest, AStepThatIsGivenUpLeavesDraftsBehindNowhere) {
  const auto plain = TinyEngine(Driven());
  const auto drafting = EngineWithDrafter();
  const GenerateRequest request = PlainRequest(*plain, RandomPrompt(random_, 60), 30);
  const GenerateResult expected = plain->Generate(request);
  int cancelled = 0;
  for (int polls = 1; polls < 60; polls += 3) {
    GenerateRequest doomed = Drafting(request);
    doomed.lookup = expected.tokens;
    auto left = std::make_shared<int>(polls);
    doomed.cancel = CancelToken([left] { return --*left < 0; });
    cancelled += drafting->Generate(std::move(doomed)).finish == FinishReason::kCancelled;
    GenerateRequest again = Drafting(request);
    again.lookup = expected.tokens;
    EXPECT_EQ(drafting->Generate(std::move(again)).tokens, expected.tokens);
    ExpectNoPageLost(*drafting);
  }
  EXPECT_GT(cancelled, 10);
}

TEST_P(SpeculationTest, AdaptiveDraftingChangesNothing) {
  EngineOptions options = Driven();
  options.step_target_ms = 40;
  const auto plain = TinyEngine(Driven());
  const auto drafting = EngineWithDrafter(options);
  for (int i = 0; i < 5; ++i) {
    GenerateRequest request = PlainRequest(*plain, RandomPrompt(random_, 300), 60);
    const GenerateResult expected = plain->Generate(request);
    request.lookup = expected.tokens;
    EXPECT_EQ(drafting->Generate(Drafting(request)).tokens, expected.tokens);
  }
}

INSTANTIATE_TEST_SUITE_P(Drafters, SpeculationTest,
                         ::testing::Values(Drafter{"Ngram", nullptr},
                                           Drafter{"SameModel", "qwen2-legacy.gguf", 2048, false},
                                           Drafter{"OtherModel", "qwen2-hf"},
                                           Drafter{"SmallContext", "qwen2-hf", 96}),
                         [](const auto& instance) { return instance.param.name; });

TEST(SpeculationGainTest, RightDraftsSaveSteps) {
  const auto engine = TinyEngine(Driven());
  std::mt19937 random(22);
  GenerateRequest request = PlainRequest(*engine, RandomPrompt(random, 50), 64);
  const GenerateResult plain = engine->Generate(request);
  EXPECT_EQ(plain.timings.steps, 64u);
  request.speculation.ngram_draft_tokens = 7;
  request.lookup = plain.tokens;
  const GenerateResult drafted = engine->Generate(request);
  EXPECT_EQ(drafted.tokens, plain.tokens);
  EXPECT_LT(drafted.timings.steps, 16u);
}

TEST(SpeculationGainTest, ADraftModelThatAgreesSavesSteps) {
  auto engine = std::move(*Engine::Create(TinyModel(), Driven(), TinyModel()));
  std::mt19937 random(23);
  GenerateRequest request = PlainRequest(*engine, RandomPrompt(random, 50), 64);
  request.speculation.model_draft_tokens = 7;
  request.constraint = nullptr;
  for (const float temperature : {0.0f, 1.0f}) {
    request.sampling.temperature = temperature;
    const GenerateResult result = engine->Generate(request);
    // All but what lay behind the end.
    EXPECT_LE(result.timings.drafted_tokens - result.timings.accepted_tokens, 7u);
    EXPECT_LE(result.timings.steps, result.timings.generated_tokens / 8 + 3);
  }
}

TEST(SpeculationGainTest, ManyLiveRequestsAreNotDraftedFor) {
  const auto engine = TinyEngine(Driven());
  std::mt19937 random(24);
  std::vector<GenerateRequest> requests;
  for (int i = 0; i < 16; ++i) {
    requests.push_back(PlainRequest(*engine, RandomPrompt(random, 4), 20));
    requests.back().speculation = {.ngram_draft_tokens = 7, .ngram_min_match = 1};
  }
  RunTogether(*engine, std::move(requests));
  EXPECT_EQ(engine->stats().drafted_tokens, 0u);
}

TEST(DraftModelTest, MustHaveTheSameVocabulary) {
  const auto engine = Engine::Create(TinyModel(), Driven(), TinyModel({2048, "llama.gguf"}));
  ASSERT_FALSE(engine.has_value());
  EXPECT_EQ(engine.error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace espalier
