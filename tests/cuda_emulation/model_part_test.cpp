// Tensor parallelism's arithmetic without a GPU: what parts of a model compute adds up to the whole.
#include "model/cuda/model_part.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <stdexcept>

#include "model/quant.h"
#include "tests/cuda_emulation/kernel_kit.h"

namespace espalier::cuda {
namespace {

ModelFile Tiny(const char* name) {
  auto file = OpenModelFile(std::filesystem::path(ESPALIER_SOURCE_DIR) / "tests/data/tiny" / name);
  if (!file) throw std::runtime_error(file.error().message);
  return std::move(*file);
}

std::vector<ModelPart> Cut(const ModelFile& file, uint32_t ranks) {
  std::vector<ModelPart> parts;
  for (uint32_t rank = 0; rank < ranks; ++rank) {
    auto part = CutModel(file, rank, ranks);
    if (!part) throw std::runtime_error(part.error().message);
    parts.push_back(std::move(*part));
  }
  return parts;
}

std::vector<float> Product(const TensorView& w, const std::vector<float>& in) {
  std::vector<float> values;
  for (size_t r = 0; r < w.rows; ++r) {
    const std::vector<float> row = ToFloats({w.type, 1, w.cols, w.row(r)});
    values.insert(values.end(), row.begin(), row.end());
  }
  return NaiveProduct(values, in, w.rows, 1, w.cols);
}

/// The part of `all` that `rank` of the given sizes has.
std::vector<float> Stretch(const std::vector<float>& all, const std::vector<size_t>& sizes, size_t rank) {
  size_t begin = 0;
  for (size_t i = 0; i < rank; ++i) begin += sizes[i];
  const auto first = all.begin() + static_cast<std::ptrdiff_t>(begin);
  return {first, first + static_cast<std::ptrdiff_t>(sizes[rank])};
}

class ModelParts : public testing::TestWithParam<const char*> {};

TEST_P(ModelParts, AddUpToTheWhole) {
  const ModelFile file = Tiny(GetParam());
  const std::vector<ModelPart> parts = Cut(file, 2);
  const LayerWeights& whole = file.weights.layers.back();
  const std::vector<float> x = RandomFloats(file.hparams.d_model, 1);
  using Matrix = TensorView LayerWeights::*;
  const std::pair<Matrix, Matrix> blocks[] = {{&LayerWeights::wq, &LayerWeights::wo},
                                              {&LayerWeights::w_up, &LayerWeights::w_down},
                                              {&LayerWeights::w_gate, &LayerWeights::w_down}};
  for (const auto& [before, behind] : blocks) {
    const std::vector<float> hidden = Product(whole.*before, x), wanted = Product(whole.*behind, hidden);
    std::vector<float> sum(wanted.size(), 0.0f), joined;
    for (const ModelPart& part : parts) {
      const LayerWeights& layer = part.weights.layers.back();
      const std::vector<float> own = Product(layer.*before, x);
      joined.insert(joined.end(), own.begin(), own.end());
      const std::vector<float> share = Product(layer.*behind, own);
      for (size_t i = 0; i < sum.size(); ++i) sum[i] += share[i];
    }
    EXPECT_EQ(joined, hidden);
    EXPECT_LT(RelativeError(sum, wanted), 1e-5);
  }
}

TEST_P(ModelParts, HaveTheirHeadsBiasesAndTokens) {
  const ModelFile file = Tiny(GetParam());
  const std::vector<ModelPart> parts = Cut(file, 2);
  const HyperParameters& h = file.hparams;
  const LayerWeights& whole = file.weights.layers.front();
  size_t tokens = 0, hidden = 0;
  for (size_t rank = 0; rank < parts.size(); ++rank) {
    const ModelPart& part = parts[rank];
    const LayerWeights& layer = part.weights.layers.front();
    EXPECT_EQ(part.hparams.n_heads, h.n_heads / 2);
    EXPECT_EQ(layer.wk.rows, h.kv_dim() / 2);
    EXPECT_EQ(layer.w_down.cols, part.hparams.d_ff);
    hidden += part.hparams.d_ff;
    EXPECT_LE(part.weights.output.rows, part.hparams.vocab_size);
    EXPECT_EQ(part.weights.output.data, file.weights.output.row(tokens));
    tokens += part.weights.output.rows;
    if (whole.bq.empty()) continue;
    const std::vector<size_t> sizes(2, h.q_dim() / 2), kv_sizes(2, h.kv_dim() / 2);
    EXPECT_EQ(ToFloats(layer.bq), Stretch(ToFloats(whole.bq), sizes, rank));
    EXPECT_EQ(ToFloats(layer.bv), Stretch(ToFloats(whole.bv), kv_sizes, rank));
  }
  EXPECT_EQ(tokens, h.vocab_size);
  EXPECT_EQ(hidden, h.d_ff);
}

INSTANTIATE_TEST_SUITE_P(Models, ModelParts, testing::Values("qwen2-legacy.gguf", "llama.gguf", "qwen2-hf"));

TEST(ModelPart, OneOfOneIsTheFile) {
  const ModelFile file = Tiny("qwen2-k.gguf");
  const auto part = CutModel(file, 0, 1);
  ASSERT_TRUE(part);
  EXPECT_TRUE(part->copies.empty());
  EXPECT_TRUE(IsTied(part->weights));
  EXPECT_EQ(part->weights.layers[0].w_down.data, file.weights.layers[0].w_down.data);
}

TEST(ModelPart, WhatCannotBeDividedIsSaid) {
  const ModelFile file = Tiny("qwen2-k.gguf");  // one head of keys and values
  const auto part = CutModel(file, 0, 2);
  ASSERT_FALSE(part);
  EXPECT_EQ(part.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(part.error().message, testing::HasSubstr("4 attention heads, of 1 keys and values"));
}

}  // namespace
}  // namespace espalier::cuda
