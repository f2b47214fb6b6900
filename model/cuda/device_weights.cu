#include "model/cuda/device_weights.cuh"
#include "model/cuda/model_part.h"
#include "model/quant.h"

namespace espalier::cuda {
namespace {

std::vector<float> JoinedBiases(const LayerWeights& layer) {
  std::vector<float> joined;
  for (const TensorView& bias : {layer.bq, layer.bk, layer.bv}) {
    const std::vector<float> values = ToFloats(bias);
    joined.insert(joined.end(), values.begin(), values.end());
  }
  return joined;
}

}  // namespace

Result<DeviceMatrix> DeviceWeights::Put(Stream& stream, const TensorView& matrix) {
  const WeightLayout layout = LayOut(matrix.type, matrix.rows, matrix.cols);
  packed_.assign(layout.bytes, std::byte{0});
  PackWeights(matrix, layout, packed_);
  Memory<uint8_t> memory;
  ESPALIER_RETURN_IF_ERROR(memory.Reserve(layout.bytes));
  stream.Copy(memory.data(), packed_.data(), layout.bytes, cudaMemcpyHostToDevice);
  ESPALIER_RETURN_IF_ERROR(stream.Finish());
  const uint8_t* base = memory.data();
  memory_.push_back(std::move(memory));
  bytes += layout.bytes;
  return ViewOf(matrix, layout, base);
}

Result<const float*> DeviceWeights::PutVector(Stream& stream, const TensorView& vector) {
  if (vector.empty()) return nullptr;
  return PutFloats(stream, ToFloats(vector));
}

Result<const float*> DeviceWeights::PutFloats(Stream& stream, const std::vector<float>& values) {
  const TensorView floats = {DataType::kF32, 1, values.size(),
                             reinterpret_cast<const std::byte*>(values.data())};
  ESPALIER_ASSIGN_OR_RETURN(const DeviceMatrix put, Put(stream, floats));
  return reinterpret_cast<const float*>(put.low);
}

Result<std::vector<Neighbour>> DeviceWeights::PutNeighbours(Stream& stream,
                                                            std::span<const TensorView> matrices) {
  std::vector<Neighbour> neighbours;
  uint32_t first_output = 0;
  for (size_t begin = 0, end = 0; begin < matrices.size(); begin = end) {
    std::vector<std::byte> joined;
    TensorView all = matrices[begin];
    for (all.rows = 0; end < matrices.size() && matrices[end].type == all.type; ++end) {
      all.rows += matrices[end].rows;
      joined.insert(joined.end(), matrices[end].data, matrices[end].data + matrices[end].bytes());
    }
    all.data = joined.data();
    ESPALIER_ASSIGN_OR_RETURN(const DeviceMatrix put, Put(stream, all));
    neighbours.push_back({put, first_output});
    first_output += put.rows;
  }
  return neighbours;
}

Status DeviceWeights::PutLayer(Stream& stream, const LayerWeights& source) {
  DeviceLayer& layer = layers.emplace_back();
  ESPALIER_ASSIGN_OR_RETURN(layer.attn_norm, PutVector(stream, source.attn_norm));
  ESPALIER_ASSIGN_OR_RETURN(layer.ffn_norm, PutVector(stream, source.ffn_norm));
  if (!source.bq.empty()) {
    ESPALIER_ASSIGN_OR_RETURN(layer.bqkv, PutFloats(stream, JoinedBiases(source)));
  }
  const TensorView before_attention[] = {source.wq, source.wk, source.wv};
  const TensorView before_product[] = {source.w_gate, source.w_up};
  ESPALIER_ASSIGN_OR_RETURN(layer.qkv, PutNeighbours(stream, before_attention));
  ESPALIER_ASSIGN_OR_RETURN(layer.gate_up, PutNeighbours(stream, before_product));
  ESPALIER_ASSIGN_OR_RETURN(layer.wo, Put(stream, source.wo));
  ESPALIER_ASSIGN_OR_RETURN(layer.w_down, Put(stream, source.w_down));
  return {};
}

Result<DeviceWeights> DeviceWeights::Upload(Stream& stream, const Weights& source) {
  DeviceWeights weights;
  ESPALIER_ASSIGN_OR_RETURN(weights.embedding, weights.Put(stream, source.token_embedding));
  weights.output = weights.embedding;
  if (!IsTied(source)) {
    ESPALIER_ASSIGN_OR_RETURN(weights.output, weights.Put(stream, source.output));
  }
  ESPALIER_ASSIGN_OR_RETURN(weights.output_norm, weights.PutVector(stream, source.output_norm));
  for (const LayerWeights& layer : source.layers) ESPALIER_RETURN_IF_ERROR(weights.PutLayer(stream, layer));
  weights.packed_ = {};
  return weights;
}

}  // namespace espalier::cuda
