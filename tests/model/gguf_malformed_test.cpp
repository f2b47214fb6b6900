// Every way in which a GGUF file is known to have broken a reader, as a case of its own: each must give
// one line that names the file, the field and the value. Run it under ASan and UBSan too.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "model/gguf_model.h"
#include "tests/model/gguf_builder.h"

namespace espalier {
namespace {

using testing::HasSubstr;

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr uint64_t kMax64 = std::numeric_limits<uint64_t>::max();

/// Parses bytes that end exactly where their allocation ends.
Result<ModelFile> Read(const std::string& bytes) {
  const std::vector<char> exact(bytes.begin(), bytes.end());
  return ReadGgufModel(std::as_bytes(std::span(exact)), "bad.gguf");
}

struct MalformedCase {
  std::string name;
  std::function<void(GgufBuilder&)> damage;
  std::vector<std::string> message;  ///< each must occur in the error
  ErrorCode code = ErrorCode::kCorrupt;
};

void PrintTo(const MalformedCase& malformed, std::ostream* out) { *out << malformed.name; }

class MalformedGgufTest : public testing::TestWithParam<MalformedCase> {};

std::string CaseName(const testing::TestParamInfo<MalformedCase>& info) { return info.param.name; }

TEST_P(MalformedGgufTest, GivesOneClearLine) {
  GgufBuilder file = SmallQwen2();
  ASSERT_TRUE(Read(file.Build()));
  GetParam().damage(file);
  const Result<ModelFile> model = Read(file.Build());
  ASSERT_FALSE(model);
  const std::string& message = model.error().message;
  EXPECT_EQ(model.error().code, GetParam().code) << message;
  EXPECT_THAT(message, testing::StartsWith("'bad.gguf': "));
  EXPECT_THAT(message, testing::Not(HasSubstr("\n")));
  for (const std::string& part : GetParam().message) EXPECT_THAT(message, HasSubstr(part));
}

/// A value of type ARRAY that claims `count` elements and holds `payload`.
std::string ArrayClaiming(GgufType type, uint64_t count, const std::string& payload = "") {
  return Bytes(type) + Bytes(count) + payload;
}

const MalformedCase kHeader[] = {
    {"BadMagic", [](auto& f) { f.magic = "GGML"; }, {"not a GGUF file"}},
    {"Version0", [](auto& f) { f.version = 0; }, {"version 0"}, ErrorCode::kUnsupported},
    {"Version1", [](auto& f) { f.version = 1; }, {"version 1"}, ErrorCode::kUnsupported},
    {"VersionOfTheFuture", [](auto& f) { f.version = 4; }, {"version 4"}, ErrorCode::kUnsupported},
    {"BigEndian", [](auto& f) { f.version = 3u << 24; }, {"big-endian"}, ErrorCode::kUnsupported},
    {"TensorCount2To61", [](auto& f) { f.tensor_count = 1ull << 61; }, {"tensor count 2305843009213693952"}},
    {"TensorCountMinusOne", [](auto& f) { f.tensor_count = kMax64; }, {"tensor count 18446744073709551615"}},
    {"TensorCountOneTooMany", [](auto& f) { f.tensor_count = f.tensors.size() + 1; }, {"name"}},
    {"KeyCount2To61",
     [](auto& f) { f.key_value_count = 1ull << 61; },
     {"metadata count 2305843009213693952"}},
    {"KeyCountMinusOne",
     [](auto& f) { f.key_value_count = kMax64; },
     {"metadata count 18446744073709551615"}},
    {"KeyCountOneTooMany",
     [](auto& f) { f.key_value_count = f.key_values.size() + 1; },
     {"tensor 0", "a name of"}},
};

const MalformedCase kKeyValues[] = {
    {"KeyOfLength0", [](auto& f) { f.SetUint("", 1); }, {"key", "length 0"}},
    {"KeyOfLength65536", [](auto& f) { f.SetUint(std::string(65536, 'k'), 1); }, {"key", "length 65536"}},
    {"KeyLengthBeyondTheFile",
     [](auto& f) {
       f.key_values = {{"", GgufType::kUint8, ""}};
       f.key_values[0].key = "k";
       f.tensors.clear();
       f.magic = "GGUF" + Bytes(3u) + Bytes<uint64_t>(0) + Bytes<uint64_t>(1) + Bytes<uint64_t>(60000);
     },
     {"ends inside a metadata key"}},
    {"KeyTwice",
     [](auto& f) { f.key_values.push_back(f.key_values[0]); },
     {"'general.architecture'", "twice"}},
    {"UnknownValueType",
     [](auto& f) { f.Set("odd", static_cast<GgufType>(13), ""); },
     {"'odd'", "unknown value type 13"}},
    {"UnknownElementType",
     [](auto& f) { f.Set("odd", GgufType::kArray, ArrayClaiming(static_cast<GgufType>(99), 1)); },
     {"'odd'", "unknown value type 99"}},
    {"ArrayOfArrays",
     [](auto& f) { f.Set("odd", GgufType::kArray, ArrayClaiming(GgufType::kArray, 1)); },
     {"'odd'", "array of arrays"},
     ErrorCode::kUnsupported},
    {"ArrayTimesSizeWraps",  // 2^61 * 8 = 2^64
     [](auto& f) { f.Set("odd", GgufType::kArray, ArrayClaiming(GgufType::kUint64, 1ull << 61)); },
     {"'odd'", "2305843009213693952 UINT64 values"}},
    {"ArrayCountMinusOne",
     [](auto& f) { f.Set("odd", GgufType::kArray, ArrayClaiming(GgufType::kUint8, kMax64)); },
     {"'odd'", "18446744073709551615 UINT8 values"}},
    {"StringLengthMinusOne",
     [](auto& f) { f.Set("odd", GgufType::kString, Bytes(kMax64)); },
     {"ends inside string 0 of 'odd'"}},
    {"StringArrayElementMinusOne",
     [](auto& f) {
       f.Set("odd", GgufType::kArray, ArrayClaiming(GgufType::kString, 2, GgufString("x") + Bytes(kMax64)));
     },
     {"ends inside string 1 of 'odd'"}},
    {"Alignment0", [](auto& f) { f.SetUint("general.alignment", 0); }, {"'general.alignment' is 0"}},
    {"Alignment3", [](auto& f) { f.SetUint("general.alignment", 3); }, {"'general.alignment' is 3"}},
    {"Alignment13", [](auto& f) { f.SetUint("general.alignment", 13); }, {"'general.alignment' is 13"}},
    {"Alignment2To31",
     [](auto& f) { f.SetUint("general.alignment", 1u << 31); },
     {"'general.alignment' is 2147483648"}},
    {"AlignmentOfTypeInt32",
     [](auto& f) { f.Set("general.alignment", GgufType::kInt32, Bytes(32)); },
     {"'general.alignment' has type INT32"}},
    {"AlignmentArray",
     [](auto& f) { f.Set("general.alignment", GgufType::kArray, ArrayClaiming(GgufType::kUint32, 0)); },
     {"'general.alignment' has type UINT32 array"}},
};

GgufBuilder::Tensor& Up(GgufBuilder& file) { return file.tensor("blk.0.ffn_up.weight"); }

const MalformedCase kTensors[] = {
    {"NameOfLength0", [](auto& f) { Up(f).name = ""; }, {"name of 0 bytes"}},
    {"NameOfLength64", [](auto& f) { Up(f).name = std::string(64, 'n'); }, {"name of 64 bytes"}},
    {"NameTwice", [](auto& f) { Up(f).name = "token_embd.weight"; }, {"'token_embd.weight'", "twice"}},
    {"NoDimensions", [](auto& f) { Up(f).dims = {}; }, {"ffn_up", "0 dimensions"}},
    {"FiveDimensions",
     [](auto& f) {
       Up(f).dims = {1, 1, 1, 1, 1};
     },
     {"ffn_up", "5 dimensions"}},
    {"DimensionCountMinusOne",
     [](auto& f) { Up(f).n_dims = UINT32_MAX; },
     {"ffn_up", "4294967295 dimensions"}},
    {"ZeroFirstDimension",
     [](auto& f) {
       Up(f).dims = {0, 12};
     },
     {"ffn_up", "dimension 0 of size 0"}},
    {"ZeroSecondDimension",
     [](auto& f) {
       Up(f).dims = {8, 0};
     },
     {"ffn_up", "dimension 1 of size 0"}},
    {"NegativeDimension",
     [](auto& f) {
       Up(f).dims = {8, 1ull << 63};
     },
     {"ffn_up", "dimension 1 of size 9223372036854775808"}},
    {"ProductOfDimensionsWraps",  // 2^32 * 2^32 = 2^64
     [](auto& f) {
       Up(f).dims = {1ull << 32, 1ull << 32};
     },
     {"ffn_up", "dimension 0 of size 4294967296"}},
    {"RowsOfThreeDimensionsWrap",
     [](auto& f) {
       Up(f).dims = {1, 1 << 12, 1 << 12, 1 << 12};
     },
     {"ffn_up", "more rows than the file can hold"}},
    {"PaddedSizeWraps",  // F32 of 2^62 - 1 elements: 2^64 - 4 bytes, padded to 0
     [](auto& f) { Up(f).dims = {(1ull << 62) - 1}; },
     {"ffn_up", "of size 4611686018427387903"}},
    {"QuantizedSizeWraps",  // Q4_0: 18 bytes for 32 elements come round to few bytes
     [](auto& f) {
       Up(f) = {Up(f).name, {32, 0xe38e38e38e38e39}, 2, Up(f).data, {}, {}};
     },
     {"ffn_up", "dimension 1 of size 1024819115206086201"}},
    {"TwoSizesSumToWrap",
     [](auto& f) {
       Up(f).dims = {0x7fffffffffffffc0};
       f.tensor("blk.0.ffn_gate.weight").dims = {0x7fffffffffffffc0};
     },
     {"ffn_gate", "of size 9223372036854775744"}},
    {"UnknownType", [](auto& f) { Up(f).type = 77; }, {"ffn_up", "unknown type 77"}},
    {"TypeWithoutSupport", [](auto& f) { Up(f).type = 10; }, {"ffn_up", "Q2_K"}, ErrorCode::kUnsupported},
    {"RowsOfPartialBlocks", [](auto& f) { Up(f).type = 8; }, {"ffn_up", "rows of 8 elements", "Q8_0"}},
    {"OffsetNotAligned", [](auto& f) { Up(f).offset = 33; }, {"ffn_up", "offset 33", "alignment 32"}},
    {"OffsetBeyondTheFile", [](auto& f) { Up(f).offset = 1 << 20; }, {"ffn_up", "offset 1048576", "beyond"}},
    {"OffsetWraps",
     [](auto& f) { Up(f).offset = kMax64 - 31; },
     {"ffn_up", "offset 18446744073709551584", "beyond"}},
    {"DataBeyondTheFile",
     [](auto& f) {
       f.tensors.back().dims = {12, 9};
     },
     {"ffn_down", "beyond the file's"}},
    {"DataOverlaps", [](auto& f) { Up(f).offset = 0; }, {"'token_embd.weight'", "ffn_up", "overlap"}},
    {"LayoutNotAsAlignmentSays",
     [](auto& f) { f.SetUint("general.alignment", 64); },
     {"offset", "not a multiple of the alignment 64"}},
};

std::function<void(GgufBuilder&)> SetUint(std::string key, uint32_t value) {
  return [key, value](GgufBuilder& file) { file.SetUint(key, value); };
}

std::function<void(GgufBuilder&)> SetFloat(std::string key, float value) {
  return [key, value](GgufBuilder& file) { file.SetFloat(key, value); };
}

std::function<void(GgufBuilder&)> SetString(std::string key, std::string value) {
  return [key, value](GgufBuilder& file) { file.SetString(key, value); };
}

std::function<void(GgufBuilder&)> Remove(std::string key) {
  return [key](GgufBuilder& file) { file.Remove(key); };
}

const MalformedCase kHyperParameters[] = {
    {"ArchitectureMissing", Remove("general.architecture"), {"'general.architecture'", "missing"}},
    {"ArchitectureUnknown",
     SetString("general.architecture", "mamba"),
     {"architecture 'mamba'"},
     ErrorCode::kUnsupported},
    {"ArchitectureWithNewline",
     SetString("general.architecture", "a\nb\x7f"),
     {"'a\\x0ab\\x7f'"},
     ErrorCode::kUnsupported},
    {"ArchitectureNoString", SetUint("general.architecture", 1), {"'general.architecture' has type UINT32"}},
    {"BlockCount0", SetUint("qwen2.block_count", 0), {"'qwen2.block_count' is 0"}},
    {"BlockCountMillion", SetUint("qwen2.block_count", 1000000), {"'qwen2.block_count' is 1000000"}},
    {"BlockCountAboveTensors", SetUint("qwen2.block_count", 2), {"'blk.1.attn_norm.weight' is missing"}},
    {"BlockCountMissing", Remove("qwen2.block_count"), {"'block_count' is missing"}},
    {"HeadCount0", SetUint("qwen2.attention.head_count", 0), {"'qwen2.attention.head_count' is 0"}},
    {"HeadCountString",
     SetString("qwen2.attention.head_count", "2"),
     {"'qwen2.attention.head_count' has type STRING"}},
    {"HeadCountNegative",
     [](auto& f) { f.Set("qwen2.attention.head_count", GgufType::kInt32, Bytes(-2)); },
     {"'qwen2.attention.head_count' is -2"}},
    {"HeadCountArray",
     [](auto& f) {
       f.Set("qwen2.attention.head_count", GgufType::kArray, GgufArray<uint32_t>(GgufType::kUint32, {2}));
     },
     {"'qwen2.attention.head_count' has type UINT32 array"}},
    {"HeadCountDoesNotDivide", SetUint("qwen2.attention.head_count", 3), {"'embedding_length' is 8"}},
    {"KvHeadCount0", SetUint("qwen2.attention.head_count_kv", 0), {"'qwen2.attention.head_count_kv' is 0"}},
    {"KvHeadCountDoesNotDivide",
     SetUint("qwen2.attention.head_count_kv", 4),
     {"'attention.head_count' is 2", "'attention.head_count_kv'", "4"}},
    {"HeadDimOdd", SetUint("qwen2.attention.key_length", 3), {"'attention.key_length' is 3", "even"}},
    {"HeadDimTooLarge",
     SetUint("qwen2.attention.key_length", 4096),
     {"'qwen2.attention.key_length' is 4096"}},
    {"ValueLengthDiffers",
     SetUint("qwen2.attention.value_length", 8),
     {"differ in width"},
     ErrorCode::kUnsupported},
    {"RotaryPart", SetUint("qwen2.rope.dimension_count", 2), {"differ in width"}, ErrorCode::kUnsupported},
    {"EmbeddingLength0", SetUint("qwen2.embedding_length", 0), {"'qwen2.embedding_length' is 0"}},
    {"EmbeddingLengthNotOfTensors", SetUint("qwen2.embedding_length", 16), {"'token_embd.weight'", "[8, 8]"}},
    {"FeedForwardHuge",
     SetUint("qwen2.feed_forward_length", UINT32_MAX),
     {"'qwen2.feed_forward_length' is 4294967295"}},
    {"FeedForwardNotOfTensors", SetUint("qwen2.feed_forward_length", 13), {"ffn_gate", "[12, 8]", "[13, 8]"}},
    {"Context0", SetUint("qwen2.context_length", 0), {"'qwen2.context_length' is 0"}},
    {"ContextHuge", SetUint("qwen2.context_length", UINT32_MAX), {"'qwen2.context_length' is 4294967295"}},
    {"EpsilonNan", SetFloat("qwen2.attention.layer_norm_rms_epsilon", NAN), {"rms_epsilon' is nan"}},
    {"EpsilonZero", SetFloat("qwen2.attention.layer_norm_rms_epsilon", 0), {"rms_epsilon' is 0"}},
    {"EpsilonMissing",
     Remove("qwen2.attention.layer_norm_rms_epsilon"),
     {"'attention.layer_norm_rms_epsilon' is missing"}},
    {"RopeBaseInfinite", SetFloat("qwen2.rope.freq_base", kInf), {"'qwen2.rope.freq_base' is inf"}},
    {"RopeBaseNan", SetFloat("qwen2.rope.freq_base", NAN), {"'qwen2.rope.freq_base' is nan"}},
    {"RopeBaseNegative", SetFloat("qwen2.rope.freq_base", -1), {"'qwen2.rope.freq_base' is -1"}},
    {"RopeScalingUnknown",
     SetString("qwen2.rope.scaling.type", "longrope"),
     {"'longrope'"},
     ErrorCode::kUnsupported},
    {"RopeScalingFactorZero", SetFloat("qwen2.rope.scaling.factor", 0), {"'qwen2.rope.scaling.factor' is 0"}},
    {"RopeScalingFactorMissing",
     SetString("qwen2.rope.scaling.type", "yarn"),
     {"'rope.scaling.factor' is missing"}},
    {"Experts", SetUint("qwen2.expert_count", 8), {"mixture-of-experts"}, ErrorCode::kUnsupported},
    {"SplitFile", SetUint("split.count", 3), {"3 parts"}, ErrorCode::kUnsupported},
    {"TensorMissing",
     [](auto& f) { f.RemoveTensor("output_norm.weight"); },
     {"'output_norm.weight' is missing"}},
    {"EmbeddingMissing",
     [](auto& f) { f.RemoveTensor("token_embd.weight"); },
     {"'token_embd.weight' is missing"}},
    {"TensorWithoutAPlace",
     [](auto& f) { f.AddTensor("blk.0.attn_q_norm.weight", {8}); },
     {"'blk.0.attn_q_norm.weight'"},
     ErrorCode::kUnsupported},
    {"BiasForTheQueryAlone",
     [](auto& f) {
       f.RemoveTensor("blk.0.attn_k.bias");
       f.RemoveTensor("blk.0.attn_v.bias");
     },
     {"layer 0", "biases"}},
    {"BiasAsColumn",
     [](auto& f) {
       f.tensor("blk.0.attn_q.bias").dims = {1, 8};
     },
     {"'blk.0.attn_q.bias'", "[8, 1]", "[1, 8]"}},
};

std::function<void(GgufBuilder&)> SetTokens(std::vector<std::string> tokens) {
  return [tokens](GgufBuilder& file) { file.SetStrings("tokenizer.ggml.tokens", tokens); };
}

std::function<void(GgufBuilder&)> SetTypes(std::vector<int32_t> types) {
  return [types](GgufBuilder& file) {
    file.Set("tokenizer.ggml.token_type", GgufType::kArray, GgufArray(GgufType::kInt32, types));
  };
}

const MalformedCase kTokenizer[] = {
    {"TokenizerMissing", Remove("tokenizer.ggml.model"), {"'tokenizer.ggml.model' is missing"}},
    {"SentencePiece",
     SetString("tokenizer.ggml.model", "llama"),
     {"'tokenizer.ggml.model' is 'llama' (SentencePiece)", "byte-level BPE"},
     ErrorCode::kUnsupported},
    {"WordPiece", SetString("tokenizer.ggml.model", "bert"), {"'bert'"}, ErrorCode::kUnsupported},
    {"TokensMissing", Remove("tokenizer.ggml.tokens"), {"'tokenizer.ggml.tokens'", "missing"}},
    {"TokensNoStrings",
     [](auto& f) {
       f.Set("tokenizer.ggml.tokens", GgufType::kArray, GgufArray<uint8_t>(GgufType::kUint8, {1, 2, 3}));
     },
     {"'tokenizer.ggml.tokens' has type UINT8 array"}},
    {"TokenCountAboveInt32",
     [](auto& f) {
       f.Set("tokenizer.ggml.tokens", GgufType::kArray, ArrayClaiming(GgufType::kString, 1ull << 31));
     },
     {"'tokenizer.ggml.tokens' claims 2147483648 STRING values"}},
    {"FewerTokensThanRows", SetTokens({"a", "b", "ab"}), {"3 tokens", "'token_embd.weight' has 8 rows"}},
    {"TokenLengthAbove2To31",
     [](auto& f) {
       f.Set("tokenizer.ggml.tokens", GgufType::kArray,
             ArrayClaiming(GgufType::kString, 1, Bytes<uint64_t>((1ull << 31) + 1)));
     },
     {"ends inside string 0 of 'tokenizer.ggml.tokens'"}},
    {"TokenOf70000Bytes",
     SetTokens({"a", "b", "ab", std::string(70000, 'x'), "s", "t", "u", "v"}),
     {"token 3", "70000 bytes"}},
    {"TokenWithNul",
     SetTokens({"a", "b", std::string("a\0b", 3), "r", "s", "t", "u", "v"}),
     {"token 2", "NUL"}},
    {"TypesOfInt8",
     [](auto& f) {
       f.Set("tokenizer.ggml.token_type", GgufType::kArray,
             GgufArray<int8_t>(GgufType::kInt8, {1, 1, 1, 3, 3, 3, 3, 4}));
     },
     {"'tokenizer.ggml.token_type' has type INT8 array"}},
    {"TypesNoArray",
     SetUint("tokenizer.ggml.token_type", 1),
     {"'tokenizer.ggml.token_type' has type UINT32"}},
    {"TooFewTypes", SetTypes({1, 1}), {"'tokenizer.ggml.token_type' has 2 elements", "8 tokens"}},
    {"TooManyTypes", SetTypes({1, 1, 1, 1, 1, 1, 1, 1, 1}), {"has 9 elements"}},
    {"TypeUnknown", SetTypes({1, 1, 1, 9, 3, 3, 3, 4}), {"token 3", "is 9"}},
    {"TypeNegative", SetTypes({1, 1, 1, -1, 3, 3, 3, 4}), {"token 3", "is -1"}},
    {"ScoresOfInt8",
     [](auto& f) {
       f.Set("tokenizer.ggml.scores", GgufType::kArray, GgufArray<int8_t>(GgufType::kInt8, {1, 2}));
     },
     {"'tokenizer.ggml.scores' has type INT8 array"}},
    {"TooFewScores",
     [](auto& f) {
       f.Set("tokenizer.ggml.scores", GgufType::kArray, GgufArray<float>(GgufType::kFloat32, {1, 2}));
     },
     {"'tokenizer.ggml.scores' has 2 elements"}},
    {"MergesMissing", Remove("tokenizer.ggml.merges"), {"'tokenizer.ggml.merges'", "missing"}},
    {"MergeWithoutSpace",
     [](auto& f) {
       f.SetStrings("tokenizer.ggml.merges", {"a b", "ab"});
     },
     {"merge 1", "'ab'"}},
    {"MergeWithoutSecond",
     [](auto& f) { f.SetStrings("tokenizer.ggml.merges", {"a "}); },
     {"merge 0", "'a '"}},
    {"EosOutOfRange", SetUint("tokenizer.ggml.eos_token_id", 8), {"'tokenizer.ggml.eos_token_id' is 8"}},
    {"EosNegative",
     [](auto& f) { f.Set("tokenizer.ggml.eos_token_id", GgufType::kInt32, Bytes(-5)); },
     {"'tokenizer.ggml.eos_token_id' is -5"}},
    {"FimOutOfRange",
     SetUint("tokenizer.ggml.fim_pre_token_id", 1u << 31),
     {"'tokenizer.ggml.fim_pre_token_id' is 2147483648"}},
    {"AddBosNoBool",
     SetUint("tokenizer.ggml.add_bos_token", 1),
     {"'tokenizer.ggml.add_bos_token' has type UINT32"}},
};

INSTANTIATE_TEST_SUITE_P(Header, MalformedGgufTest, testing::ValuesIn(kHeader), CaseName);
INSTANTIATE_TEST_SUITE_P(KeyValues, MalformedGgufTest, testing::ValuesIn(kKeyValues), CaseName);
INSTANTIATE_TEST_SUITE_P(Tensors, MalformedGgufTest, testing::ValuesIn(kTensors), CaseName);
INSTANTIATE_TEST_SUITE_P(HyperParameters, MalformedGgufTest, testing::ValuesIn(kHyperParameters), CaseName);
INSTANTIATE_TEST_SUITE_P(Tokenizer, MalformedGgufTest, testing::ValuesIn(kTokenizer), CaseName);

TEST(TruncatedGgufTest, EveryLengthIsAnError) {
  const std::string whole = SmallQwen2().Build();
  ASSERT_TRUE(Read(whole));
  for (size_t length = 0; length < whole.size(); ++length) {
    const Result<ModelFile> model = Read(whole.substr(0, length));
    ASSERT_FALSE(model) << "of the file's " << whole.size() << " bytes, " << length << " were enough";
    ASSERT_EQ(model.error().code, ErrorCode::kCorrupt) << length;
    ASSERT_THAT(model.error().message, testing::StartsWith("'bad.gguf': ")) << length;
  }
}

}  // namespace
}  // namespace espalier
