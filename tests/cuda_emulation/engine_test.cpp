// The engine over the emulated device: what it writes, with and without a constraint, and from how little.
#include "decoder/engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "tests/decoder/engine_kit.h"

namespace espalier {
namespace {

std::unique_ptr<Model> EmulatedModel(uint32_t context_tokens = 512) {
  ::setenv("ESPALIER_CUDA_LIBRARY", ESPALIER_EMULATED_LIBRARY, 0);
  const auto path = std::filesystem::path(ESPALIER_SOURCE_DIR) / "tests/data/tiny/qwen2-k.gguf";
  auto model = Model::Load(path, {.backend = BackendKind::kCuda, .context_tokens = context_tokens});
  EXPECT_TRUE(model) << model.error().message;
  return std::move(*model);
}

GenerateRequest Greedy(const std::vector<TokenId>& prompt, uint32_t tokens) {
  GenerateRequest request;
  request.prompt = prompt;
  request.max_tokens = tokens;
  request.speculation = {0, 2, 0, 0};
  return request;
}

const std::vector<TokenId> kPrompt = {5, 77, 9, 30, 8};

TEST(CudaEngine, WritesWhatThePlainLoopWrites) {
  const auto plain = EmulatedModel();
  const std::vector<TokenId> wanted = PlainLoop(*plain, kPrompt, 12);
  auto engine = Engine::Create(EmulatedModel(), {.background = false});
  ASSERT_TRUE(engine);
  EXPECT_EQ((*engine)->Generate(Greedy(kPrompt, 12)).tokens, wanted);
}

/// Refuses tokens.
class Refusal final : public TokenConstraint {
 public:
  explicit Refusal(std::set<TokenId> refused) : refused_(std::move(refused)) {}
  bool Allows(TokenId token) override { return refused_.count(token) == 0; }
  void Accept(TokenId) override {}
  void Rollback(size_t) override {}

 private:
  std::set<TokenId> refused_;
};

// One leader is refused: the next is taken. All are: the whole row is looked at.
TEST(CudaEngine, AConstraintGoesDownTheRow) {
  const auto model = EmulatedModel();
  KvSequence sequence;
  Logits logits;
  const SequenceChunk chunk = {&sequence, kPrompt, 1};
  ASSERT_TRUE(model->Forward({&chunk, 1}, logits));
  const auto leaders = logits.leaders(0);
  ASSERT_EQ(leaders.size(), kLeaders);
  EXPECT_EQ(leaders[0].logit, logits.row(0)[static_cast<size_t>(leaders[0].token)]);
  std::set<TokenId> refused;
  auto engine = Engine::Create(EmulatedModel(), {.background = false});
  ASSERT_TRUE(engine);
  for (size_t count = 1; count <= kLeaders; ++count) {
    refused.insert(leaders[count - 1].token);
    TokenId best = kNoToken;
    for (size_t id = 0; id < logits.vocab_size; ++id) {
      if (refused.count(static_cast<TokenId>(id)) > 0) continue;
      if (best == kNoToken || logits.row(0)[id] > logits.row(0)[static_cast<size_t>(best)])
        best = static_cast<TokenId>(id);
    }
    GenerateRequest request = Greedy(kPrompt, 1);
    request.constraint = std::make_shared<Refusal>(refused);
    const GenerateResult result = (*engine)->Generate(std::move(request));
    ASSERT_EQ(result.tokens.size(), 1u) << count;
    EXPECT_EQ(result.tokens[0], best) << count;
  }
  model->kv().Free(sequence);
}

// Batches, forks of the prefix cache, and speculation keep their meaning.
TEST(CudaEngine, SpeculationAndBatchesChangeNothing) {
  auto alone = Engine::Create(EmulatedModel(), {.background = false});
  auto together = Engine::Create(EmulatedModel(), {.background = false});
  ASSERT_TRUE(alone && together);
  std::vector<GenerateRequest> requests;
  for (const TokenId last : {11, 12, 13}) {
    std::vector<TokenId> prompt = kPrompt;
    for (int i = 0; i < 20; ++i) prompt.push_back(i % 4 + 40);  // something to look up
    prompt.push_back(last);
    requests.push_back(Greedy(prompt, 8));
  }
  std::vector<std::vector<TokenId>> wanted;
  for (const GenerateRequest& request : requests) wanted.push_back((*alone)->Generate(request).tokens);
  for (GenerateRequest& request : requests) request.speculation.ngram_draft_tokens = 4;
  const std::vector<GenerateResult> results = (*together)->GenerateAll(requests);
  for (size_t i = 0; i < results.size(); ++i) EXPECT_EQ(results[i].tokens, wanted[i]) << i;
}

// A GPU takes 64 sequences in one step, which is one graph from the second step on.
TEST(CudaEngine, SixtyFourDecodeTogether) {
  auto alone = Engine::Create(EmulatedModel(), {.background = false});
  auto together = Engine::Create(EmulatedModel(1024), {.step_target_ms = 0, .background = false});
  ASSERT_TRUE(alone && together);
  std::vector<GenerateRequest> requests;
  for (TokenId first = 0; first < 64; ++first) requests.push_back(Greedy({first + 1, 9, 30}, 4));
  const std::vector<GenerateResult> results = (*together)->GenerateAll(requests);
  EXPECT_LE((*together)->stats().steps, 12u);
  for (const size_t i : {0, 17, 63})
    EXPECT_EQ(results[i].tokens, (*alone)->Generate(requests[i]).tokens) << i;
}

/// The tokens that the sampler draws from whole rows.
std::vector<TokenId> DrawnFromRows(Model& model, const SamplingOptions& options, uint32_t tokens) {
  KvSequence sequence;
  Logits logits;
  Sampler sampler(options);
  std::vector<TokenId> known = kPrompt, input = kPrompt;
  for (uint32_t i = 0; i < tokens; ++i) {
    const SequenceChunk chunk{&sequence, input, 1};
    EXPECT_TRUE(model.Forward({&chunk, 1}, logits));
    const size_t vocabulary = std::min(logits.vocab_size, model.tokenizer().vocab_size());
    input = {sampler.Sample(logits.row(0).first(vocabulary), known)};
    if (model.tokenizer().IsEndOfGeneration(input[0])) break;
    known.push_back(input[0]);
  }
  model.kv().Free(sequence);
  return {known.begin() + static_cast<std::ptrdiff_t>(kPrompt.size()), known.end()};
}

class CudaSampling : public testing::TestWithParam<SamplingOptions> {};

// Whether the device draws or whole rows are fetched for it, with and without drafts, its own and a model's.
TEST_P(CudaSampling, TheDeviceDrawsWhatTheSamplerDraws) {
  const auto plain = EmulatedModel();
  const std::vector<TokenId> wanted = DrawnFromRows(*plain, GetParam(), 16);
  auto engine = Engine::Create(EmulatedModel(), {.background = false});
  auto drafted = Engine::Create(EmulatedModel(), {.step_target_ms = 0, .background = false}, EmulatedModel());
  ASSERT_TRUE(engine && drafted);
  GenerateRequest request = Greedy(kPrompt, 16);
  request.sampling = GetParam();
  EXPECT_EQ((*engine)->Generate(request).tokens, wanted);
  request.speculation.ngram_draft_tokens = 4;
  EXPECT_EQ((*engine)->Generate(request).tokens, wanted);
  request.speculation = {};
  request.speculation.model_draft_tokens = 4;
  const GenerateResult result = (*drafted)->Generate(request);
  EXPECT_EQ(result.tokens, wanted);
  EXPECT_GE(result.timings.accepted_tokens, wanted.size() / 2);  // the draft model is the same
}

INSTANTIATE_TEST_SUITE_P(
    Options, CudaSampling,
    testing::Values(SamplingOptions{.temperature = 1.0f, .seed = 5},
                    SamplingOptions{.temperature = 0.7f, .top_k = 20, .top_p = 0.9f, .seed = 6},
                    SamplingOptions{.temperature = 1.5f, .min_p = 0.02f, .seed = 7},
                    SamplingOptions{.temperature = 1.0f, .repetition_penalty = 1.3f, .seed = 8}));

}  // namespace
}  // namespace espalier
