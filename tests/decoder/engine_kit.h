// What tests of the engine share: the committed tiny random model and requests for it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "decoder/engine.h"

namespace espalier {

struct TinyModelOptions {
  uint32_t context_tokens = 2048;
  std::string file = "qwen2-legacy.gguf";
};

/// The scalar backend computes each row by itself, so results do not depend on what else is in a step.
inline std::unique_ptr<Model> TinyModel(const TinyModelOptions& options = {}) {
  ModelOptions model_options;
  model_options.backend = BackendKind::kScalar;
  model_options.threads = 1;
  model_options.context_tokens = options.context_tokens;
  auto model = Model::Load(ESPALIER_SOURCE_DIR "/tests/data/tiny/" + options.file, model_options);
  EXPECT_TRUE(model.has_value()) << model.error().message;
  return std::move(*model);
}

/// Reproducible schedules: no thread, nothing measured.
inline EngineOptions Driven() {
  EngineOptions options;
  options.background = false;
  options.step_target_ms = 0;
  return options;
}

inline EngineOptions Threaded() {
  EngineOptions options;
  options.step_target_ms = 0;
  return options;
}

inline std::unique_ptr<Engine> TinyEngine(const EngineOptions& options, const TinyModelOptions& model = {}) {
  auto engine = Engine::Create(TinyModel(model), options);
  EXPECT_TRUE(engine.has_value());
  return std::move(*engine);
}

/// Forbids the tokens that end generation: a random model emits them anywhere.
class NeverEnd : public TokenConstraint {
 public:
  explicit NeverEnd(const Tokenizer& tokenizer) : tokenizer_(&tokenizer) {}
  bool Allows(TokenId token) override { return !tokenizer_->IsEndOfGeneration(token); }
  void Accept(TokenId) override {}
  void Rollback(size_t) override {}

 private:
  const Tokenizer* tokenizer_;
};

inline std::vector<TokenId> RandomPrompt(std::mt19937& random, size_t tokens) {
  std::vector<TokenId> prompt(tokens);
  for (TokenId& t : prompt) t = static_cast<TokenId>(random() % 600);  // text tokens come first
  return prompt;
}

/// At a temperature that makes the random model's every token about equally likely.
inline GenerateRequest RandomRequest(std::shared_ptr<TokenConstraint> constraint, uint64_t seed,
                                     uint32_t tokens) {
  std::mt19937 random(static_cast<uint32_t>(seed));
  GenerateRequest request;
  request.prompt = RandomPrompt(random, 4);
  request.sampling.temperature = 3.0f;
  request.sampling.seed = seed;
  request.max_tokens = tokens;
  request.constraint = std::move(constraint);
  return request;
}

/// A greedy request of exactly `max_tokens` tokens without speculation.
inline GenerateRequest PlainRequest(const Engine& engine, std::vector<TokenId> prompt, uint32_t max_tokens) {
  GenerateRequest request;
  request.prompt = std::move(prompt);
  request.max_tokens = max_tokens;
  request.speculation.ngram_draft_tokens = 0;
  request.constraint = std::make_shared<NeverEnd>(engine.tokenizer());
  return request;
}

/// Submits all at once and drives the engine until they are done; results in the order of the requests.
inline std::vector<GenerateResult> RunTogether(Engine& engine, std::vector<GenerateRequest> requests) {
  std::vector<GenerateResult> results(requests.size());
  std::vector<int> calls(requests.size(), 0);
  for (size_t i = 0; i < requests.size(); ++i) {
    engine.Submit(std::move(requests[i]), [&results, &calls, i](GenerateResult result) {
      results[i] = std::move(result);
      ++calls[i];
    });
  }
  engine.RunUntilIdle();
  EXPECT_EQ(calls, std::vector<int>(calls.size(), 1));
  return results;
}

/// Greedy tokens by the plainest loop there is: one forward pass a token, no engine.
inline std::vector<TokenId> PlainLoop(Model& model, const std::vector<TokenId>& prompt, uint32_t max_tokens) {
  KvSequence sequence;
  Logits logits;
  std::vector<TokenId> output, input = prompt;
  for (uint32_t i = 0; i < max_tokens; ++i) {
    const SequenceChunk chunk{&sequence, input, 1};
    EXPECT_TRUE(model.Forward({&chunk, 1}, logits));
    TokenId best = kNoToken;
    for (TokenId id = 0; id < static_cast<TokenId>(logits.vocab_size); ++id) {
      if (model.tokenizer().IsEndOfGeneration(id)) continue;
      if (best == kNoToken || logits.row(0)[id] > logits.row(0)[best]) best = id;
    }
    output.push_back(best);
    input = {best};
  }
  model.kv().Free(sequence);
  return output;
}

/// Every page is free or in the prefix cache.
inline void ExpectNoPageLost(const Engine& engine, uint32_t context_tokens = 2048) {
  const EngineStats stats = engine.stats();
  EXPECT_EQ(stats.free_pages + stats.cached_pages, (context_tokens + 15) / 16);
  EXPECT_EQ(stats.live_requests, 0u);
  EXPECT_EQ(stats.queued_requests, 0u);
}

}  // namespace espalier
