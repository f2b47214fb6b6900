// The part of a model that one of several GPUs holds (tensor parallelism: Shoeybi et al. 2019,
// "Megatron-LM"). Heads and hidden units are divided: matrices before them by rows, those behind them by
// columns, so that the sum over all parts is what the whole gives, twice a layer. The output matrix is
// divided by tokens; the embedding and the norms are everywhere. Pure functions on the host, no CUDA.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "model/model_file.h"

namespace espalier::cuda {

struct ModelPart {
  /// Of the part: its heads, its hidden units; vocab_size: the most tokens that any part has, see
  /// OutputSlice.
  HyperParameters hparams;
  Weights weights;                             ///< views of the file, or of `copies`
  std::vector<std::vector<std::byte>> copies;  ///< of columns
};

/// Whether the output matrix is the embedding's.
inline bool IsTied(const Weights& weights) {
  return weights.output.data == weights.token_embedding.data &&
         weights.output.rows == weights.token_embedding.rows;
}

/// Part `rank` of `ranks`. Errors: kUnsupported (it cannot be divided so; the message says why). REQUIRES:
/// `file` outlives the part.
Result<ModelPart> CutModel(const ModelFile& file, uint32_t rank, uint32_t ranks);

/// Tokens of each part but the last ones, which have what is left.
inline uint32_t OutputSlice(uint32_t vocab_size, uint32_t ranks) { return (vocab_size + ranks - 1) / ranks; }

}  // namespace espalier::cuda
