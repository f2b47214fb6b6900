// Hyper-parameters from the fields of a model file, range-checked. Internal to the readers.
#pragma once

#include <array>
#include <string_view>

#include "base/result.h"
#include "model/field_source.h"
#include "model/file_errors.h"
#include "model/model_file.h"

namespace espalier {

/// Names a field may have, the preferred one first; unused places are empty.
using FieldNames = std::array<std::string_view, 3>;

/// What each hyper-parameter is called in a format.
struct HyperParameterNames {
  FieldNames n_layers, d_model, n_heads, n_kv_heads, head_dim, d_ff, context_length, rms_epsilon, rope_base;
  FieldNames scaling_type, scaling_factor, original_context, low_freq_factor, high_freq_factor;
  FieldNames beta_fast, beta_slow, attention_factor;
};

/// Fills in everything but architecture, name, vocab_size and rope_layout, and checks that the fields
/// fit together. Errors: kCorrupt (a field is missing, out of range or contradicts another),
/// kUnsupported (a RoPE scaling that is not known).
Status ReadHyperParameters(const FieldSource& fields, const HyperParameterNames& names,
                           const FileErrors& errors, HyperParameters& hparams);

/// "qwen2" or "llama"; anything else is kUnsupported.
Status CheckArchitecture(std::string_view architecture, const FileErrors& errors);

}  // namespace espalier
