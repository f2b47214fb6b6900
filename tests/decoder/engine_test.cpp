#include "decoder/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "tests/decoder/engine_kit.h"

namespace espalier {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class EngineTest : public ::testing::Test {
 protected:
  std::vector<TokenId> Prompt(size_t tokens) { return RandomPrompt(random_, tokens); }
  GenerateRequest Request(size_t prompt_tokens, uint32_t max_tokens) {
    return PlainRequest(*engine_, Prompt(prompt_tokens), max_tokens);
  }

  std::mt19937 random_{11};
  std::unique_ptr<Engine> engine_ = TinyEngine(Driven());
};

TEST_F(EngineTest, GreedyOutputIsThatOfThePlainLoop) {
  const std::unique_ptr<Model> model = TinyModel();
  for (const size_t tokens : {1u, 15u, 16u, 17u, 270u}) {
    GenerateRequest request = Request(tokens, 24);
    const std::vector<TokenId> expected = PlainLoop(*model, request.prompt, 24);
    const GenerateResult result = engine_->Generate(std::move(request));
    EXPECT_EQ(result.tokens, expected) << tokens;
    EXPECT_EQ(result.finish, FinishReason::kLength);
    EXPECT_EQ(result.text, [&] {
      StreamDecoder decoder(model->tokenizer());
      std::string text;
      for (const TokenId token : expected) text += decoder.Push(token);
      return text + decoder.Flush();
    }());
  }
  ExpectNoPageLost(*engine_);
}

TEST_F(EngineTest, ABatchGivesEachRequestWhatItGetsAlone) {
  std::vector<GenerateRequest> requests;
  for (int i = 0; i < 12; ++i) {
    requests.push_back(Request(1 + random_() % 400, 1 + random_() % 40));
    requests.back().priority = static_cast<Priority>(i % 3);
    if (i % 2 == 0) requests.back().sampling = {.temperature = 0.9f, .top_p = 0.95f, .seed = random_()};
  }
  std::vector<GenerateResult> alone;
  for (const GenerateRequest& request : requests) {
    alone.push_back(TinyEngine(Driven())->Generate(request));
  }
  const std::vector<GenerateResult> together = RunTogether(*engine_, requests);
  for (size_t i = 0; i < together.size(); ++i) EXPECT_EQ(together[i].tokens, alone[i].tokens) << i;
  ExpectNoPageLost(*engine_);
}

TEST_F(EngineTest, AKnownPrefixIsNotComputedAgain) {
  GenerateRequest request = Request(100, 20);
  const GenerateResult first = engine_->Generate(request);
  EXPECT_EQ(first.timings.cached_tokens, 0u);
  const GenerateResult again = engine_->Generate(request);
  EXPECT_EQ(again.tokens, first.tokens);
  EXPECT_EQ(again.timings.cached_tokens, 99u);
  // Now with the output as part of the prompt, but for the last token, which nobody computed.
  const uint64_t rows = engine_->stats().forward_rows;
  GenerateRequest longer = request;
  longer.prompt.insert(longer.prompt.end(), first.tokens.begin(), first.tokens.end());
  longer.max_tokens = 1;
  EXPECT_EQ(engine_->Generate(longer).timings.cached_tokens, 119u);
  EXPECT_EQ(engine_->stats().forward_rows, rows + 1);
  EXPECT_EQ(engine_->stats().cached_tokens, 99u + 119u);
}

TEST_F(EngineTest, WithoutThePrefixCacheEverythingIsComputed) {
  EngineOptions options = Driven();
  options.prefix_cache = false;
  const auto engine = TinyEngine(options);
  const GenerateRequest request = Request(100, 20);
  const GenerateResult first = engine->Generate(request);
  const GenerateResult again = engine->Generate(request);
  EXPECT_EQ(again.tokens, first.tokens);
  EXPECT_EQ(again.timings.cached_tokens, 0u);
  EXPECT_EQ(engine->stats().cached_pages, 0u);
  ExpectNoPageLost(*engine);
}

TEST_F(EngineTest, RequestsWithOnePromptComputeItOnce) {
  EngineOptions options = Driven();
  options.prefill_alone_tokens = options.prefill_chunk_tokens = 64;
  const auto engine = TinyEngine(options);
  const std::vector<TokenId> prompt = Prompt(1000);
  std::vector<GenerateRequest> requests(8, PlainRequest(*engine, prompt, 1));
  const std::vector<GenerateResult> results = RunTogether(*engine, std::move(requests));
  for (const GenerateResult& result : results) EXPECT_EQ(result.tokens, results[0].tokens);
  EXPECT_LT(engine->stats().forward_rows, 1000u + 8 * 16);
  ExpectNoPageLost(*engine);
}

TEST_F(EngineTest, TwentyRequestsOfOnePromptFitWhereTwoPromptsWouldNot) {
  const auto engine = TinyEngine(Driven(), {.context_tokens = 640});
  std::vector<GenerateRequest> requests(20, PlainRequest(*engine, Prompt(400), 8));
  for (size_t i = 0; i < requests.size(); ++i) requests[i].sampling = {.temperature = 1.0f, .seed = i};
  RunTogether(*engine, std::move(requests));
  EXPECT_LT(engine->stats().forward_rows, 1000u);
  ExpectNoPageLost(*engine, 640);
}

TEST_F(EngineTest, WarmingComputesThePromptOnly) {
  const std::vector<TokenId> prompt = Prompt(200);
  ASSERT_TRUE(engine_->Warm(prompt, {}));
  EXPECT_EQ(engine_->stats().generated_tokens, 0u);
  EXPECT_EQ(engine_->Generate(PlainRequest(*engine_, prompt, 1)).timings.cached_tokens, 199u);
  EXPECT_TRUE(engine_->Warm(prompt, {}));
  CancelSource cancel;
  cancel.Cancel();
  EXPECT_EQ(engine_->Warm(Prompt(20), cancel.token()).error().code, ErrorCode::kCancelled);
  EXPECT_EQ(engine_->Warm({}, {}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(engine_->Warm(Prompt(20), CancelSource(Clock::now()).token()).error().code,
            ErrorCode::kDeadlineExceeded);
}

TEST_F(EngineTest, RefusesWhatCannotRunAndSaysWhy) {
  const auto error = [&](GenerateRequest request) {
    const GenerateResult result = engine_->Generate(std::move(request));
    EXPECT_EQ(result.finish, FinishReason::kError);
    return result.error;
  };
  EXPECT_EQ(error(Request(0, 5)).code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(error(Request(3000, 5)).message, HasSubstr("3000 tokens, the context holds 2048"));
  EXPECT_EQ(error(Request(3000, 5)).code, ErrorCode::kResourceExhausted);
  for (const TokenId bad : {-1, 704, 1 << 30}) {
    GenerateRequest request = Request(5, 5);
    request.prompt[2] = bad;
    EXPECT_EQ(error(request).code, ErrorCode::kInvalidArgument);
    request.prompt[2] = 0;
    request.lookup = {bad};
    EXPECT_EQ(error(request).code, ErrorCode::kInvalidArgument);
  }
  for (const SamplingOptions& sampling :
       {SamplingOptions{.temperature = -1}, SamplingOptions{.temperature = std::nanf("")},
        SamplingOptions{.top_p = 0}, SamplingOptions{.top_p = 1.5f}, SamplingOptions{.min_p = -0.1f},
        SamplingOptions{.repetition_penalty = 0}}) {
    GenerateRequest request = Request(5, 5);
    request.sampling = sampling;
    EXPECT_THAT(error(request).message, StartsWith("sampling: "));
  }
  ExpectNoPageLost(*engine_);
}

TEST_F(EngineTest, StopsWhereTheContextEnds) {
  engine_ = TinyEngine(Driven(), {.context_tokens = 512});
  const GenerateResult result = engine_->Generate(Request(504, 100));
  EXPECT_EQ(result.finish, FinishReason::kLength);
  EXPECT_EQ(result.tokens.size(), 9u);  // the last one needs no place of its own
  GenerateRequest drafting = Request(504, 100);
  drafting.speculation.ngram_draft_tokens = 7;
  drafting.speculation.ngram_min_match = 1;
  EXPECT_EQ(engine_->Generate(std::move(drafting)).tokens.size(), 9u);
}

TEST_F(EngineTest, StopsAtEndTokens) {
  int ended = 0;
  for (int i = 0; i < 40; ++i) {
    GenerateRequest request = Request(10, 60);
    request.constraint = nullptr;
    request.sampling = {.temperature = 1.5f, .seed = static_cast<uint64_t>(i)};
    const GenerateResult result = engine_->Generate(std::move(request));
    for (const TokenId token : result.tokens) EXPECT_FALSE(engine_->tokenizer().IsEndOfGeneration(token));
    ended += result.finish == FinishReason::kEndToken;
    EXPECT_TRUE(result.finish == FinishReason::kEndToken || result.finish == FinishReason::kLength);
  }
  EXPECT_GT(ended, 0);
}

TEST_F(EngineTest, StopsAtStopTokens) {
  GenerateRequest request = Request(50, 30);
  const GenerateResult all = engine_->Generate(request);
  const TokenId stop = all.tokens[10];
  const auto first = std::find(all.tokens.begin(), all.tokens.end(), stop);
  request.stop_tokens = {-5, stop};
  const GenerateResult result = engine_->Generate(request);
  EXPECT_EQ(result.finish, FinishReason::kStopToken);
  EXPECT_EQ(result.tokens, std::vector<TokenId>(all.tokens.begin(), first));
}

struct Streamed {
  std::string text;
  std::vector<TokenId> tokens;
};

/// Lets the request stream into the result.
std::shared_ptr<Streamed> Stream(GenerateRequest& request) {
  auto streamed = std::make_shared<Streamed>();
  request.on_token = [streamed](const TokenEvent& event) {
    streamed->text += event.text;
    if (event.token != kNoToken) streamed->tokens.push_back(event.token);
    return StreamControl::kContinue;
  };
  return streamed;
}

TEST_F(EngineTest, StopStringsCutTheTextAndNothingOfThemIsStreamed) {
  int across_tokens = 0;
  for (int i = 0; i < 30; ++i) {
    GenerateRequest request = Request(40, 30);
    request.sampling = {.temperature = 1.0f, .seed = static_cast<uint64_t>(i)};
    const GenerateResult all = engine_->Generate(request);
    ASSERT_GT(all.text.size(), 8u);
    const size_t begin = random_() % (all.text.size() - 4);
    const std::string stop = all.text.substr(begin, 2 + random_() % 3);
    request.stop_strings = {"never written", stop};
    const auto streamed = Stream(request);
    const GenerateResult result = engine_->Generate(std::move(request));
    EXPECT_EQ(result.finish, FinishReason::kStopString);
    EXPECT_EQ(result.text, all.text.substr(0, all.text.find(stop)));
    EXPECT_EQ(streamed->text, result.text);
    EXPECT_EQ(streamed->tokens, result.tokens);
    across_tokens += engine_->tokenizer().TokenBytes(result.tokens.back()).size() < stop.size();
  }
  EXPECT_GT(across_tokens, 5);
}

TEST_F(EngineTest, StreamedTextIsTheTextHoweverItEnds) {
  for (int i = 0; i < 30; ++i) {
    GenerateRequest request = Request(10, 25);
    request.constraint = nullptr;
    request.sampling = {.temperature = 2.0f, .seed = static_cast<uint64_t>(i)};
    request.stop_strings = {"never written"};
    const auto streamed = Stream(request);
    const GenerateResult result = engine_->Generate(std::move(request));
    EXPECT_EQ(streamed->text, result.text);
    EXPECT_EQ(streamed->tokens, result.tokens);
  }
}

TEST_F(EngineTest, ACallbackCanStop) {
  GenerateRequest request = Request(20, 30);
  int tokens = 0;
  request.on_token = [&](const TokenEvent&) {
    return ++tokens == 7 ? StreamControl::kStop : StreamControl::kContinue;
  };
  const GenerateResult result = engine_->Generate(std::move(request));
  EXPECT_EQ(result.finish, FinishReason::kCallback);
  EXPECT_EQ(result.tokens.size(), 7u);
  EXPECT_EQ(tokens, 7);
}

TEST_F(EngineTest, LogprobsAreThoseOfTheModel) {
  GenerateRequest request = Request(30, 8);
  request.logprobs = true;
  request.top_logprobs = 3;
  request.sampling = {.temperature = 0.7f, .repetition_penalty = 1.3f, .seed = 5};
  std::vector<TokenEvent> events;
  request.on_token = [&](const TokenEvent& event) {
    events.push_back(event);
    return StreamControl::kContinue;
  };
  const std::vector<TokenId> prompt = request.prompt;
  const GenerateResult result = engine_->Generate(std::move(request));
  ASSERT_EQ(result.logprobs.size(), result.tokens.size());
  const auto model = TinyModel();
  std::vector<TokenId> all = prompt;
  all.insert(all.end(), result.tokens.begin(), result.tokens.end());
  KvSequence sequence;
  Logits logits;
  const SequenceChunk chunk{&sequence, all, static_cast<uint32_t>(all.size())};
  ASSERT_TRUE(model->Forward({&chunk, 1}, logits));
  for (size_t i = 0; i < result.tokens.size(); ++i) {
    const auto row = logits.row(prompt.size() + i - 1);
    EXPECT_NEAR(result.logprobs[i], LogProbability(row, result.tokens[i]), 1e-4);
    EXPECT_EQ(events[i].logprob, result.logprobs[i]);
    ASSERT_EQ(events[i].top.size(), 3u);
    EXPECT_EQ(events[i].top[0].token, TopLogprobs(row, 1)[0].token);
  }
  model->kv().Free(sequence);
}

TEST_F(EngineTest, TimingsAndStatsCountWhatHappened) {
  GenerateRequest request = Request(300, 10);
  const GenerateResult result = engine_->Generate(std::move(request));
  EXPECT_EQ(result.timings.prompt_tokens, 300u);
  EXPECT_EQ(result.timings.generated_tokens, 10u);
  EXPECT_EQ(result.timings.steps, 2u + 9u);  // 256 + 44 rows give the first token
  EXPECT_GT(result.timings.prefill_ms, 0);
  EXPECT_GT(result.timings.decode_ms, 0);
  EXPECT_GE(result.timings.time_to_first_token_ms, result.timings.prefill_ms);
  EXPECT_NEAR(result.timings.total_ms,
              result.timings.queue_ms + result.timings.prefill_ms + result.timings.decode_ms, 0.01);
  const EngineStats stats = engine_->stats();
  EXPECT_EQ(stats.steps, 11u);
  EXPECT_EQ(stats.forward_rows, 309u);
  EXPECT_EQ(stats.prompt_tokens, 300u);
  EXPECT_EQ(stats.generated_tokens, 10u);
  EXPECT_EQ(stats.cancelled_requests, 0u);
}

TEST_F(EngineTest, AFinishedRequestCanSubmitTheNext) {
  std::vector<GenerateResult> results;
  std::function<void(GenerateResult)> next = [&](GenerateResult result) {
    results.push_back(std::move(result));
    if (results.size() < 4) engine_->Submit(Request(20, 3), next);
  };
  engine_->Submit(Request(20, 3), next);
  engine_->RunUntilIdle();
  EXPECT_EQ(results.size(), 4u);
  EXPECT_TRUE(engine_->WaitIdle(std::chrono::milliseconds(0)));
}

TEST_F(EngineTest, WaitIdleSaysWhenWorkIsLeft) {
  engine_->Submit(Request(20, 3), [](GenerateResult) {});
  EXPECT_FALSE(engine_->WaitIdle(std::chrono::milliseconds(0)));
  engine_->RunUntilIdle();
  EXPECT_TRUE(engine_->WaitIdle(std::chrono::milliseconds(0)));
}

// ---- constraints ---------------------------------------------------------------------------------

/// Allows a token by what was accepted before it; notices wrong calls.
class Chain : public TokenConstraint {
 public:
  explicit Chain(bool may_lag = false) : lags(may_lag) {}
  bool Allows(TokenId token) override { return token % 3 != static_cast<TokenId>(accepted.size() % 3); }
  void Accept(TokenId token) override {
    EXPECT_TRUE(Allows(token));
    accepted.push_back(token);
  }
  void Rollback(size_t tokens) override {
    ASSERT_LE(tokens, accepted.size());
    accepted.resize(accepted.size() - tokens);
  }
  bool may_lag() const override { return lags; }
  std::vector<TokenId> accepted;
  const bool lags;
};

TEST_F(EngineTest, AConstraintIsObeyedAndToldEverything) {
  for (const auto& [temperature, lags] : {std::pair(0.0f, false), {1.0f, false}, {2.0f, true}}) {
    GenerateRequest request = Request(40, 40);
    const auto chain = std::make_shared<Chain>(lags);
    request.constraint = chain;
    request.sampling.temperature = temperature;
    const GenerateResult result = engine_->Generate(request);
    EXPECT_EQ(chain->accepted, result.tokens);
    request.constraint = std::make_shared<Chain>(lags);
    request.speculation.ngram_draft_tokens = 7;
    request.speculation.ngram_min_match = 1;
    request.lookup = result.tokens;
    const GenerateResult drafted = engine_->Generate(request);
    EXPECT_EQ(drafted.tokens, result.tokens);
    EXPECT_GT(drafted.timings.accepted_tokens, 0u);
  }
}

// Of a token that the listener hears of, a constraint that may lag is told later, while the next pass runs.
TEST_F(EngineTest, AConstraintIsToldInTime) {
  for (const bool lags : {false, true}) {
    GenerateRequest request = Request(40, 20);
    const auto chain = std::make_shared<Chain>(lags);
    request.constraint = chain;
    size_t heard = 0;
    request.on_token = [&](const TokenEvent& event) {
      if (event.token == kNoToken) return StreamControl::kContinue;
      ++heard;
      EXPECT_EQ(chain->accepted.size(), lags ? heard - 1 : heard);
      return StreamControl::kContinue;
    };
    std::vector<TokenId> known;
    engine_->Submit(std::move(request), [&](const GenerateResult&) { known = chain->accepted; });
    engine_->RunUntilIdle();
    EXPECT_EQ(heard, 20u);
    EXPECT_EQ(known.size(), 20u);  // before `done`
  }
}

class Nothing : public TokenConstraint {
 public:
  bool Allows(TokenId) override { return false; }
  void Accept(TokenId) override {}
  void Rollback(size_t) override {}
};

TEST_F(EngineTest, EndsWhenNothingIsAllowed) {
  GenerateRequest request = Request(10, 5);
  request.constraint = std::make_shared<Nothing>();
  const GenerateResult result = engine_->Generate(std::move(request));
  EXPECT_EQ(result.finish, FinishReason::kNothingAllowed);
  EXPECT_THAT(result.tokens, IsEmpty());
}

// ---- forced text ---------------------------------------------------------------------------------

TEST_F(EngineTest, OutputBeginsWithTheForcedText) {
  for (const std::string forced : {"r", "retu", "if (x", "    ", "größe = 日", "a\n\nb"}) {
    GenerateRequest request = Request(40, 6);
    request.forced_text = forced;
    request.stop_strings = {"\n\n"};
    const auto streamed = Stream(request);
    const GenerateResult result = engine_->Generate(std::move(request));
    EXPECT_THAT(result.text, StartsWith(forced));
    EXPECT_EQ(streamed->text, result.text);
    EXPECT_EQ(streamed->tokens, result.tokens);
    if (result.finish == FinishReason::kLength) {
      EXPECT_EQ(result.timings.generated_tokens, 6u);
    }
  }
}

TEST_F(EngineTest, TheTokenAtTheSeamIsTheModelsOwn) {
  // Force every beginning of what the model writes anyway: it must come out the same.
  const GenerateRequest request = Request(40, 12);
  const GenerateResult plain = engine_->Generate(request);
  int same = 0;
  const std::string_view text = plain.text;
  for (size_t length = 1; length < text.size(); ++length) {
    if ((static_cast<uint8_t>(text[length]) & 0xC0) == 0x80) continue;
    GenerateRequest forced = request;
    forced.forced_text = text.substr(0, length);
    const GenerateResult result = engine_->Generate(std::move(forced));
    EXPECT_THAT(result.text, StartsWith(std::string(text.substr(0, length))));
    same += result.text.starts_with(text);
  }
  EXPECT_GT(same, 0);
}

TEST_F(EngineTest, SeamTokensFollowTheRenormalisedDistribution) {
  const std::vector<TokenId> prompt = Prompt(20);
  const std::string forced = "re";
  // The exact choice: among tokens that begin with "re", and "r" itself.
  const auto model = TinyModel();
  KvSequence sequence;
  Logits logits;
  const SequenceChunk chunk{&sequence, prompt, 1};
  ASSERT_TRUE(model->Forward({&chunk, 1}, logits));
  TokenId best = kNoToken;
  for (TokenId id = 0; id < static_cast<TokenId>(model->tokenizer().vocab_size()); ++id) {
    const std::string_view bytes = model->tokenizer().TokenBytes(id);
    if (!bytes.starts_with(forced) && bytes != "r") continue;
    if (best == kNoToken || logits.row(0)[id] > logits.row(0)[best]) best = id;
  }
  model->kv().Free(sequence);
  GenerateRequest request = PlainRequest(*engine_, prompt, 4);
  request.forced_text = forced;
  EXPECT_EQ(engine_->Generate(std::move(request)).tokens[0], best);
}

TEST_F(EngineTest, TypingOnReusesWhatWasComputed) {
  const std::string typed = "result = compute(value, other)";
  const std::vector<TokenId> prompt = Prompt(150);
  for (size_t length = 1; length <= typed.size(); ++length) {
    GenerateRequest request = PlainRequest(*engine_, prompt, 3);
    request.forced_text = typed.substr(0, length);
    const GenerateResult result = engine_->Generate(std::move(request));
    EXPECT_THAT(result.text, StartsWith(typed.substr(0, length)));
    if (length > 1) {
      EXPECT_GE(result.timings.cached_tokens + 6, result.timings.prompt_tokens);
    }
  }
  ExpectNoPageLost(*engine_);
}

TEST_F(EngineTest, ForcedTokensHaveLogprobs) {
  GenerateRequest request = Request(40, 4);
  request.forced_text = "if (x == y) { return 0; }";
  request.logprobs = true;
  const GenerateRequest copy = request;
  const GenerateResult result = engine_->Generate(std::move(request));
  ASSERT_EQ(result.logprobs.size(), result.tokens.size());
  EXPECT_TRUE(std::all_of(result.logprobs.begin(), result.logprobs.end(), [](float p) { return p < 0; }));
  EXPECT_EQ(engine_->Generate(copy).logprobs, result.logprobs);  // with the prefix cached
}

TEST_F(EngineTest, ForcedTextWithNothingBeyondIt) {
  GenerateRequest request = Request(40, 0);
  request.forced_text = "if (x";
  const GenerateResult result = engine_->Generate(std::move(request));
  EXPECT_THAT(result.text, StartsWith("if (x"));
  EXPECT_EQ(result.finish, FinishReason::kLength);
  EXPECT_LE(result.timings.generated_tokens, 1u);
}

}  // namespace
}  // namespace espalier
