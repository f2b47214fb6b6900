#include "model/gguf_model.h"

#include <string>

#include "model/file_errors.h"
#include "model/gguf.h"
#include "model/gguf_fields.h"
#include "model/gguf_tokenizer.h"
#include "model/hparams.h"
#include "model/weight_binder.h"

namespace espalier {
namespace {

constexpr HyperParameterNames kNames{
    .n_layers = {"block_count"},
    .d_model = {"embedding_length"},
    .n_heads = {"attention.head_count"},
    .n_kv_heads = {"attention.head_count_kv"},
    .head_dim = {"attention.key_length"},
    .d_ff = {"feed_forward_length"},
    .context_length = {"context_length"},
    .rms_epsilon = {"attention.layer_norm_rms_epsilon"},
    .rope_base = {"rope.freq_base"},
    .scaling_type = {"rope.scaling.type"},
    .scaling_factor = {"rope.scaling.factor", "rope.scale_linear"},
    .original_context = {"rope.scaling.original_context_length"},
    .low_freq_factor = {},
    .high_freq_factor = {},
    .beta_fast = {"rope.scaling.yarn_beta_fast"},
    .beta_slow = {"rope.scaling.yarn_beta_slow"},
    .attention_factor = {"rope.scaling.attn_factor", "rope.scaling.yarn_attn_factor"},
};

/// Fields whose presence would change the computation in a way that is not implemented.
Status CheckUnsupportedFields(const GgufFields& fields, const HyperParameters& hparams,
                              const FileErrors& errors) {
  constexpr UintRange kAny{0, UINT32_MAX};
  ESPALIER_ASSIGN_OR_RETURN(const auto experts, fields.FindUint("expert_count", kAny));
  if (experts.value_or(0) > 0) return errors.Unsupported("mixture-of-experts models are not supported");
  ESPALIER_ASSIGN_OR_RETURN(const auto value_length, fields.FindUint("attention.value_length", kAny));
  ESPALIER_ASSIGN_OR_RETURN(const auto rotary, fields.FindUint("rope.dimension_count", kAny));
  if (value_length.value_or(hparams.head_dim) != hparams.head_dim ||
      rotary.value_or(hparams.head_dim) != hparams.head_dim) {
    return errors.Unsupported(
        "heads whose keys, values and rotary embeddings differ in width are not supported");
  }
  return {};
}

Result<HyperParameters> ReadGgufHyperParameters(const GgufFile& file, const FileErrors& errors) {
  const GgufFields general(file, errors);
  HyperParameters hparams;
  ESPALIER_ASSIGN_OR_RETURN(const auto architecture, general.FindString("general.architecture"));
  if (!architecture) return errors.Corrupt("the field 'general.architecture' is missing");
  hparams.architecture = *architecture;
  ESPALIER_RETURN_IF_ERROR(CheckArchitecture(hparams.architecture, errors));
  ESPALIER_ASSIGN_OR_RETURN(const auto parts, general.FindUint("split.count", {0, UINT16_MAX}));
  if (parts.value_or(0) > 1) {
    return errors.Unsupported("this is one of " + std::to_string(*parts) +
                              " parts of a split model; merge them into one file first");
  }
  ESPALIER_ASSIGN_OR_RETURN(const auto name, general.FindString("general.name"));
  hparams.name = name.value_or("");
  hparams.rope_layout = hparams.architecture == "llama" ? RopeLayout::kAdjacent : RopeLayout::kHalves;
  const GgufFields fields(file, errors, hparams.architecture + ".");
  ESPALIER_RETURN_IF_ERROR(ReadHyperParameters(fields, kNames, errors, hparams));
  ESPALIER_RETURN_IF_ERROR(CheckUnsupportedFields(fields, hparams, errors));
  return hparams;
}

}  // namespace

Result<ModelFile> ReadGgufModel(std::span<const std::byte> bytes, const std::filesystem::path& path) {
  const FileErrors errors(path);
  ESPALIER_ASSIGN_OR_RETURN(const GgufFile file, ParseGguf(bytes, errors));
  ModelFile model;
  model.path = path;
  ESPALIER_ASSIGN_OR_RETURN(model.hparams, ReadGgufHyperParameters(file, errors));
  NamedTensors tensors;
  for (const GgufTensor& tensor : file.tensors) tensors.emplace(tensor.name, tensor.view);
  ESPALIER_RETURN_IF_ERROR(BindWeights(tensors, TensorNaming::kGguf, errors, model));
  ESPALIER_ASSIGN_OR_RETURN(model.tokenizer, ReadGgufTokenizer(file, model.hparams.vocab_size, errors));
  return model;
}

}  // namespace espalier
