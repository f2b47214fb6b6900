// What well-formed GGUF files mean.
#include "model/gguf_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "model/quant.h"
#include "tests/model/gguf_builder.h"

namespace espalier {
namespace {

using testing::ElementsAre;
using testing::Pair;

ModelFile Read(const std::string& bytes) {
  Result<ModelFile> model = ReadGgufModel(std::as_bytes(std::span(bytes)), "test.gguf");
  EXPECT_TRUE(model) << model.error().message;
  return model ? *model : ModelFile{};
}

std::vector<float> Values(const TensorView& view) {
  std::vector<float> values(view.rows * view.cols);
  for (size_t r = 0; r < view.rows; ++r) {
    DequantizeRow(view.type, view.row(r), std::span(values).subspan(r * view.cols, view.cols));
  }
  return values;
}

TEST(GgufModelTest, ReadsHyperParameters) {
  const std::string bytes = SmallQwen2().Build();
  const HyperParameters h = Read(bytes).hparams;
  EXPECT_EQ(h.architecture, "qwen2");
  EXPECT_EQ(h.name, "small");
  EXPECT_EQ(h.n_layers, 1u);
  EXPECT_EQ(h.d_model, 8u);
  EXPECT_EQ(h.n_heads, 2u);
  EXPECT_EQ(h.n_kv_heads, 1u);
  EXPECT_EQ(h.head_dim, 4u);
  EXPECT_EQ(h.d_ff, 12u);
  EXPECT_EQ(h.vocab_size, 8u);
  EXPECT_EQ(h.context_length, 64u);
  EXPECT_EQ(h.rms_epsilon, 1e-6f);
  EXPECT_EQ(h.rope_base, 1e6f);
  EXPECT_EQ(h.rope_layout, RopeLayout::kHalves);
  EXPECT_EQ(h.rope_scaling.type, RopeScalingType::kNone);
}

TEST(GgufModelTest, ReadsVersion2AndOtherAlignments) {
  GgufBuilder file = SmallQwen2();
  file.version = 2;
  file.alignment = 64;
  file.SetUint("general.alignment", 64);
  const std::string bytes = file.Build();
  const ModelFile model = Read(bytes);
  const std::string& data = file.tensor("blk.0.ffn_down.weight").data;
  const TensorView& view = model.weights.layers.at(0).w_down;
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(view.data), view.bytes()), data);
}

TEST(GgufModelTest, BindsEveryWeightInPlace) {
  const GgufBuilder file = SmallQwen2();
  const std::string bytes = file.Build();
  const ModelFile model = Read(bytes);
  uint64_t elements = 0;
  for (const GgufBuilder::Tensor& tensor : file.tensors) elements += tensor.data.size() / sizeof(float);
  EXPECT_EQ(model.parameter_count, elements);
  EXPECT_EQ(model.weights.output.data, model.weights.token_embedding.data);  // tied
  EXPECT_TRUE(model.weights.rope_factors.empty());
  const LayerWeights& layer = model.weights.layers.at(0);
  EXPECT_EQ(layer.w_gate.rows, 12u);
  EXPECT_EQ(layer.w_gate.cols, 8u);
  EXPECT_EQ(layer.bk.cols, 4u);
  EXPECT_EQ(Values(layer.bk), (std::vector<float>{-0.75f, -0.625f, -0.5f, -0.375f}));
}

TEST(GgufModelTest, TakesAnOutputMatrixAndNoBias) {
  GgufBuilder file = SmallQwen2();
  file.AddTensor("output.weight", {8, 8});
  for (const char* part : {"q", "k", "v"}) file.RemoveTensor(std::string("blk.0.attn_") + part + ".bias");
  const std::string bytes = file.Build();
  const ModelFile model = Read(bytes);
  EXPECT_NE(model.weights.output.data, model.weights.token_embedding.data);
  EXPECT_TRUE(model.weights.layers.at(0).bq.empty());
  EXPECT_TRUE(model.weights.layers.at(0).bv.empty());
}

TEST(GgufModelTest, WidensVectorsOf16Bits) {
  GgufBuilder file = SmallQwen2();
  GgufBuilder::Tensor& norm = file.tensor("output_norm.weight");
  norm.type = 1;  // F16
  norm.data.clear();
  for (int i = 0; i < 8; ++i) norm.data += Bytes(FloatToHalf(static_cast<float>(i) / 4));
  const std::string bytes = file.Build();
  const ModelFile model = Read(bytes);
  EXPECT_EQ(model.weights.output_norm.type, DataType::kF32);
  EXPECT_THAT(Values(model.weights.output_norm), ElementsAre(0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75));
}

TEST(GgufModelTest, SkipsMetadataItDoesNotKnow) {
  GgufBuilder file = SmallQwen2();
  file.Set("other.float64", GgufType::kFloat64, Bytes(1.0));
  file.Set("other.bools", GgufType::kArray, GgufArray<uint8_t>(GgufType::kBool, {0, 1}));
  file.SetStrings("other.strings", {"", "x"});
  const std::string bytes = file.Build();
  EXPECT_EQ(Read(bytes).hparams.n_layers, 1u);
}

TEST(GgufModelTest, AcceptsIntegersOfAnyWidth) {
  GgufBuilder file = SmallQwen2();
  file.Set("qwen2.block_count", GgufType::kUint64, Bytes<uint64_t>(1));
  file.Set("qwen2.context_length", GgufType::kInt8, Bytes<int8_t>(100));
  file.Set("qwen2.rope.freq_base", GgufType::kFloat64, Bytes(5e5));
  const std::string bytes = file.Build();
  const ModelFile model = Read(bytes);
  EXPECT_EQ(model.hparams.context_length, 100u);
  EXPECT_EQ(model.hparams.rope_base, 5e5f);
}

TEST(GgufModelTest, ReadsLinearScaling) {
  GgufBuilder file = SmallQwen2();
  file.SetFloat("qwen2.rope.scaling.factor", 4);  // a factor without a type is linear
  const std::string bytes = file.Build();
  const RopeScaling scaling = Read(bytes).hparams.rope_scaling;
  EXPECT_EQ(scaling.type, RopeScalingType::kLinear);
  EXPECT_EQ(scaling.factor, 4.0f);
}

TEST(GgufModelTest, ReadsYarnScaling) {
  GgufBuilder file = SmallQwen2();
  file.SetString("qwen2.rope.scaling.type", "yarn");
  file.SetFloat("qwen2.rope.scaling.factor", 4);
  file.SetUint("qwen2.rope.scaling.original_context_length", 16);
  file.SetFloat("qwen2.rope.scaling.attn_factor", 1.5f);
  const std::string bytes = file.Build();
  const RopeScaling scaling = Read(bytes).hparams.rope_scaling;
  EXPECT_EQ(scaling.type, RopeScalingType::kYarn);
  EXPECT_EQ(scaling.factor, 4.0f);
  EXPECT_EQ(scaling.original_context, 16u);
  EXPECT_EQ(scaling.attention_factor, 1.5f);
  EXPECT_EQ(scaling.beta_fast, 32.0f);
}

TEST(GgufTokenizerTest, ReadsTokensTypesAndMerges) {
  const std::string bytes = SmallQwen2().Build();
  const TokenizerData data = Read(bytes).tokenizer;
  EXPECT_EQ(data.pre_tokenizer, "qwen2");
  EXPECT_EQ(data.tokens.at(2), "ab");
  EXPECT_EQ(data.types.at(6), TokenType::kControl);
  EXPECT_EQ(data.types.at(7), TokenType::kUserDefined);
  EXPECT_THAT(data.merges, ElementsAre(Pair("a", "b")));
  EXPECT_FALSE(data.add_bos);
}

TEST(GgufTokenizerTest, FindsRolesByName) {
  const std::string bytes = SmallQwen2().Build();
  const SpecialTokenIds special = Read(bytes).tokenizer.special;
  EXPECT_EQ(special.fim_prefix, 3);
  EXPECT_EQ(special.fim_suffix, 4);
  EXPECT_EQ(special.fim_middle, 5);
  EXPECT_EQ(special.eos, 6);
  EXPECT_EQ(special.im_start, kNoToken);
}

TEST(GgufTokenizerTest, RolesGivenAsMetadataWin) {
  GgufBuilder file = SmallQwen2();
  file.SetUint("tokenizer.ggml.fim_pre_token_id", 7);
  file.SetUint("tokenizer.ggml.prefix_token_id", 0);  // the older key
  file.SetUint("tokenizer.ggml.middle_token_id", 6);
  const std::string bytes = file.Build();
  const SpecialTokenIds special = Read(bytes).tokenizer.special;
  EXPECT_EQ(special.fim_prefix, 7);
  EXPECT_EQ(special.fim_middle, 6);
  EXPECT_EQ(special.fim_suffix, 4);
}

TEST(GgufTokenizerTest, PlainTokensSpeltLikeMarksHaveNoRole) {
  GgufBuilder file = SmallQwen2();
  file.Set("tokenizer.ggml.token_type", GgufType::kArray,
           GgufArray<int32_t>(GgufType::kInt32, {1, 1, 1, 1, 1, 1, 3, 4}));
  const std::string bytes = file.Build();
  EXPECT_EQ(Read(bytes).tokenizer.special.fim_prefix, kNoToken);
}

TEST(GgufTokenizerTest, AnIdOfMinusOneMeansNone) {
  GgufBuilder file = SmallQwen2();
  file.SetUint("tokenizer.ggml.padding_token_id", UINT32_MAX);
  const std::string bytes = file.Build();
  EXPECT_EQ(Read(bytes).tokenizer.special.pad, kNoToken);
}

TEST(GgufTokenizerTest, NamesEmptyTokensAndSetsThemAside) {
  GgufBuilder file = SmallQwen2();
  file.SetStrings("tokenizer.ggml.tokens", {"a", "b", "ab", "", "r", "s", "t", "u"});
  const std::string bytes = file.Build();
  const TokenizerData data = Read(bytes).tokenizer;
  EXPECT_EQ(data.tokens.at(3), "[EMPTY3]");
  EXPECT_EQ(data.types.at(3), TokenType::kUnused);
}

TEST(GgufTokenizerTest, TextsOfTheLlama3FamilyBeginWithBos) {
  GgufBuilder file = SmallQwen2();
  file.SetString("tokenizer.ggml.pre", "llama-bpe");
  file.SetUint("tokenizer.ggml.bos_token_id", 6);
  EXPECT_TRUE(Read(file.Build()).tokenizer.add_bos);
  file.Set("tokenizer.ggml.add_bos_token", GgufType::kBool, Bytes<uint8_t>(0));
  EXPECT_FALSE(Read(file.Build()).tokenizer.add_bos);
}

std::string Tiny(const std::string& name) { return ESPALIER_SOURCE_DIR "/tests/data/tiny/" + name; }

TEST(OpenModelFileTest, OpensTheTinyLlama) {
  const Result<ModelFile> model = OpenModelFile(Tiny("llama.gguf"));
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->hparams.rope_layout, RopeLayout::kAdjacent);
  EXPECT_THAT(Values(model->weights.rope_factors), ElementsAre(1, 1, 1, 1, 1.5, 2.5, 4, 8));
  EXPECT_NE(model->weights.output.data, model->weights.token_embedding.data);
  EXPECT_TRUE(model->tokenizer.add_bos);
  EXPECT_NE(model->tokenizer.special.fim_prefix, kNoToken);
}

TEST(OpenModelFileTest, OpensTheTinyKQuants) {
  const Result<ModelFile> model = OpenModelFile(Tiny("qwen2-k.gguf"));
  ASSERT_TRUE(model) << model.error().message;
  const LayerWeights& layer = model->weights.layers.at(0);
  EXPECT_EQ(layer.wq.type, DataType::kQ4_K);
  EXPECT_EQ(layer.wk.type, DataType::kQ5_K);
  EXPECT_EQ(layer.wv.type, DataType::kQ6_K);
  EXPECT_NE(model->tokenizer.special.fim_middle, kNoToken);
  EXPECT_EQ(model->tokenizer.tokens.at(static_cast<size_t>(model->tokenizer.special.im_end)), "<|im_end|>");
}

TEST(OpenModelFileTest, NamesAMissingFile) {
  const Result<ModelFile> model = OpenModelFile(Tiny("none.gguf"));
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(model.error().message, testing::HasSubstr("none.gguf"));
}

std::filesystem::path RealModel() {
  const char* models = std::getenv("ESPALIER_MODELS");
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  const std::string base = cache != nullptr ? cache : std::string(home != nullptr ? home : "") + "/.cache";
  return std::filesystem::path(models != nullptr ? models : base + "/espalier/models") /
         "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf";
}

TEST(OpenModelFileTest, OpensQwenCoder) {
  if (!std::filesystem::exists(RealModel())) GTEST_SKIP() << "no model at " << RealModel();
  const Result<ModelFile> model = OpenModelFile(RealModel());
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->hparams.n_layers, 24u);
  EXPECT_EQ(model->hparams.head_dim, 64u);
  EXPECT_EQ(model->hparams.vocab_size, 151936u);
  EXPECT_EQ(model->tokenizer.merges.size(), 151387u);
  EXPECT_EQ(model->tokenizer.special.fim_prefix, 151659);
  EXPECT_EQ(model->tokenizer.special.fim_middle, 151660);
  EXPECT_EQ(model->tokenizer.special.fim_suffix, 151661);
  EXPECT_EQ(model->tokenizer.special.eos, 151645);
  EXPECT_EQ(model->tokenizer.special.eot, 151643);
  EXPECT_EQ(model->parameter_count, 630167424u);
}

}  // namespace
}  // namespace espalier
