// The whole forward pass on the committed tiny models: backends agree, and how a text is cut into
// Forward calls never changes its logits.
#include "model/model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "model/backend.h"

namespace espalier {
namespace {

std::filesystem::path Tiny(const std::string& name) {
  return std::filesystem::path(ESPALIER_SOURCE_DIR) / "tests/data/tiny" / name;
}

std::unique_ptr<Model> Load(const std::string& name, BackendKind backend = BackendKind::kAuto,
                            int threads = 2, KvType kv = KvType::kF16) {
  ModelOptions options;
  options.backend = backend;
  options.threads = threads;
  options.context_tokens = 2048;
  options.kv_type = kv;
  auto model = Model::Load(Tiny(name), options);
  EXPECT_TRUE(model) << model.error().message;
  return model ? std::move(*model) : nullptr;
}

std::vector<TokenId> RandomTokens(const Model& model, size_t count, uint32_t seed = 3) {
  std::mt19937 random(seed);
  std::vector<TokenId> tokens(count);
  for (TokenId& token : tokens) token = static_cast<TokenId>(random() % model.hparams().vocab_size);
  return tokens;
}

// Logits of every position, the tokens given in pieces of `step`.
std::vector<float> AllLogits(Model& model, const std::vector<TokenId>& tokens, size_t step) {
  KvSequence sequence;
  std::vector<float> all;
  Logits logits;
  for (size_t at = 0; at < tokens.size(); at += step) {
    const std::span<const TokenId> piece(tokens.data() + at, std::min(step, tokens.size() - at));
    const SequenceChunk chunk{&sequence, piece, static_cast<uint32_t>(piece.size())};
    const Status status = model.Forward({&chunk, 1}, logits);
    EXPECT_TRUE(status) << status.error().message;
    EXPECT_EQ(logits.rows, piece.size());
    const std::vector<float> values = logits.all();
    all.insert(all.end(), values.begin(), values.end());
  }
  model.kv().Free(sequence);
  return all;
}

double Cosine(const std::vector<float>& a, const std::vector<float>& b) {
  double ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    ab += double{a[i]} * b[i];
    aa += double{a[i]} * a[i];
    bb += double{b[i]} * b[i];
  }
  return ab / std::sqrt(aa * bb);
}

class TinyModelTest : public testing::TestWithParam<std::string> {};

TEST_P(TinyModelTest, EveryBackendAgreesWithTheScalarReference) {
  auto reference = Load(GetParam(), BackendKind::kScalar);
  const std::vector<TokenId> tokens = RandomTokens(*reference, 150);
  const std::vector<float> expected = AllLogits(*reference, tokens, 150);
  for (const BackendKind kind : AvailableBackends()) {
    auto model = Load(GetParam(), kind);
    EXPECT_EQ(model->backend_name(), BackendKindName(kind));
    EXPECT_GT(Cosine(expected, AllLogits(*model, tokens, 150)), 0.999) << model->backend_name();
  }
}

TEST_P(TinyModelTest, LogitsDoNotDependOnHowTheTextIsCut) {
  for (const BackendKind kind : AvailableBackends()) {
    auto model = Load(GetParam(), kind);
    const std::vector<TokenId> tokens = RandomTokens(*model, 300);
    const std::vector<float> whole = AllLogits(*model, tokens, 300);  // more than one pass of 256 rows
    for (const size_t step : {1, 2, 7, 8, 9, 33}) {
      EXPECT_EQ(whole, AllLogits(*model, tokens, step)) << model->backend_name() << " in steps of " << step;
    }
  }
}

TEST_P(TinyModelTest, SequencesOfABatchDoNotSeeEachOther) {
  auto model = Load(GetParam());
  const std::vector<TokenId> a = RandomTokens(*model, 40, 1), b = RandomTokens(*model, 25, 2);
  const std::vector<float> alone_a = AllLogits(*model, a, 40), alone_b = AllLogits(*model, b, 25);
  KvSequence sa, sb;
  const SequenceChunk chunks[] = {{&sa, a, 40}, {&sb, b, 1}};
  Logits logits;
  ASSERT_TRUE(model->Forward(chunks, logits));
  ASSERT_EQ(logits.rows, 41u);
  const size_t vocab = logits.vocab_size;
  const std::vector<float> values = logits.all();
  EXPECT_TRUE(std::equal(alone_a.begin(), alone_a.end(), values.begin()));
  EXPECT_TRUE(std::equal(alone_b.end() - static_cast<std::ptrdiff_t>(vocab), alone_b.end(),
                         values.begin() + static_cast<std::ptrdiff_t>(40 * vocab)));
  model->kv().Free(sa);
  model->kv().Free(sb);
  EXPECT_EQ(model->kv().free_pages(), model->kv().total_pages());
}

TEST_P(TinyModelTest, ForkAndRollbackGiveTheSameLogitsAsStartingOver) {
  auto model = Load(GetParam());
  const std::vector<TokenId> tokens = RandomTokens(*model, 60);
  const std::vector<float> expected = AllLogits(*model, tokens, 60);
  KvSequence parent;
  Logits logits;
  SequenceChunk chunk{&parent, {tokens.data(), 45}, 0};
  ASSERT_TRUE(model->Forward({&chunk, 1}, logits));
  EXPECT_EQ(logits.rows, 0u);
  auto child = model->kv().Fork(parent, 37);
  ASSERT_TRUE(child);
  const std::vector<TokenId> wrong = RandomTokens(*model, 9, 77);
  chunk = {&*child, wrong, 9};
  ASSERT_TRUE(model->Forward({&chunk, 1}, logits));
  model->kv().Truncate(*child, 37);
  chunk = {&*child, {tokens.data() + 37, 23}, 1};
  ASSERT_TRUE(model->Forward({&chunk, 1}, logits));
  const std::vector<float> values = logits.all();
  EXPECT_TRUE(std::equal(values.begin(), values.end(),
                         expected.end() - static_cast<std::ptrdiff_t>(logits.vocab_size)));
}

INSTANTIATE_TEST_SUITE_P(Files, TinyModelTest,
                         testing::Values("qwen2-legacy.gguf", "qwen2-k.gguf", "llama.gguf", "qwen2-hf"),
                         [](const auto& test) {
                           std::string name = test.param.substr(0, test.param.find('.'));
                           for (char& c : name) c = c == '-' ? '_' : c;
                           return name;
                         });

TEST(ModelTest, EightBitKvPagesStayClose) {
  auto full = Load("qwen2-k.gguf"), small = Load("qwen2-k.gguf", BackendKind::kAuto, 2, KvType::kQ8);
  const std::vector<TokenId> tokens = RandomTokens(*full, 200);
  EXPECT_GT(Cosine(AllLogits(*full, tokens, 200), AllLogits(*small, tokens, 200)), 0.999);
}

TEST(ModelTest, ManyThreadsSplitTheKeysAndAgree) {
  auto few = Load("qwen2-k.gguf", BackendKind::kAuto, 1), many = Load("qwen2-k.gguf", BackendKind::kAuto, 7);
  const std::vector<TokenId> tokens = RandomTokens(*few, 1200);
  const auto last = [&](Model& model) {
    KvSequence sequence;
    Logits logits;
    SequenceChunk chunk{&sequence, {tokens.data(), 1199}, 0};
    EXPECT_TRUE(model.Forward({&chunk, 1}, logits));
    chunk = {&sequence, {tokens.data() + 1199, 1}, 1};
    EXPECT_TRUE(model.Forward({&chunk, 1}, logits));
    return logits.all();
  };
  EXPECT_GT(Cosine(last(*few), last(*many)), 0.99999);
}

TEST(ModelTest, BadBatchesAreErrorsThatChangeNothing) {
  auto model = Load("qwen2-k.gguf");
  KvSequence sequence;
  Logits logits;
  const auto run = [&](std::vector<TokenId> tokens, uint32_t rows, const CancelToken& cancel = {}) {
    const SequenceChunk chunk{&sequence, tokens, rows};
    const Status status = model->Forward({&chunk, 1}, logits, cancel);
    EXPECT_EQ(model->kv().free_pages() == model->kv().total_pages(), !status);
    return status ? ErrorCode::kInternal : status.error().code;
  };
  EXPECT_EQ(run({-1}, 1), ErrorCode::kInvalidArgument);
  EXPECT_EQ(run({static_cast<TokenId>(model->hparams().vocab_size)}, 1), ErrorCode::kInvalidArgument);
  EXPECT_EQ(run({1, 2}, 3), ErrorCode::kInvalidArgument);
  EXPECT_EQ(run(std::vector<TokenId>(model->hparams().context_length + 1, 1), 1),
            ErrorCode::kInvalidArgument);
  CancelSource source;
  source.Cancel();
  EXPECT_EQ(run({1, 2, 3}, 1, source.token()), ErrorCode::kCancelled);
  EXPECT_EQ(run({1, 2, 3}, 1, CancelSource(Clock::now()).token()), ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(sequence.length(), 0u);
  const std::vector<TokenId> one = {1};
  const SequenceChunk good{&sequence, one, 1};
  EXPECT_TRUE(model->Forward({&good, 1}, logits));
}

TEST(ModelTest, MeanwhileIsCalledOnceAForward) {
  auto model = Load("qwen2-k.gguf");
  KvSequence sequence;
  Logits logits;
  const std::vector<TokenId> many(300, 1);  // more than one pass of 256 rows
  for (const uint32_t rows : {0u, 1u, 300u}) {
    int calls = 0;
    const SequenceChunk chunk{&sequence, many, rows};
    ASSERT_TRUE(model->Forward({&chunk, 1}, logits, {}, [&] { ++calls; }));
    EXPECT_EQ(calls, 1) << rows;
    model->kv().Truncate(sequence, 0);
  }
  int calls = 0;
  const std::vector<TokenId> wrong = {-1};
  const SequenceChunk chunk{&sequence, wrong, 1};
  EXPECT_FALSE(model->Forward({&chunk, 1}, logits, {}, [&] { ++calls; }));
  EXPECT_EQ(calls, 0);
}

TEST(ModelTest, KvExhaustionIsAnError) {
  ModelOptions options;
  options.context_tokens = 64;
  auto model = Model::Load(Tiny("qwen2-k.gguf"), options);
  ASSERT_TRUE(model);
  KvSequence sequence;
  const std::vector<TokenId> tokens(65, 1);
  const SequenceChunk chunk{&sequence, tokens, 1};
  Logits logits;
  const Status status = (*model)->Forward({&chunk, 1}, logits);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ((*model)->kv().free_pages(), 4u);
}

}  // namespace
}  // namespace espalier
