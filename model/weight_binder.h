// From the named tensors of a file to the weights of a model: every tensor that the hyper-parameters
// call for must be there with the right shape, and no other may be. Internal to the readers.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "model/file_errors.h"
#include "model/model_file.h"
#include "model/tensor.h"

namespace espalier {

/// How a format names tensors.
enum class TensorNaming {
  kGguf,         ///< "blk.0.attn_q.weight"
  kHuggingFace,  ///< "model.layers.0.self_attn.q_proj.weight"
};

using NamedTensors = std::unordered_map<std::string_view, TensorView>;

/// Fills in model.weights, model.hparams.vocab_size, model.parameter_count and model.widened from
/// `tensors`. REQUIRES: the other hyper-parameters are set. The output matrix is the embedding when
/// the file has none. Norms and biases stored in 16 bits are widened to F32.
/// Errors: kCorrupt (missing tensor, wrong shape), kUnsupported (a tensor that has no place).
Status BindWeights(const NamedTensors& tensors, TensorNaming naming, const FileErrors& errors,
                   ModelFile& model);

}  // namespace espalier
