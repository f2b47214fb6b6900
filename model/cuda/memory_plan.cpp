#include "model/cuda/memory_plan.h"

#include <algorithm>

#include "model/cuda/weight_layout.h"
#include "model/kv_cache.h"

namespace espalier::cuda {
namespace {

constexpr size_t kMargin = size_t{256} << 20;  // kernels, cuBLAS' workspace

template <typename Visit>
void ForMatrices(const LayerWeights& layer, const Visit& visit) {
  for (const TensorView* matrix :
       {&layer.wq, &layer.wk, &layer.wv, &layer.wo, &layer.w_gate, &layer.w_up, &layer.w_down}) {
    visit(*matrix);
  }
}

size_t MatrixBytes(const TensorView& matrix) { return LayOut(matrix.type, matrix.rows, matrix.cols).bytes; }

std::string MiB(size_t bytes) { return std::to_string((bytes + (1 << 20) - 1) >> 20) + " MiB"; }

}  // namespace

MatrixSizes LargestMatrix(const ModelPart& part) {
  MatrixSizes most;
  for (const LayerWeights& layer : part.weights.layers) {
    const auto consider = [&](size_t rows, size_t cols) {
      most.elements = std::max(most.elements, rows * cols);
      most.rows = std::max(most.rows, static_cast<uint32_t>(rows));
      most.cols = std::max(most.cols, static_cast<uint32_t>(cols));
    };
    consider(layer.wq.rows + layer.wk.rows + layer.wv.rows, layer.wq.cols);
    consider(layer.w_gate.rows + layer.w_up.rows, layer.w_gate.cols);
    consider(layer.wo.rows, layer.wo.cols);
    consider(layer.w_down.rows, layer.w_down.cols);
  }
  return most;
}

MemoryPlan PlanMemory(const ModelPart& part, const CudaOptions& options) {
  const HyperParameters& h = part.hparams;
  const Weights& weights = part.weights;
  MemoryPlan plan;
  plan.weights = MatrixBytes(weights.token_embedding);
  if (!IsTied(weights)) plan.weights += MatrixBytes(weights.output);
  for (const LayerWeights& layer : weights.layers) {
    ForMatrices(layer, [&](const TensorView& matrix) { plan.weights += MatrixBytes(matrix); });
    plan.weights += (2 * size_t{h.d_model} + h.q_dim() + 2 * size_t{h.kv_dim()}) * sizeof(float);
  }
  const size_t pages = (size_t{options.context_tokens} + kKvPageTokens - 1) / kKvPageTokens;
  plan.kv_cache = pages * kKvPageTokens * h.n_layers * 2 * h.kv_dim() * sizeof(uint16_t);
  // The residual stream, queries, keys, values, both halves of the hidden layer, and each kind of input in
  // all its forms (7 bytes an element, and scales).
  const size_t floats =
      size_t{h.d_model} + 2 * size_t{h.q_dim()} + 2 * size_t{h.kv_dim()} + 2 * size_t{h.d_ff};
  const size_t inputs = size_t{h.d_model} + h.q_dim() + h.d_ff;
  plan.activations = kMostRows * (floats * sizeof(float) + inputs * 8);
  // Logits: its own; of several GPUs also all of them, as they come and in order.
  const size_t slices = options.gpus == 1 ? 1 : 1 + 2 * static_cast<size_t>(options.gpus);
  plan.activations += kMostGraphRows * slices * h.vocab_size * sizeof(float);
  const MatrixSizes most = LargestMatrix(part);
  plan.unpacked = most.elements * sizeof(uint16_t);
  if (options.int8_prefill) {
    plan.unpacked += most.elements + (size_t{most.rows} + kMostRows) * sizeof(float) +
                     size_t{kMostRows} * (most.cols + most.rows * sizeof(int32_t));
  }
  return plan;
}

Status CheckFits(const MemoryPlan& plan, size_t free_bytes, uint32_t context_tokens) {
  if (plan.total() + kMargin <= free_bytes) return {};
  return Fail(ErrorCode::kResourceExhausted,
              "the model wants " + MiB(plan.total() + kMargin) + " of the GPU's memory (weights " +
                  MiB(plan.weights) + ", keys and values of " + std::to_string(context_tokens) + " tokens " +
                  MiB(plan.kv_cache) + ", working memory " + MiB(plan.activations + plan.unpacked + kMargin) +
                  "), and " + MiB(free_bytes) +
                  " are free; use a smaller context or model, or the processor's own backend");
}

}  // namespace espalier::cuda
