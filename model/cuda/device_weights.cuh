// A model's weights in the memory of the GPU.
#pragma once

#include <vector>

#include "model/cuda/unpack.cuh"
#include "model/model_file.h"

namespace espalier::cuda {

/// Views; the memory belongs to DeviceWeights.
struct DeviceLayer {
  DeviceMatrix wq, wk, wv, wo, w_gate, w_up, w_down;
  const float *attn_norm = nullptr, *ffn_norm = nullptr;
  const float *bq = nullptr, *bk = nullptr, *bv = nullptr;  ///< null: none
};

class DeviceWeights {
 public:
  /// Errors: kResourceExhausted, kInternal.
  static Result<DeviceWeights> Upload(Stream& stream, const Weights& source);

  DeviceMatrix embedding, output;
  const float* output_norm = nullptr;
  std::vector<DeviceLayer> layers;
  size_t bytes = 0;

 private:
  Result<DeviceMatrix> Put(Stream& stream, const TensorView& matrix);
  Result<const float*> PutVector(Stream& stream, const TensorView& vector);
  Status PutLayer(Stream& stream, const LayerWeights& source);

  std::vector<Memory<uint8_t>> memory_;
  std::vector<std::byte> packed_;  // on its way
};

}  // namespace espalier::cuda
