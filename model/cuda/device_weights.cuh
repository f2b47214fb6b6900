// A model's weights in the memory of the GPU.
#pragma once

#include <span>
#include <vector>

#include "model/cuda/unpack.cuh"
#include "model/model_file.h"

namespace espalier::cuda {

/// A matrix of several that take the same input, and where its outputs lie among theirs.
struct Neighbour {
  DeviceMatrix w;
  uint32_t first_output = 0;
};

/// Views; the memory belongs to DeviceWeights. Neighbours of one type are one matrix: fewer launches, and
/// larger ones.
struct DeviceLayer {
  std::vector<Neighbour> qkv, gate_up;
  DeviceMatrix wo, w_down;
  const float *attn_norm = nullptr, *ffn_norm = nullptr;
  const float* bqkv = nullptr;  ///< null: none
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
  Result<const float*> PutFloats(Stream& stream, const std::vector<float>& values);
  Result<std::vector<Neighbour>> PutNeighbours(Stream& stream, std::span<const TensorView> matrices);
  Status PutLayer(Stream& stream, const LayerWeights& source);

  std::vector<Memory<uint8_t>> memory_;
  std::vector<std::byte> packed_;  // on its way
};

}  // namespace espalier::cuda
