// Hugging Face directories: what they mean, what config.json may say, and broken ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "model/hf_config.h"
#include "model/model_file.h"
#include "model/quant.h"
#include "tests/support/temporary_folder.h"

namespace espalier {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

const fs::path kTiny = fs::path(ESPALIER_SOURCE_DIR) / "tests" / "data" / "tiny";

std::string ReadText(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void WriteText(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::vector<float> Values(const TensorView& view) {
  std::vector<float> values(view.rows * view.cols);
  for (size_t r = 0; r < view.rows; ++r) {
    DequantizeRow(view.type, view.row(r), std::span(values).subspan(r * view.cols, view.cols));
  }
  return values;
}

double RelativeRmsError(const TensorView& expected, const TensorView& actual) {
  const std::vector<float> a = Values(expected);
  const std::vector<float> b = Values(actual);
  double error = 0;
  double norm = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    error += std::pow(a[i] - b.at(i), 2);
    norm += std::pow(a[i], 2);
  }
  return std::sqrt(error / norm);
}

/// A copy of the tiny model's directory that a test may change.
class HfModelTest : public testing::Test {
 protected:
  void SetUp() override { fs::copy(kTiny / "qwen2-hf", directory_); }

  void EditConfig(const std::function<void(json&)>& edit) {
    json config = json::parse(ReadText(directory_ / "config.json"));
    edit(config);
    WriteText(directory_ / "config.json", config.dump());
  }
  std::string OpenError() const {
    const Result<ModelFile> model = OpenModelFile(directory_);
    return model ? "opened" : model.error().message;
  }

  const TemporaryFolder folder_;
  const fs::path directory_ = folder_.path() / "model";
};

TEST_F(HfModelTest, IsTheSameModelAsTheGguf) {
  const Result<ModelFile> hf = OpenModelFile(directory_);
  const Result<ModelFile> gguf = OpenModelFile(kTiny / "qwen2-legacy.gguf");
  ASSERT_TRUE(hf) << hf.error().message;
  ASSERT_TRUE(gguf) << gguf.error().message;
  EXPECT_EQ(hf->hparams.n_layers, gguf->hparams.n_layers);
  EXPECT_EQ(hf->hparams.head_dim, gguf->hparams.head_dim);
  EXPECT_EQ(hf->hparams.d_ff, gguf->hparams.d_ff);
  EXPECT_EQ(hf->hparams.vocab_size, gguf->hparams.vocab_size);
  EXPECT_EQ(hf->hparams.rope_base, gguf->hparams.rope_base);
  EXPECT_EQ(hf->hparams.rms_epsilon, gguf->hparams.rms_epsilon);
  EXPECT_EQ(hf->parameter_count, gguf->parameter_count);
  EXPECT_EQ(hf->tokenizer.tokens, gguf->tokenizer.tokens);
  EXPECT_EQ(hf->tokenizer.types, gguf->tokenizer.types);
  EXPECT_EQ(hf->tokenizer.merges, gguf->tokenizer.merges);
  EXPECT_EQ(hf->tokenizer.pre_tokenizer, gguf->tokenizer.pre_tokenizer);
  EXPECT_EQ(hf->tokenizer.chat_template, gguf->tokenizer.chat_template);
  EXPECT_EQ(hf->tokenizer.add_bos, gguf->tokenizer.add_bos);
}

TEST_F(HfModelTest, HasTheRolesOfTheGguf) {
  const SpecialTokenIds hf = OpenModelFile(directory_)->tokenizer.special;
  const SpecialTokenIds gguf = OpenModelFile(kTiny / "qwen2-legacy.gguf")->tokenizer.special;
  for (const auto role :
       {&SpecialTokenIds::bos, &SpecialTokenIds::eos, &SpecialTokenIds::eot, &SpecialTokenIds::pad,
        &SpecialTokenIds::fim_prefix, &SpecialTokenIds::fim_suffix, &SpecialTokenIds::fim_middle,
        &SpecialTokenIds::fim_pad, &SpecialTokenIds::repo_name, &SpecialTokenIds::file_sep,
        &SpecialTokenIds::im_start, &SpecialTokenIds::im_end}) {
    EXPECT_EQ(hf.*role, gguf.*role);
    EXPECT_NE(hf.*role, kNoToken);
  }
}

TEST_F(HfModelTest, HasTheWeightsOfTheGguf) {
  const Result<ModelFile> hf = OpenModelFile(directory_);
  const Result<ModelFile> gguf = OpenModelFile(kTiny / "qwen2-legacy.gguf");
  ASSERT_TRUE(hf) << hf.error().message;
  EXPECT_LT(RelativeRmsError(hf->weights.token_embedding, gguf->weights.token_embedding), 0.01);
  const auto same = [&](size_t layer, TensorView LayerWeights::*place) {
    return RelativeRmsError(hf->weights.layers[layer].*place, gguf->weights.layers[layer].*place);
  };
  EXPECT_EQ(same(0, &LayerWeights::bq), 0.0);
  EXPECT_EQ(same(0, &LayerWeights::ffn_norm), 0.0);
  EXPECT_EQ(same(1, &LayerWeights::wq), 0.0);  // BF16 in both
  EXPECT_EQ(same(1, &LayerWeights::wk), 0.0);  // F32
  EXPECT_LT(same(0, &LayerWeights::wq), 0.1);  // Q4_0
  EXPECT_LT(same(0, &LayerWeights::wk), 0.06);
  EXPECT_LT(same(0, &LayerWeights::wv), 0.06);
  EXPECT_LT(same(0, &LayerWeights::w_up), 0.06);
  EXPECT_LT(same(0, &LayerWeights::w_down), 0.001);
}

/// Moves half of the tensors of model.safetensors to another file, with an index.
void SplitIntoShards(const fs::path& directory) {
  const std::string bytes = ReadText(directory / "model.safetensors");
  uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof(length));
  json header = json::parse(bytes.substr(8, length));
  json headers[2];
  std::string data[2];
  json index = {{"weight_map", json::object()}};
  size_t count = 0;
  for (auto [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    const size_t shard = count++ % 2;
    const size_t begin = entry["data_offsets"][0];
    const size_t end = entry["data_offsets"][1];
    entry["data_offsets"] = {data[shard].size(), data[shard].size() + end - begin};
    data[shard] += bytes.substr(8 + length + begin, end - begin);
    headers[shard][name] = entry;
    index["weight_map"][name] = "part-" + std::to_string(shard) + ".safetensors";
  }
  fs::remove(directory / "model.safetensors");
  WriteText(directory / "model.safetensors.index.json", index.dump());
  for (size_t shard = 0; shard < 2; ++shard) {
    std::string text = headers[shard].dump();
    text.resize((text.size() + 7) / 8 * 8, ' ');
    const uint64_t size = text.size();
    const std::string prefix(reinterpret_cast<const char*>(&size), sizeof(size));
    WriteText(directory / ("part-" + std::to_string(shard) + ".safetensors"), prefix + text + data[shard]);
  }
}

TEST_F(HfModelTest, ReadsShards) {
  SplitIntoShards(directory_);
  const Result<ModelFile> shards = OpenModelFile(directory_);
  ASSERT_TRUE(shards) << shards.error().message;
  EXPECT_EQ(shards->files.size(), 2u);
  const Result<ModelFile> whole = OpenModelFile(kTiny / "qwen2-hf");
  EXPECT_EQ(Values(shards->weights.layers[1].w_up), Values(whole->weights.layers[1].w_up));
  EXPECT_EQ(Values(shards->weights.output_norm), Values(whole->weights.output_norm));
}

TEST_F(HfModelTest, NamesAMissingShard) {
  SplitIntoShards(directory_);
  fs::remove(directory_ / "part-1.safetensors");
  EXPECT_THAT(OpenError(), HasSubstr("part-1.safetensors"));
}

TEST_F(HfModelTest, AnIndexMayNotPointOutsideTheDirectory) {
  for (const char* name :
       {"../model.safetensors", "/etc/x.safetensors", "", "model.bin", "a/b.safetensors"}) {
    WriteText(directory_ / "model.safetensors.index.json", json{{"weight_map", {{"w", name}}}}.dump());
    EXPECT_THAT(OpenError(), HasSubstr("is not the name of a safetensors file"));
  }
}

TEST_F(HfModelTest, ATensorInTwoShardsIsAnError) {
  fs::copy(directory_ / "model.safetensors", directory_ / "again.safetensors");
  const json map = {{"a", "model.safetensors"}, {"b", "again.safetensors"}};
  WriteText(directory_ / "model.safetensors.index.json", json{{"weight_map", map}}.dump());
  EXPECT_THAT(OpenError(), HasSubstr("in another file"));
}

TEST_F(HfModelTest, AnIndexWithoutAMapIsAnError) {
  WriteText(directory_ / "model.safetensors.index.json", "{}");
  EXPECT_THAT(OpenError(), HasSubstr("'weight_map' is missing"));
}

TEST_F(HfModelTest, NamesMissingFiles) {
  for (const char* name : {"tokenizer.json", "model.safetensors", "config.json"}) {
    fs::remove(directory_ / name);
    const Result<ModelFile> model = OpenModelFile(directory_);
    ASSERT_FALSE(model);
    EXPECT_EQ(model.error().code, ErrorCode::kNotFound);
    EXPECT_THAT(model.error().message, HasSubstr(name));
  }
}

TEST_F(HfModelTest, TokenizerConfigMayBeMissing) {
  fs::remove(directory_ / "tokenizer_config.json");
  const Result<ModelFile> model = OpenModelFile(directory_);
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->tokenizer.chat_template, "");
}

TEST_F(HfModelTest, AnUntiedModelNeedsItsOutputMatrix) {
  EditConfig([](json& config) { config["tie_word_embeddings"] = false; });
  EXPECT_THAT(OpenError(), HasSubstr("'lm_head.weight' is missing"));
}

TEST_F(HfModelTest, VocabularySizeMustMatchTheEmbedding) {
  EditConfig([](json& config) { config["vocab_size"] = 705; });
  EXPECT_THAT(OpenError(), HasSubstr("'vocab_size' is 705"));
}

TEST_F(HfModelTest, ShapesMustMatchTheConfig) {
  EditConfig([](json& config) { config["intermediate_size"] = 128; });
  EXPECT_THAT(OpenError(), HasSubstr("'model.layers.0.mlp.gate_proj.weight' has shape [96, 64]"));
}

TEST_F(HfModelTest, LayersBeyondTheConfigAreAnError) {
  EditConfig([](json& config) { config["num_hidden_layers"] = 1; });
  EXPECT_THAT(OpenError(), HasSubstr("has no place in a qwen2 model of 1 layers"));
}

TEST_F(HfModelTest, MoreTokensThanRowsIsAnError) {
  json tokenizer = json::parse(ReadText(directory_ / "tokenizer.json"));
  tokenizer["added_tokens"].push_back({{"id", 704}, {"content", "<more>"}});
  WriteText(directory_ / "tokenizer.json", tokenizer.dump());
  EXPECT_THAT(OpenError(), HasSubstr("705 tokens"));
}

json SmallConfig() {
  return {{"model_type", "llama"},          {"num_hidden_layers", 2},  {"hidden_size", 64},
          {"num_attention_heads", 4},       {"intermediate_size", 96}, {"vocab_size", 100},
          {"max_position_embeddings", 256}, {"rms_norm_eps", 1e-5}};
}

Result<HfConfig> ParseConfig(const json& config) {
  return ParseHfConfig(config.dump(), FileErrors("config.json"));
}

TEST(HfConfigTest, FillsInDefaults) {
  const Result<HfConfig> config = ParseConfig(SmallConfig());
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->hparams.n_kv_heads, 4u);
  EXPECT_EQ(config->hparams.head_dim, 16u);
  EXPECT_EQ(config->hparams.rope_base, 10000.0f);
  EXPECT_EQ(config->hparams.rope_layout, RopeLayout::kHalves);
  EXPECT_FALSE(config->tied_output);
  EXPECT_EQ(config->eos, kNoToken);
}

TEST(HfConfigTest, ReadsLlama3Scaling) {
  json file = SmallConfig();
  file["rope_theta"] = 500000.0;
  file["rope_scaling"] = {{"rope_type", "llama3"},
                          {"factor", 8.0},
                          {"low_freq_factor", 1.0},
                          {"high_freq_factor", 4.0},
                          {"original_max_position_embeddings", 8192}};
  const Result<HfConfig> config = ParseConfig(file);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->hparams.rope_base, 500000.0f);
  EXPECT_EQ(config->hparams.rope_scaling.type, RopeScalingType::kLlama3);
  EXPECT_EQ(config->hparams.rope_scaling.factor, 8.0f);
  EXPECT_EQ(config->hparams.rope_scaling.original_context, 8192u);
}

TEST(HfConfigTest, ReadsRopeParametersOfNewerFiles) {
  json file = SmallConfig();
  file["rope_parameters"] = {{"rope_type", "yarn"}, {"rope_theta", 1e6}, {"factor", 4.0}, {"beta_fast", 16}};
  const Result<HfConfig> config = ParseConfig(file);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->hparams.rope_base, 1e6f);
  EXPECT_EQ(config->hparams.rope_scaling.type, RopeScalingType::kYarn);
  EXPECT_EQ(config->hparams.rope_scaling.original_context, 256u);
  EXPECT_EQ(config->hparams.rope_scaling.beta_fast, 16.0f);
}

TEST(HfConfigTest, NullsAreAbsent) {
  json file = SmallConfig();
  file["rope_scaling"] = nullptr;
  file["head_dim"] = nullptr;
  const Result<HfConfig> config = ParseConfig(file);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->hparams.rope_scaling.type, RopeScalingType::kNone);
}

TEST(HfConfigTest, TakesTheFirstOfSeveralEndTokens) {
  json file = SmallConfig();
  file["eos_token_id"] = {7, 8};
  EXPECT_EQ(ParseConfig(file)->eos, 7);
}

struct MalformedCase {
  std::string name;
  json patch;  ///< merged into the small config
  std::vector<std::string> message;
  ErrorCode code = ErrorCode::kCorrupt;
};

void PrintTo(const MalformedCase& malformed, std::ostream* out) { *out << malformed.name; }

class MalformedHfConfigTest : public testing::TestWithParam<MalformedCase> {};

TEST_P(MalformedHfConfigTest, GivesOneClearLine) {
  json file = SmallConfig();
  file.update(GetParam().patch);
  const Result<HfConfig> config = ParseConfig(file);
  ASSERT_FALSE(config);
  const std::string& message = config.error().message;
  EXPECT_EQ(config.error().code, GetParam().code) << message;
  EXPECT_THAT(message, testing::StartsWith("'config.json': "));
  EXPECT_THAT(message, testing::Not(HasSubstr("\n")));
  for (const std::string& part : GetParam().message) EXPECT_THAT(message, HasSubstr(part));
}

const MalformedCase kCases[] = {
    {"Architecture", {{"model_type", "gpt_bigcode"}}, {"'gpt_bigcode'"}, ErrorCode::kUnsupported},
    {"ArchitectureMissing", {{"model_type", nullptr}}, {"architecture ''"}, ErrorCode::kUnsupported},
    {"ArchitectureNumber", {{"model_type", 3}}, {"'model_type'", "a string"}},
    {"LayersZero", {{"num_hidden_layers", 0}}, {"'num_hidden_layers' is '0'", "1 to 1024"}},
    {"LayersNegative", {{"num_hidden_layers", -1}}, {"'num_hidden_layers' is '-1'"}},
    {"LayersFraction", {{"num_hidden_layers", 2.5}}, {"'num_hidden_layers' is '2.5'"}},
    {"LayersText", {{"num_hidden_layers", "2\n"}}, {"'num_hidden_layers'", "an integer"}},
    {"LayersObject", {{"num_hidden_layers", json::object()}}, {"'num_hidden_layers' is an object"}},
    {"LayersHuge", {{"num_hidden_layers", UINT64_MAX}}, {"18446744073709551615"}},
    {"LayersMissing", {{"num_hidden_layers", nullptr}}, {"'num_hidden_layers' is missing"}},
    {"HeadsZero", {{"num_attention_heads", 0}}, {"'num_attention_heads' is '0'"}},
    {"HeadsDoNotDivide", {{"num_attention_heads", 5}}, {"'hidden_size' is 64", "5"}},
    {"KvHeadsDoNotDivide", {{"num_key_value_heads", 3}}, {"'num_key_value_heads'", "3"}},
    {"HeadDimOdd", {{"head_dim", 5}}, {"'head_dim' is 5"}},
    {"EpsilonText", {{"rms_norm_eps", "small"}}, {"'rms_norm_eps'", "a number"}},
    {"EpsilonNegative", {{"rms_norm_eps", -1e-6}}, {"'rms_norm_eps' is -1e-06"}},
    {"RopeThetaHuge", {{"rope_theta", 1e300}}, {"'rope_theta' is 1e+300"}},
    {"VocabularyMissing", {{"vocab_size", nullptr}}, {"'vocab_size' is missing"}},
    {"VocabularyZero", {{"vocab_size", 0}}, {"'vocab_size'"}},
    {"EosBeyondVocabulary", {{"eos_token_id", 100}}, {"'eos_token_id'", "100 tokens"}},
    {"EosNegative", {{"eos_token_id", -1}}, {"'eos_token_id'"}},
    {"EosListOfText", {{"eos_token_id", {"x"}}}, {"'eos_token_id'"}},
    {"ScalingUnknown",
     {{"rope_scaling", {{"type", "dynamic"}, {"factor", 2}}}},
     {"'dynamic'"},
     ErrorCode::kUnsupported},
    {"ScalingWithoutFactor", {{"rope_scaling", {{"type", "linear"}}}}, {"'rope_scaling.factor' is missing"}},
    {"ScalingFactorsCross",
     {{"rope_scaling", {{"type", "llama3"}, {"factor", 8}, {"low_freq_factor", 4}, {"high_freq_factor", 4}}}},
     {"'rope_scaling.high_freq_factor'"}},
    {"Quantized",
     {{"quantization_config", {{"bits", 4}}}},
     {"'quantization_config'"},
     ErrorCode::kUnsupported},
    {"SlidingWindow", {{"use_sliding_window", true}}, {"'use_sliding_window'"}, ErrorCode::kUnsupported},
    {"Activation", {{"hidden_act", "gelu"}}, {"'gelu'"}, ErrorCode::kUnsupported},
    {"PartialRotary", {{"partial_rotary_factor", 0.5}}, {"'partial_rotary_factor'"}, ErrorCode::kUnsupported},
};

INSTANTIATE_TEST_SUITE_P(Cases, MalformedHfConfigTest, testing::ValuesIn(kCases),
                         [](const auto& param) { return param.param.name; });

TEST(HfConfigTest, EveryTruncationIsAnError) {
  const std::string whole = SmallConfig().dump();
  for (size_t length = 0; length < whole.size(); ++length) {
    const Result<HfConfig> config = ParseHfConfig(whole.substr(0, length), FileErrors("config.json"));
    ASSERT_FALSE(config) << length;
    ASSERT_EQ(config.error().code, ErrorCode::kCorrupt) << length;
  }
}

}  // namespace
}  // namespace espalier
