// The whole backend, opened as the program opens it, on the emulated device: logits against the reference,
// and the KV cache's sharing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <vector>

#include "evals/bench/golden_logits.h"
#include "model/cuda/cuda_backend.h"
#include "model/model.h"

namespace espalier {
namespace {

/// Of the sources; of the folder the test runs in, where it runs on another machine than it was built on.
std::filesystem::path SourceFolder() {
  const std::filesystem::path built = ESPALIER_SOURCE_DIR;
  return std::filesystem::exists(built / "tests") ? built : std::filesystem::current_path();
}
const std::filesystem::path kData = SourceFolder() / "tests" / "data";

/// How many there are; two, where they are emulated.
int Gpus() {
  ::setenv("ESPALIER_CUDA_LIBRARY", ESPALIER_EMULATED_LIBRARY, 0);
  ::setenv("ESPALIER_EMULATED_GPUS", "2", 1);
  const auto gpu = ProbeGpu();
  return gpu ? gpu->count : 0;
}

/// On so many GPUs.
std::unique_ptr<Model> LoadTiny(const std::string& name, int gpus = 1, bool int8 = false) {
  if (Gpus() < gpus) throw std::runtime_error("too few GPUs");
  auto model =
      Model::Load(kData / "tiny" / name,
                  {.backend = BackendKind::kCuda, .context_tokens = 512, .gpus = gpus, .int8_prefill = int8});
  if (!model) throw std::runtime_error(model.error().message);
  return std::move(*model);
}

struct Case {
  std::string file, golden;
  size_t step;
  bool exact;  ///< no activations as bytes or bfloat16
  int gpus = 1;
  bool int8 = false;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.file << " by " << c.step << " on " << c.gpus; }

class CudaGolden : public testing::TestWithParam<Case> {};

TEST_P(CudaGolden, LogitsAreThoseOfTheReference) {
  if (Gpus() < GetParam().gpus) GTEST_SKIP() << "this machine has one GPU";
  const auto golden = ReadGoldenLogits(kData / "golden" / GetParam().golden);
  ASSERT_TRUE(golden);
  const auto model = LoadTiny(GetParam().file, GetParam().gpus, GetParam().int8);
  EXPECT_EQ(model->backend_name(), "cuda");
  LogitsAgreement agreement;
  ASSERT_TRUE(CompareWindow(*model, golden->windows.front(), GetParam().step, agreement));
  SCOPED_TRACE(agreement.Summary());
  const double most = GetParam().exact ? 0.004 : GetParam().int8 ? 0.05 : 0.032;
  EXPECT_GE(agreement.mean_cosine(), GetParam().exact ? 0.9999 : 0.999);
  EXPECT_LE(agreement.rms_difference(), most * agreement.rms_reference());
}

INSTANTIATE_TEST_SUITE_P(Models, CudaGolden,
                         testing::Values(Case{"qwen2-k.gguf", "tiny-qwen2-k.logits", 1, false},
                                         Case{"qwen2-k.gguf", "tiny-qwen2-k.logits", 40, false},
                                         Case{"qwen2-legacy.gguf", "tiny-qwen2-legacy.logits", 5, false},
                                         Case{"qwen2-legacy.gguf", "tiny-qwen2-legacy.logits", 40, false},
                                         Case{"llama.gguf", "tiny-llama.logits", 5, false},
                                         Case{"llama.gguf", "tiny-llama.logits", 40, false},
                                         Case{"qwen2-hf", "tiny-qwen2-hf.logits", 5, true},
                                         Case{"qwen2-hf", "tiny-qwen2-hf.logits", 40, false},
                                         Case{"qwen2-legacy.gguf", "tiny-qwen2-legacy.logits", 1, false, 2},
                                         Case{"qwen2-legacy.gguf", "tiny-qwen2-legacy.logits", 40, false, 2},
                                         Case{"llama.gguf", "tiny-llama.logits", 5, false, 2},
                                         Case{"qwen2-hf", "tiny-qwen2-hf.logits", 5, true, 2},
                                         Case{"qwen2-hf", "tiny-qwen2-hf.logits", 40, false, 1, true}));

std::vector<float> LastLogits(Model& model, KvSequence& sequence, const std::vector<TokenId>& tokens) {
  Logits logits;
  const SequenceChunk chunk = {&sequence, tokens, 1};
  const Status status = model.Forward({&chunk, 1}, logits);
  if (!status) throw std::runtime_error(status.error().message);
  return logits.all();
}

// A fork in the middle of a page gets a copy of it, on the device.
TEST(CudaBackend, ForkedSequencesGoTheirOwnWays) {
  const auto model = LoadTiny("qwen2-k.gguf");
  KvSequence first, straight;
  LastLogits(*model, first, {5, 6, 7, 8, 9});
  auto forked = model->kv().Fork(first, 3);
  ASSERT_TRUE(forked);
  const std::vector<float> branched = LastLogits(*model, *forked, {20, 21});
  const std::vector<float> alone = LastLogits(*model, straight, {5, 6, 7, 20, 21});
  for (size_t i = 0; i < alone.size(); ++i) EXPECT_NEAR(branched[i], alone[i], 1e-2) << i;
  // The first one still has its own last tokens.
  KvSequence again;
  const std::vector<float> on = LastLogits(*model, first, {30});
  const std::vector<float> wanted = LastLogits(*model, again, {5, 6, 7, 8, 9, 30});
  for (size_t i = 0; i < on.size(); ++i) EXPECT_NEAR(on[i], wanted[i], 1e-2) << i;
  for (KvSequence* sequence : {&first, &straight, &*forked, &again}) model->kv().Free(*sequence);
}

TEST(CudaBackend, SequencesInOneBatchDoNotSeeEachOther) {
  const auto model = LoadTiny("qwen2-legacy.gguf");
  KvSequence a, b, c;
  const std::vector<TokenId> one = {1, 2, 3}, two = {40, 41, 42, 43, 44};
  const SequenceChunk batch[] = {{&a, one, 1}, {&b, two, 1}};
  Logits together;
  ASSERT_TRUE(model->Forward(batch, together));
  const std::vector<float> alone = LastLogits(*model, c, two);
  ASSERT_EQ(together.rows, 2u);
  for (size_t i = 0; i < alone.size(); ++i) EXPECT_NEAR(together.row(1)[i], alone[i], 1e-2) << i;
  for (KvSequence* sequence : {&a, &b, &c}) model->kv().Free(*sequence);
}

// A pass that was given up in the middle of being recorded leaves nothing behind.
TEST(CudaBackend, ACancelledPassIsForgotten) {
  const auto model = LoadTiny("qwen2-k.gguf");
  KvSequence sequence, fresh;
  const std::vector<TokenId> tokens = {5, 6, 7};
  const std::vector<float> wanted = LastLogits(*model, fresh, tokens);
  model->kv().Free(fresh);
  const auto again = LoadTiny("qwen2-k.gguf");
  CancelSource cancel;
  cancel.Cancel();
  Logits logits;
  const SequenceChunk chunk = {&sequence, tokens, 1};
  ASSERT_FALSE(again->Forward({&chunk, 1}, logits, cancel.token()));
  EXPECT_EQ(LastLogits(*again, sequence, tokens), wanted);
  again->kv().Free(sequence);
}

// Else the copy would be recorded with what is given up.
TEST(CudaBackend, AForkAfterACancelledPassGetsItsPage) {
  const auto model = LoadTiny("qwen2-k.gguf");
  KvSequence parent, alone;
  LastLogits(*model, parent, {5, 6, 7, 8, 9});
  int polls = 0;
  Logits logits;
  const std::vector<TokenId> more = {10, 11};
  const SequenceChunk chunk = {&parent, more, 1};
  ASSERT_FALSE(model->Forward({&chunk, 1}, logits, CancelToken([&polls] { return ++polls > 1; })));
  auto forked = model->kv().Fork(parent, 3);
  ASSERT_TRUE(forked);
  const std::vector<float> branched = LastLogits(*model, *forked, {20, 21});
  const std::vector<float> wanted = LastLogits(*model, alone, {5, 6, 7, 20, 21});
  for (size_t i = 0; i < wanted.size(); ++i) EXPECT_NEAR(branched[i], wanted[i], 1e-2) << i;
  for (KvSequence* sequence : {&parent, &alone, &*forked}) model->kv().Free(*sequence);
}

// The second of two equal passes is a graph's.
TEST(CudaBackend, RecordedPassesSeeTheirOwnTokens) {
  const auto model = LoadTiny("qwen2-k.gguf");
  KvSequence one, two;
  std::vector<float> first = LastLogits(*model, one, {5}), second = LastLogits(*model, two, {9});
  EXPECT_NE(first, second);
  KvSequence check;
  EXPECT_EQ(LastLogits(*model, check, {5}), first);
  for (KvSequence* sequence : {&one, &two, &check}) model->kv().Free(*sequence);
}

TEST(CudaBackend, WhatCannotBeIsSaid) {
  ::setenv("ESPALIER_CUDA_LIBRARY", ESPALIER_EMULATED_LIBRARY, 0);
  const auto bytes =
      Model::Load(kData / "tiny/llama.gguf", {.backend = BackendKind::kCuda, .kv_type = KvType::kQ8});
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().code, ErrorCode::kUnsupported);
  const auto huge =
      Model::Load(kData / "tiny/llama.gguf", {.backend = BackendKind::kCuda, .context_tokens = 100'000'000});
  ASSERT_FALSE(huge);
  EXPECT_EQ(huge.error().code, ErrorCode::kResourceExhausted);
  EXPECT_THAT(huge.error().message, testing::HasSubstr("MiB are free"));
}

// What two GPUs say of rows is of the whole vocabulary, and forks copy the pages of both.
TEST(CudaBackend, TwoGpusAreOne) {
  if (Gpus() < 2) GTEST_SKIP() << "this machine has one GPU";
  const std::unique_ptr<Model> models[] = {LoadTiny("qwen2-legacy.gguf"), LoadTiny("qwen2-legacy.gguf", 2)};
  Logits logits[2];
  const std::vector<TokenId> tokens = {5, 6, 7, 8, 9}, more = {20, 21};
  for (int i = 0; i < 2; ++i) {
    Model& model = *models[i];
    KvSequence sequence;
    SequenceChunk chunk = {&sequence, tokens, 0};
    ASSERT_TRUE(model.Forward({&chunk, 1}, logits[i]));
    auto forked = model.kv().Fork(sequence, 3);
    ASSERT_TRUE(forked);
    chunk = {&*forked, more, 2};
    ASSERT_TRUE(model.Forward({&chunk, 1}, logits[i]));
    model.kv().Free(sequence);
    model.kv().Free(*forked);
  }
  for (size_t r = 0; r < 2; ++r) {
    for (uint32_t i = 0; i < kLeaders; ++i) {
      const Leader& leader = logits[1].leaders(r)[i];
      EXPECT_EQ(leader.logit, logits[1].row(r)[static_cast<size_t>(leader.token)]);
      EXPECT_NEAR(leader.logit, logits[0].leaders(r)[i].logit, 2e-2);
      EXPECT_NEAR(logits[1].LogProbability(r, leader), logits[0].LogProbability(r, logits[0].leaders(r)[i]),
                  2e-2);
    }
    for (size_t i = 0; i < logits[0].vocab_size; ++i)
      EXPECT_NEAR(logits[0].row(r)[i], logits[1].row(r)[i], 2e-2);
  }
}

TEST(CudaBackend, MoreGpusThanThereAreIsSaid) {
  const int there = Gpus();
  const auto model =
      Model::Load(kData / "tiny/llama.gguf", {.backend = BackendKind::kCuda, .gpus = there + 1});
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().message,
            std::to_string(there + 1) + " GPUs are asked for, the machine has " + std::to_string(there));
}

TEST(CudaBackend, TheDeviceIsNamed) {
  ::setenv("ESPALIER_CUDA_LIBRARY", ESPALIER_EMULATED_LIBRARY, 0);
  const auto gpu = ProbeGpu();
  ASSERT_TRUE(gpu);
  EXPECT_FALSE(gpu->name.empty());
  EXPECT_GE(gpu->major, 8);
}

}  // namespace
}  // namespace espalier
