// Many requests at once: cancellation, deadlines, priorities, too little memory, threads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <mutex>
#include <thread>

#include "decoder/engine.h"
#include "tests/decoder/engine_kit.h"

namespace espalier {
namespace {

using ::testing::ElementsAre;

/// Results of requests that ran alone.
std::vector<GenerateResult> Alone(const std::vector<GenerateRequest>& requests) {
  EngineOptions options = Driven();
  options.prefix_cache = false;
  const auto engine = TinyEngine(options);
  std::vector<GenerateResult> results;
  for (const GenerateRequest& request : requests) results.push_back(engine->Generate(request));
  return results;
}

bool IsPrefix(const std::vector<TokenId>& part, const std::vector<TokenId>& whole) {
  return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
}

// ---- cancellation and deadlines --------------------------------------------------------------------

class EngineCancelTest : public ::testing::Test {
 protected:
  GenerateRequest Request(size_t prompt_tokens, uint32_t max_tokens) {
    return PlainRequest(*engine_, RandomPrompt(random_, prompt_tokens), max_tokens);
  }
  std::mt19937 random_{31};
  std::unique_ptr<Engine> engine_ = TinyEngine(Driven());
};

TEST_F(EngineCancelTest, BeforeItBegins) {
  CancelSource source;
  source.Cancel();
  GenerateRequest request = Request(50, 5);
  request.cancel = source.token();
  const GenerateResult result = engine_->Generate(std::move(request));
  EXPECT_EQ(result.finish, FinishReason::kCancelled);
  EXPECT_EQ(engine_->stats().steps, 0u);
  EXPECT_EQ(engine_->stats().cancelled_requests, 1u);
}

TEST_F(EngineCancelTest, ByIdWhileItWaits) {
  FinishReason finish = FinishReason::kError;
  const RequestId id = engine_->Submit(Request(50, 5), [&](GenerateResult r) { finish = r.finish; });
  engine_->Cancel(id);
  engine_->Cancel(id + 1000);
  engine_->RunUntilIdle();
  EXPECT_EQ(finish, FinishReason::kCancelled);
  engine_->Cancel(id);
}

TEST_F(EngineCancelTest, WhileItGenerates) {
  CancelSource source;
  GenerateRequest request = Request(50, 50);
  request.cancel = source.token();
  int tokens = 0;
  request.on_token = [&](const TokenEvent&) {
    if (++tokens == 5) source.Cancel();
    return StreamControl::kContinue;
  };
  const GenerateResult result = engine_->Generate(std::move(request));
  EXPECT_EQ(result.finish, FinishReason::kCancelled);
  EXPECT_EQ(tokens, 5);
  EXPECT_EQ(result.tokens.size(), 5u);
  ExpectNoPageLost(*engine_);
}

// A token that is cancelled after some number of polls reaches every point where a pass looks at it.
TEST_F(EngineCancelTest, AtAnyPoint) {
  const GenerateRequest request = Request(300, 12);
  const GenerateResult expected = Alone({request})[0];
  int cancelled = 0;
  for (int polls = 0; polls < 120; ++polls) {
    const auto left = std::make_shared<int>(polls);
    GenerateRequest doomed = request;
    doomed.cancel = CancelToken([left] { return --*left < 0; });
    const GenerateResult result = engine_->Generate(std::move(doomed));
    EXPECT_TRUE(IsPrefix(result.tokens, expected.tokens));
    cancelled += result.finish == FinishReason::kCancelled;
    ExpectNoPageLost(*engine_);
  }
  EXPECT_GT(cancelled, 50);
  EXPECT_EQ(engine_->Generate(request).tokens, expected.tokens);
}

TEST_F(EngineCancelTest, OfOneDoesNotTouchTheOthers) {
  std::vector<GenerateRequest> requests;
  for (int i = 0; i < 4; ++i) requests.push_back(Request(200, 20));
  const std::vector<GenerateResult> expected = Alone(requests);
  for (int polls = 1; polls < 40; polls += 3) {
    std::vector<GenerateRequest> some = requests;
    const auto left = std::make_shared<int>(polls);
    some[0].cancel = CancelToken([left] { return --*left < 0; });
    const std::vector<GenerateResult> results = RunTogether(*engine_, std::move(some));
    EXPECT_EQ(results[0].finish, FinishReason::kCancelled);
    for (const size_t i : {1u, 2u, 3u}) EXPECT_EQ(results[i].tokens, expected[i].tokens);
  }
  ExpectNoPageLost(*engine_);
}

TEST_F(EngineCancelTest, APassNobodyWaitsForIsAborted) {
  std::vector<GenerateRequest> requests{Request(250, 5), Request(250, 5)};
  const auto polls = std::make_shared<int>(0);
  for (GenerateRequest& request : requests) {
    request.cancel = CancelToken([polls] { return ++*polls > 4; });  // twice a request before the pass
  }
  for (const GenerateResult& result : RunTogether(*engine_, std::move(requests))) {
    EXPECT_EQ(result.finish, FinishReason::kCancelled);
    EXPECT_EQ(result.timings.steps, 0u);
  }
  EXPECT_EQ(engine_->stats().steps, 0u);  // no pass came to its end
}

// Typing: each letter gives up the request before it. What was being computed serves the next one.
TEST_F(EngineCancelTest, APassIsNotAbortedWhenTheNextRequestIsAlreadyThere) {
  GenerateRequest first = Request(200, 5), second = first;
  second.prompt.push_back(7);
  GenerateResult result;
  int polls = 0;
  first.cancel = CancelToken([&] {
    if (++polls == 4) engine_->Submit(second, [&](GenerateResult r) { result = std::move(r); });
    return polls >= 4;
  });
  EXPECT_EQ(engine_->Generate(std::move(first)).finish, FinishReason::kCancelled);
  EXPECT_EQ(result.finish, FinishReason::kLength);
  EXPECT_EQ(result.timings.cached_tokens, 200u);
}

TEST_F(EngineCancelTest, ADeadlineThatHasPassed) {
  GenerateRequest request = Request(50, 5);
  request.cancel = CancelSource(Clock::now()).token();
  EXPECT_EQ(engine_->Generate(std::move(request)).finish, FinishReason::kDeadline);
  EXPECT_EQ(engine_->stats().cancelled_requests, 0u);
}

TEST_F(EngineCancelTest, ADeadlineReturnsTheTextSoFar) {
  GenerateRequest request = Request(50, 1000);
  const CancelSource source(Clock::now() + std::chrono::milliseconds(100));
  request.cancel = source.token();
  std::string streamed;
  int tokens = 0;
  request.on_token = [&](const TokenEvent& event) {
    streamed += event.text;
    if (++tokens == 5) {
      while (!source.token().expired()) std::this_thread::yield();
    }
    return StreamControl::kContinue;
  };
  const GenerateResult result = engine_->Generate(std::move(request));
  EXPECT_EQ(result.finish, FinishReason::kDeadline);
  EXPECT_LE(result.tokens.size(), 5u);
  EXPECT_EQ(result.text, streamed);
}

// ---- order -----------------------------------------------------------------------------------------

class EngineOrderTest : public ::testing::Test {
 protected:
  static EngineOptions SmallSteps() {
    EngineOptions options = Driven();
    options.prefill_chunk_tokens = options.prefill_alone_tokens = 64;
    options.max_live_requests = 4;
    return options;
  }
  void Submit(const std::string& name, GenerateRequest request) {
    engine_->Submit(std::move(request), [this, name](GenerateResult) { finished_.push_back(name); });
  }
  GenerateRequest Request(Priority priority, size_t prompt_tokens, uint32_t max_tokens) {
    GenerateRequest request = PlainRequest(*engine_, RandomPrompt(random_, prompt_tokens), max_tokens);
    request.priority = priority;
    return request;
  }

  std::mt19937 random_{41};
  std::unique_ptr<Engine> engine_ = TinyEngine(SmallSteps());
  std::vector<std::string> finished_;
};

TEST_F(EngineOrderTest, AShortPromptWaitsForOneChunkAtMost) {
  // While one request decodes and a long prompt is being processed, a short one arrives.
  uint64_t submitted_at = 0, answered_at = 0;
  GenerateRequest decoding = Request(Priority::kInteractive, 10, 60);
  int tokens = 0;
  decoding.on_token = [&](const TokenEvent&) {
    if (++tokens != 5) return StreamControl::kContinue;
    submitted_at = engine_->stats().steps;
    GenerateRequest late = Request(Priority::kInteractive, 40, 1);
    late.on_token = [&](const TokenEvent&) {
      answered_at = engine_->stats().steps;
      return StreamControl::kContinue;
    };
    Submit("short", std::move(late));
    return StreamControl::kContinue;
  };
  Submit("decoding", std::move(decoding));
  Submit("long", Request(Priority::kInteractive, 1500, 1));
  engine_->RunUntilIdle();
  EXPECT_THAT(finished_, ElementsAre("short", "long", "decoding"));
  // Both figures count the steps before the one in which they were taken.
  EXPECT_EQ(answered_at, submitted_at + 1);
}

TEST_F(EngineOrderTest, HigherClassesTakeThePlaceOfLowerOnes) {
  for (int i = 0; i < 4; ++i) {
    GenerateRequest request = Request(Priority::kEval, 30, 30);
    if (i == 0) {
      request.on_token = [this, tokens = 0](const TokenEvent&) mutable {
        if (++tokens == 3) {
          Submit("inline", Request(Priority::kInline, 30, 5));
          Submit("interactive", Request(Priority::kInteractive, 30, 5));
        }
        return StreamControl::kContinue;
      };
    }
    Submit("eval", std::move(request));
  }
  engine_->RunUntilIdle();
  EXPECT_THAT(finished_, ElementsAre("inline", "interactive", "eval", "eval", "eval", "eval"));
  ExpectNoPageLost(*engine_);
}

TEST_F(EngineOrderTest, PutBackRequestsGoOnWhereTheyWere) {
  std::vector<GenerateRequest> requests;
  for (int i = 0; i < 12; ++i) {
    requests.push_back(Request(static_cast<Priority>(2 - i / 4), 50, 30));
    if (i % 2 == 0) requests.back().sampling = {.temperature = 1.0f, .seed = static_cast<uint64_t>(i)};
  }
  const std::vector<GenerateResult> expected = Alone(requests);
  const std::vector<GenerateResult> results = RunTogether(*engine_, requests);
  for (size_t i = 0; i < results.size(); ++i) EXPECT_EQ(results[i].tokens, expected[i].tokens) << i;
}

// ---- too little memory -----------------------------------------------------------------------------

class EngineMemoryTest : public ::testing::TestWithParam<bool> {};

TEST_P(EngineMemoryTest, RequestsWaitForPagesAndAllFinish) {
  constexpr uint32_t kContext = 256;
  EngineOptions options = Driven();
  options.prefix_cache = GetParam();
  const auto engine = TinyEngine(options, {.context_tokens = kContext});
  std::mt19937 random(51);
  std::vector<GenerateRequest> requests;
  for (int i = 0; i < 10; ++i) {
    requests.push_back(PlainRequest(*engine, RandomPrompt(random, 20 + random() % 120), 20 + random() % 80));
    requests.back().priority = static_cast<Priority>(random() % 3);
  }
  const std::vector<GenerateResult> expected = Alone(requests);
  const std::vector<GenerateResult> results = RunTogether(*engine, requests);
  for (size_t i = 0; i < results.size(); ++i) {
    EXPECT_EQ(results[i].finish, FinishReason::kLength);
    EXPECT_EQ(results[i].tokens, expected[i].tokens) << i;
  }
  ExpectNoPageLost(*engine, kContext);
}

TEST_P(EngineMemoryTest, OneRequestMayUseEverything) {
  constexpr uint32_t kContext = 128;
  EngineOptions options = Driven();
  options.prefix_cache = GetParam();
  const auto engine = TinyEngine(options, {.context_tokens = kContext});
  std::mt19937 random(52);
  for (const size_t tokens : {1u, 100u, 127u, 128u}) {
    GenerateRequest request = PlainRequest(*engine, RandomPrompt(random, tokens), 1000);
    request.speculation = {.ngram_draft_tokens = 7, .ngram_min_match = 1};
    const GenerateResult result = engine->Generate(std::move(request));
    EXPECT_EQ(result.finish, FinishReason::kLength);
    EXPECT_EQ(tokens + result.tokens.size(), kContext + 1);
  }
  GenerateRequest request = PlainRequest(*engine, RandomPrompt(random, 129), 1);
  EXPECT_EQ(engine->Generate(std::move(request)).error.code, ErrorCode::kResourceExhausted);
  ExpectNoPageLost(*engine, kContext);
}

INSTANTIATE_TEST_SUITE_P(PrefixCache, EngineMemoryTest, ::testing::Bool());

// ---- threads ---------------------------------------------------------------------------------------

TEST(EngineThreadTest, ConcurrentCallersGetWhatTheyGetAlone) {
  const auto engine = TinyEngine(Threaded());
  std::mt19937 random(61);
  std::vector<GenerateRequest> requests;
  for (int i = 0; i < 8; ++i) {
    requests.push_back(PlainRequest(*engine, RandomPrompt(random, 10 + random() % 300), 30));
    requests.back().priority = static_cast<Priority>(i % 3);
    requests.back().speculation.ngram_draft_tokens = 7;
  }
  const std::vector<GenerateResult> expected = Alone(requests);
  std::vector<GenerateResult> results(requests.size());
  std::vector<std::thread> callers;
  for (size_t i = 0; i < requests.size(); ++i) {
    callers.emplace_back([&, i] { results[i] = engine->Generate(requests[i]); });
  }
  for (std::thread& caller : callers) caller.join();
  for (size_t i = 0; i < results.size(); ++i) EXPECT_EQ(results[i].tokens, expected[i].tokens) << i;
  ASSERT_TRUE(engine->WaitIdle(std::chrono::minutes(5)));
  ExpectNoPageLost(*engine);
}

TEST(EngineThreadTest, CancelFromAnotherThreadWhileItGenerates) {
  const auto engine = TinyEngine(Threaded());
  std::mt19937 random(62);
  for (int i = 0; i < 10; ++i) {
    GenerateRequest request = PlainRequest(*engine, RandomPrompt(random, 200), 1500);
    std::promise<void> started;
    request.on_token = [&started, first = true](const TokenEvent&) mutable {
      if (std::exchange(first, false)) started.set_value();
      return StreamControl::kContinue;
    };
    std::promise<GenerateResult> done;
    const RequestId id =
        engine->Submit(std::move(request), [&](GenerateResult r) { done.set_value(std::move(r)); });
    if (i % 2 == 0) started.get_future().wait();
    engine->Cancel(id);
    EXPECT_EQ(done.get_future().get().finish, FinishReason::kCancelled);
  }
  ASSERT_TRUE(engine->WaitIdle(std::chrono::minutes(5)));
  ExpectNoPageLost(*engine);
}

TEST(EngineThreadTest, DestructionCancelsWhatIsLeft) {
  std::atomic<int> calls = 0, cancelled = 0;
  std::mt19937 random(63);
  for (const bool background : {true, false}) {
    EngineOptions options = background ? Threaded() : Driven();
    options.max_live_requests = 3;
    auto engine = TinyEngine(options);
    std::promise<void> started;
    for (int i = 0; i < 10; ++i) {
      GenerateRequest request = PlainRequest(*engine, RandomPrompt(random, 100), 1800);
      if (i == 0 && background) {
        request.on_token = [&started, first = true](const TokenEvent&) mutable {
          if (std::exchange(first, false)) started.set_value();
          return StreamControl::kContinue;
        };
      }
      engine->Submit(std::move(request), [&](GenerateResult r) {
        ++calls;
        cancelled += r.finish == FinishReason::kCancelled;
      });
    }
    if (background) started.get_future().wait();
    engine.reset();
  }
  EXPECT_EQ(calls, 20);
  EXPECT_EQ(cancelled, 20);
}

TEST(EngineThreadTest, WithoutABackgroundThreadCallersDriveIt) {
  const auto engine = TinyEngine(Driven());
  std::mt19937 random(64);
  std::vector<GenerateRequest> requests;
  for (int i = 0; i < 6; ++i) requests.push_back(PlainRequest(*engine, RandomPrompt(random, 40), 20));
  const std::vector<GenerateResult> expected = Alone(requests);
  std::vector<GenerateResult> results(requests.size());
  std::vector<std::thread> callers;
  for (size_t i = 0; i < requests.size(); ++i) {
    callers.emplace_back([&, i] { results[i] = engine->Generate(requests[i]); });
  }
  for (std::thread& caller : callers) caller.join();
  for (size_t i = 0; i < results.size(); ++i) EXPECT_EQ(results[i].tokens, expected[i].tokens) << i;
}

// ---- random schedules ------------------------------------------------------------------------------

/// A load of requests with everything in it: shared prefixes, all classes, sampling, drafts, stop
/// strings, forced text.
class RandomLoad {
 public:
  RandomLoad(const Engine& engine, uint32_t seed, size_t count) : random_(seed) {
    const std::vector<TokenId> common = RandomPrompt(random_, 120);
    for (size_t i = 0; i < count; ++i) {
      std::vector<TokenId> prompt(common.begin(), common.begin() + random_() % common.size());
      const std::vector<TokenId> own = RandomPrompt(random_, 1 + random_() % 60);
      prompt.insert(prompt.end(), own.begin(), own.end());
      requests.push_back(PlainRequest(engine, std::move(prompt), random_() % 24));
      Vary(requests.back());
    }
  }

  std::vector<GenerateRequest> requests;

 private:
  void Vary(GenerateRequest& request) {
    request.priority = static_cast<Priority>(random_() % 3);
    if (random_() % 3 == 0) request.sampling = {.temperature = 1.0f, .top_p = 0.9f, .seed = random_()};
    if (random_() % 2 == 0) request.speculation = {.ngram_draft_tokens = 7, .ngram_min_match = 1};
    if (random_() % 4 == 0) request.stop_strings = {"e", "()"};
    if (random_() % 4 == 0) request.forced_text = "if (val";
    if (random_() % 8 == 0) request.logprobs = true;
    if (random_() % 4 == 0) request.constraint = nullptr;
  }

  std::mt19937 random_;
};

struct Schedule {
  const char* name;
  uint32_t context_tokens;
  uint32_t max_live;
  bool prefix_cache;
};

class RandomScheduleTest : public ::testing::TestWithParam<Schedule> {
 protected:
  EngineOptions Options(EngineOptions options) const {
    options.max_live_requests = GetParam().max_live;
    options.prefill_chunk_tokens = 32;
    options.prefill_alone_tokens = 48;
    options.prefix_cache = GetParam().prefix_cache;
    return options;
  }
  static void Check(const GenerateResult& result, const GenerateResult& expected, size_t i) {
    if (result.finish == FinishReason::kCancelled) {
      EXPECT_TRUE(IsPrefix(result.tokens, expected.tokens)) << i;
    } else {
      EXPECT_EQ(result.finish, expected.finish) << i << " " << result.error.message;
      EXPECT_EQ(result.tokens, expected.tokens) << i;
      EXPECT_EQ(result.text, expected.text) << i;
    }
  }
};

TEST_P(RandomScheduleTest, Driven) {
  const auto engine = TinyEngine(Options(espalier::Driven()), {.context_tokens = GetParam().context_tokens});
  RandomLoad load(*engine, 71, 200);
  const std::vector<GenerateResult> expected = Alone(load.requests);
  std::mt19937 random(72);
  std::vector<int> calls(load.requests.size(), 0);
  std::vector<RequestId> ids;
  size_t cancelled = 0, next = 0;
  // Requests come in while others run: each token may submit some and cancel one.
  const std::function<void()> submit_some = [&] {
    for (size_t n = random() % 4; n > 0 && next < load.requests.size(); --n) {
      const size_t i = next++;
      GenerateRequest request = load.requests[i];
      request.on_token = [&](const TokenEvent&) {
        if (random() % 8 == 0) submit_some();
        if (random() % 60 == 0) engine->Cancel(ids[random() % ids.size()]);
        return StreamControl::kContinue;
      };
      ids.push_back(engine->Submit(std::move(request), [&, i](GenerateResult result) {
        ++calls[i];
        cancelled += result.finish == FinishReason::kCancelled;
        Check(result, expected[i], i);
      }));
    }
  };
  while (next < load.requests.size()) {
    submit_some();
    engine->RunUntilIdle();
  }
  EXPECT_EQ(calls, std::vector<int>(calls.size(), 1));
  EXPECT_GT(cancelled, 3u);
  EXPECT_EQ(engine->stats().cancelled_requests, cancelled);
  ExpectNoPageLost(*engine, GetParam().context_tokens);
}

TEST_P(RandomScheduleTest, Threaded) {
  const auto engine =
      TinyEngine(Options(espalier::Threaded()), {.context_tokens = GetParam().context_tokens});
  RandomLoad load(*engine, 73, 120);
  const std::vector<GenerateResult> expected = Alone(load.requests);
  std::vector<std::atomic<int>> calls(load.requests.size());
  std::mutex mutex;
  std::vector<RequestId> ids;
  std::atomic<size_t> next = 0;
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&, random = std::mt19937(74 + caller)]() mutable {
      for (size_t i = next++; i < load.requests.size(); i = next++) {
        const RequestId id = engine->Submit(load.requests[i], [&, i](GenerateResult result) {
          ++calls[i];
          Check(result, expected[i], i);
        });
        const std::lock_guard lock(mutex);
        ids.push_back(id);
        if (random() % 5 == 0) engine->Cancel(ids[random() % ids.size()]);
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  ASSERT_TRUE(engine->WaitIdle(std::chrono::minutes(10)));
  for (const auto& count : calls) EXPECT_EQ(count, 1);
  ExpectNoPageLost(*engine, GetParam().context_tokens);
}

INSTANTIATE_TEST_SUITE_P(Engines, RandomScheduleTest,
                         ::testing::Values(Schedule{"Roomy", 2048, 16, true}, Schedule{"Tight", 320, 6, true},
                                           Schedule{"TightNoCache", 320, 6, false},
                                           Schedule{"OneAtATime", 512, 1, true}),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace espalier
