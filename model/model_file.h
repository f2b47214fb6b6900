// What a model file says: hyper-parameters, tokenizer data and views of the weights, the same for a
// GGUF file and for a Hugging Face directory (config.json, tokenizer.json, *.safetensors). Reading is
// memory-safe on any bytes: everything is range-checked before it is used, and a file that is wrong
// gives an Error that names the file, the field and the value.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/mapped_file.h"
#include "base/result.h"
#include "model/tensor.h"

namespace espalier {

using TokenId = int32_t;
inline constexpr TokenId kNoToken = -1;

/// How rotary embeddings pair the elements of a head.
enum class RopeLayout {
  kHalves,    ///< (i, i + d/2): Qwen2, and Llama as stored by Hugging Face ("neox").
  kAdjacent,  ///< (2i, 2i + 1): Llama as stored in GGUF ("norm").
};

enum class RopeScalingType { kNone, kLinear, kLlama3, kYarn };

/// RoPE scaling fields, named as in config.json's "rope_scaling".
struct RopeScaling {
  RopeScalingType type = RopeScalingType::kNone;
  float factor = 1.0f;
  float low_freq_factor = 1.0f;   ///< llama3
  float high_freq_factor = 4.0f;  ///< llama3
  uint32_t original_context = 0;  ///< llama3, yarn
  float beta_fast = 32.0f;        ///< yarn
  float beta_slow = 1.0f;         ///< yarn
  float attention_factor = 0.0f;  ///< yarn; 0 = derive from factor
};

/// Shape of the decoder-only Transformer. Every field is validated by the readers: counts are at
/// least 1 and within sane limits, n_heads % n_kv_heads == 0, head_dim is even, floats are finite.
struct HyperParameters {
  std::string architecture;  ///< "qwen2" or "llama"
  std::string name;          ///< general.name, may be empty
  uint32_t n_layers = 0;
  uint32_t d_model = 0;     ///< width of the residual stream
  uint32_t n_heads = 0;     ///< query heads
  uint32_t n_kv_heads = 0;  ///< key/value heads (grouped-query attention when fewer than n_heads)
  uint32_t head_dim = 0;
  uint32_t d_ff = 0;        ///< width of the SwiGLU hidden layer
  uint32_t vocab_size = 0;  ///< rows of the embedding matrix
  uint32_t context_length = 0;
  float rms_epsilon = 1e-6f;
  float rope_base = 10000.0f;
  RopeLayout rope_layout = RopeLayout::kHalves;
  RopeScaling rope_scaling;

  uint32_t q_dim() const { return n_heads * head_dim; }
  uint32_t kv_dim() const { return n_kv_heads * head_dim; }
};

/// Weights of one layer; shapes are [out, in] and were checked against the hyper-parameters.
struct LayerWeights {
  TensorView attn_norm;   ///< [1, d_model] F32
  TensorView wq;          ///< [q_dim, d_model]
  TensorView wk;          ///< [kv_dim, d_model]
  TensorView wv;          ///< [kv_dim, d_model]
  TensorView wo;          ///< [d_model, q_dim]
  TensorView bq, bk, bv;  ///< [1, q_dim], [1, kv_dim] twice, F32; empty when the model has no bias
  TensorView ffn_norm;    ///< [1, d_model] F32
  TensorView w_gate;      ///< [d_ff, d_model]
  TensorView w_up;        ///< [d_ff, d_model]
  TensorView w_down;      ///< [d_model, d_ff]
};

struct Weights {
  TensorView token_embedding;  ///< [vocab_size, d_model]
  TensorView output_norm;      ///< [1, d_model] F32
  TensorView output;           ///< [vocab_size, d_model]; equals token_embedding when tied
  TensorView rope_factors;     ///< [1, head_dim / 2] F32 frequency divisors (Llama 3.1 GGUF), or empty
  std::vector<LayerWeights> layers;
};

enum class TokenType : uint8_t {
  kNormal = 1,
  kUnknown = 2,
  kControl = 3,
  kUserDefined = 4,
  kUnused = 5,
  kByte = 6
};

/// Special tokens by role; kNoToken where the model has none.
struct SpecialTokenIds {
  TokenId bos = kNoToken, eos = kNoToken, eot = kNoToken, pad = kNoToken;
  TokenId fim_prefix = kNoToken, fim_suffix = kNoToken, fim_middle = kNoToken;
  TokenId fim_pad = kNoToken, repo_name = kNoToken, file_sep = kNoToken;
  TokenId im_start = kNoToken, im_end = kNoToken;  ///< ChatML turn marks
};

struct TokenizerData {
  std::string pre_tokenizer;                                ///< "qwen2", "llama-bpe", "gpt-2", ...
  std::vector<std::string> tokens;                          ///< as stored: byte-level alphabet (GPT-2)
  std::vector<TokenType> types;                             ///< same length as tokens
  std::vector<std::pair<std::string, std::string>> merges;  ///< in order of rank
  SpecialTokenIds special;
  bool add_bos = false;
  std::string chat_template;  ///< Jinja text, may be empty
};

/// An opened model. Views point into `files` and `widened`, which live as long as the ModelFile.
struct ModelFile {
  std::filesystem::path path;
  HyperParameters hparams;
  TokenizerData tokenizer;
  Weights weights;
  std::vector<std::shared_ptr<MappedFile>> files;
  std::vector<std::shared_ptr<const std::vector<float>>> widened;  ///< norms and biases not stored as F32
  uint64_t parameter_count = 0;
};

/// Opens a GGUF file (v2 or v3) or a Hugging Face model directory. Cheap: weights are mapped, not read.
/// Errors: kNotFound, kCorrupt, kUnsupported (architecture, tensor type, tokenizer), kIo.
Result<ModelFile> OpenModelFile(const std::filesystem::path& path);

}  // namespace espalier
