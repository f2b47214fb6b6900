#include "model/hparams.h"

#include <optional>

namespace espalier {
namespace {

// Limits well above every published model, low enough that products of any three fit in 64 bits.
constexpr UintRange kLayers{1, 1024};
constexpr UintRange kWidth{1, 1 << 18};
constexpr UintRange kHeads{1, 4096};
constexpr UintRange kHeadDim{2, 1024};
constexpr UintRange kFeedForward{1, 1 << 21};
constexpr UintRange kContext{1, 1 << 27};
constexpr FloatRange kEpsilon{1e-12, 0.1};
constexpr FloatRange kRopeBase{1.0, 1e12};
constexpr FloatRange kScalingFactor{1e-3, 1e6};

/// Reads fields one after another and keeps the first error, so that callers need not check each.
class FieldReader {
 public:
  FieldReader(const FieldSource& fields, const FileErrors& errors) : fields_(fields), errors_(errors) {}

  uint32_t Uint(const FieldNames& names, UintRange range, std::optional<uint32_t> fallback = {}) {
    return static_cast<uint32_t>(
        First(names, fallback, [&](auto name) { return fields_.FindUint(name, range); }));
  }
  float Float(const FieldNames& names, FloatRange range, std::optional<float> fallback = {}) {
    return static_cast<float>(
        First(names, fallback, [&](auto name) { return fields_.FindFloat(name, range); }));
  }
  std::string String(const FieldNames& names, std::string fallback) {
    return First(names, std::optional(fallback), [&](auto name) { return fields_.FindString(name); });
  }
  Status status() const { return status_; }

 private:
  template <typename Fallback, typename Find>
  auto First(const FieldNames& names, const std::optional<Fallback>& fallback, Find find) ->
      typename std::decay_t<decltype(*find(names[0]))>::value_type {
    for (const std::string_view name : names) {
      if (name.empty() || !status_) continue;
      auto found = find(name);
      if (!found) status_ = Fail(found.error());
      if (found && *found) return **found;
    }
    if (!fallback && status_) status_ = errors_.Corrupt("the field " + Quoted(names[0]) + " is missing");
    if (!fallback) return {};
    return *fallback;
  }

  const FieldSource& fields_;
  const FileErrors& errors_;
  Status status_;
};

Result<RopeScalingType> ScalingTypeOf(std::string_view name, const FileErrors& errors) {
  if (name == "none" || name == "default") return RopeScalingType::kNone;
  if (name == "linear") return RopeScalingType::kLinear;
  if (name == "llama3") return RopeScalingType::kLlama3;
  if (name == "yarn") return RopeScalingType::kYarn;
  return errors.Unsupported("RoPE scaling of type " + Quoted(name) +
                            " is not supported; none, linear, llama3 and yarn are");
}

Status ReadRopeScaling(FieldReader& fields, const HyperParameterNames& names, const FileErrors& errors,
                       HyperParameters& hparams) {
  RopeScaling scaling;
  scaling.factor = fields.Float(names.scaling_factor, kScalingFactor, 0.0f);
  const std::string type = fields.String(names.scaling_type, scaling.factor > 0 ? "linear" : "none");
  ESPALIER_RETURN_IF_ERROR(fields.status());
  ESPALIER_ASSIGN_OR_RETURN(scaling.type, ScalingTypeOf(type, errors));
  if (scaling.type == RopeScalingType::kNone) return {};
  scaling.factor = fields.Float(names.scaling_factor, kScalingFactor);  // required from here on
  scaling.original_context = fields.Uint(names.original_context, kContext, hparams.context_length);
  scaling.low_freq_factor = fields.Float(names.low_freq_factor, kScalingFactor, scaling.low_freq_factor);
  scaling.high_freq_factor = fields.Float(names.high_freq_factor, kScalingFactor, scaling.high_freq_factor);
  scaling.beta_fast = fields.Float(names.beta_fast, kScalingFactor, scaling.beta_fast);
  scaling.beta_slow = fields.Float(names.beta_slow, kScalingFactor, scaling.beta_slow);
  scaling.attention_factor = fields.Float(names.attention_factor, {0.0, 1e3}, 0.0f);
  ESPALIER_RETURN_IF_ERROR(fields.status());
  if (scaling.type == RopeScalingType::kLlama3 && scaling.high_freq_factor <= scaling.low_freq_factor) {
    return errors.Corrupt(Quoted(names.high_freq_factor[0]) + " is not above " +
                          Quoted(names.low_freq_factor[0]));
  }
  hparams.rope_scaling = scaling;
  return {};
}

Status CheckHeads(const HyperParameters& hparams, const HyperParameterNames& names,
                  const FileErrors& errors) {
  if (hparams.n_heads % hparams.n_kv_heads != 0) {
    return errors.Corrupt(Quoted(names.n_heads[0]) + " is " + std::to_string(hparams.n_heads) +
                          ", not a multiple of " + Quoted(names.n_kv_heads[0]) + ", which is " +
                          std::to_string(hparams.n_kv_heads));
  }
  if (hparams.head_dim % 2 != 0) {
    return errors.Corrupt(Quoted(names.head_dim[0]) + " is " + std::to_string(hparams.head_dim) +
                          "; rotary embeddings need an even number");
  }
  return {};
}

/// The width of a head when the file does not give it.
Result<uint32_t> DerivedHeadDim(const HyperParameters& hparams, const HyperParameterNames& names,
                                const FileErrors& errors) {
  const uint32_t head_dim = hparams.d_model / hparams.n_heads;
  if (hparams.d_model % hparams.n_heads == 0 && head_dim >= kHeadDim.min && head_dim <= kHeadDim.max) {
    return head_dim;
  }
  return errors.Corrupt(Quoted(names.d_model[0]) + " is " + std::to_string(hparams.d_model) + " and " +
                        Quoted(names.n_heads[0]) + " is " + std::to_string(hparams.n_heads) +
                        "; a head would not have " + RangeText(kHeadDim.min, kHeadDim.max) + " elements");
}

}  // namespace

Status ReadHyperParameters(const FieldSource& source, const HyperParameterNames& names,
                           const FileErrors& errors, HyperParameters& hparams) {
  FieldReader fields(source, errors);
  hparams.n_layers = fields.Uint(names.n_layers, kLayers);
  hparams.d_model = fields.Uint(names.d_model, kWidth);
  hparams.n_heads = fields.Uint(names.n_heads, kHeads);
  hparams.n_kv_heads = fields.Uint(names.n_kv_heads, kHeads, hparams.n_heads);
  hparams.d_ff = fields.Uint(names.d_ff, kFeedForward);
  hparams.context_length = fields.Uint(names.context_length, kContext);
  hparams.rms_epsilon = fields.Float(names.rms_epsilon, kEpsilon);
  hparams.rope_base = fields.Float(names.rope_base, kRopeBase, hparams.rope_base);
  hparams.head_dim = fields.Uint(names.head_dim, kHeadDim, 0);
  ESPALIER_RETURN_IF_ERROR(fields.status());
  if (hparams.head_dim == 0) {
    ESPALIER_ASSIGN_OR_RETURN(hparams.head_dim, DerivedHeadDim(hparams, names, errors));
  }
  ESPALIER_RETURN_IF_ERROR(CheckHeads(hparams, names, errors));
  return ReadRopeScaling(fields, names, errors, hparams);
}

Status CheckArchitecture(std::string_view architecture, const FileErrors& errors) {
  if (architecture == "qwen2" || architecture == "llama") return {};
  return errors.Unsupported("the architecture " + Quoted(architecture) +
                            " is not supported; qwen2 and llama are");
}

}  // namespace espalier
