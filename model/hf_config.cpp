#include "model/hf_config.h"

#include <string>

#include "model/hparams.h"
#include "model/json_fields.h"

namespace espalier {
namespace {

using nlohmann::json;

constexpr UintRange kVocabulary{1, 1 << 24};

/// Older files have "rope_theta" and "rope_scaling", newer ones "rope_parameters".
constexpr HyperParameterNames kNames{
    .n_layers = {"num_hidden_layers"},
    .d_model = {"hidden_size"},
    .n_heads = {"num_attention_heads"},
    .n_kv_heads = {"num_key_value_heads"},
    .head_dim = {"head_dim"},
    .d_ff = {"intermediate_size"},
    .context_length = {"max_position_embeddings"},
    .rms_epsilon = {"rms_norm_eps"},
    .rope_base = {"rope_theta", "rope_parameters.rope_theta"},
    .scaling_type = {"rope_scaling.rope_type", "rope_scaling.type", "rope_parameters.rope_type"},
    .scaling_factor = {"rope_scaling.factor", "rope_parameters.factor"},
    .original_context = {"rope_scaling.original_max_position_embeddings",
                         "rope_parameters.original_max_position_embeddings"},
    .low_freq_factor = {"rope_scaling.low_freq_factor", "rope_parameters.low_freq_factor"},
    .high_freq_factor = {"rope_scaling.high_freq_factor", "rope_parameters.high_freq_factor"},
    .beta_fast = {"rope_scaling.beta_fast", "rope_parameters.beta_fast"},
    .beta_slow = {"rope_scaling.beta_slow", "rope_parameters.beta_slow"},
    .attention_factor = {"rope_scaling.attention_factor", "rope_parameters.attention_factor"},
};

/// Members that would change the computation in a way that is not implemented.
Status CheckUnsupportedMembers(const json& config, const FileErrors& errors) {
  if (FindMember(config, "quantization_config") != nullptr) {
    return errors.Unsupported("'quantization_config' is set; use the unquantized model or a GGUF file");
  }
  if (IsTrue(config, "use_sliding_window")) {
    return errors.Unsupported("'use_sliding_window' is true; sliding-window attention is not supported");
  }
  const std::string activation = FindText(config, "hidden_act").value_or("silu");
  if (activation != "silu") {
    return errors.Unsupported("'hidden_act' is " + Quoted(activation) + "; only 'silu' is supported");
  }
  const json* partial = FindMember(config, "partial_rotary_factor");
  if (partial != nullptr && *partial != json(1.0)) {
    return errors.Unsupported("'partial_rotary_factor' is set; only whole heads can be rotated");
  }
  return {};
}

/// A token id, or the first of an array of them.
Result<TokenId> ReadTokenId(const json& config, const std::string& name, uint32_t vocab_size,
                            const FileErrors& errors) {
  const json* value = FindMember(config, name);
  if (value != nullptr && value->is_array() && !value->empty()) value = &value->front();
  if (value == nullptr) return kNoToken;
  if (value->is_number_unsigned() && value->get<uint64_t>() < vocab_size) return value->get<TokenId>();
  return errors.Corrupt(Quoted(name) + " is not a token id; the vocabulary has " +
                        std::to_string(vocab_size) + " tokens");
}

}  // namespace

Result<HfConfig> ParseHfConfig(std::string_view text, const FileErrors& errors) {
  ESPALIER_ASSIGN_OR_RETURN(const json object, ParseJsonObject(text, errors));
  const JsonFields fields(object, errors);
  HfConfig config;
  HyperParameters& hparams = config.hparams;
  ESPALIER_ASSIGN_OR_RETURN(const auto architecture, fields.FindString("model_type"));
  hparams.architecture = architecture.value_or("");
  ESPALIER_RETURN_IF_ERROR(CheckArchitecture(hparams.architecture, errors));
  ESPALIER_RETURN_IF_ERROR(CheckUnsupportedMembers(object, errors));
  ESPALIER_RETURN_IF_ERROR(ReadHyperParameters(fields, kNames, errors, hparams));
  ESPALIER_ASSIGN_OR_RETURN(const auto vocab_size, fields.FindUint("vocab_size", kVocabulary));
  if (!vocab_size) return errors.Corrupt("the field 'vocab_size' is missing");
  hparams.vocab_size = static_cast<uint32_t>(*vocab_size);
  hparams.rope_layout = RopeLayout::kHalves;
  config.tied_output = IsTrue(object, "tie_word_embeddings");
  ESPALIER_ASSIGN_OR_RETURN(config.bos, ReadTokenId(object, "bos_token_id", hparams.vocab_size, errors));
  ESPALIER_ASSIGN_OR_RETURN(config.eos, ReadTokenId(object, "eos_token_id", hparams.vocab_size, errors));
  ESPALIER_ASSIGN_OR_RETURN(config.pad, ReadTokenId(object, "pad_token_id", hparams.vocab_size, errors));
  return config;
}

}  // namespace espalier
