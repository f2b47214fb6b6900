#include "model/cuda/device_weights.cuh"
#include "model/cuda/model_part.h"
#include "model/quant.h"

namespace espalier::cuda {

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
  const std::vector<float> values = ToFloats(vector);
  const TensorView floats = {DataType::kF32, 1, values.size(),
                             reinterpret_cast<const std::byte*>(values.data())};
  ESPALIER_ASSIGN_OR_RETURN(const DeviceMatrix put, Put(stream, floats));
  return reinterpret_cast<const float*>(put.low);
}

Status DeviceWeights::PutLayer(Stream& stream, const LayerWeights& source) {
  DeviceLayer& layer = layers.emplace_back();
  ESPALIER_ASSIGN_OR_RETURN(layer.attn_norm, PutVector(stream, source.attn_norm));
  ESPALIER_ASSIGN_OR_RETURN(layer.ffn_norm, PutVector(stream, source.ffn_norm));
  ESPALIER_ASSIGN_OR_RETURN(layer.bq, PutVector(stream, source.bq));
  ESPALIER_ASSIGN_OR_RETURN(layer.bk, PutVector(stream, source.bk));
  ESPALIER_ASSIGN_OR_RETURN(layer.bv, PutVector(stream, source.bv));
  ESPALIER_ASSIGN_OR_RETURN(layer.wq, Put(stream, source.wq));
  ESPALIER_ASSIGN_OR_RETURN(layer.wk, Put(stream, source.wk));
  ESPALIER_ASSIGN_OR_RETURN(layer.wv, Put(stream, source.wv));
  ESPALIER_ASSIGN_OR_RETURN(layer.wo, Put(stream, source.wo));
  ESPALIER_ASSIGN_OR_RETURN(layer.w_gate, Put(stream, source.w_gate));
  ESPALIER_ASSIGN_OR_RETURN(layer.w_up, Put(stream, source.w_up));
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
