#include "model/cuda/model_part.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "model/cuda/weight_layout.h"

namespace espalier::cuda {
namespace {

struct Range {
  size_t begin = 0, end = 0;
  size_t size() const { return end - begin; }
  Range Times(size_t factor) const { return {begin * factor, end * factor}; }
};

/// Share `rank` of `units`.
Range Share(size_t units, uint32_t rank, uint32_t ranks) {
  return {units * rank / ranks, units * (rank + 1) / ranks};
}

TensorView Rows(const TensorView& matrix, Range rows) {
  return {matrix.type, rows.size(), matrix.cols, matrix.row(rows.begin)};
}

TensorView Elements(const TensorView& vector, Range elements) {
  if (vector.empty()) return {};
  return {vector.type, 1, elements.size(), vector.data + RowBytes(vector.type, elements.begin)};
}

/// Into whole stretches of so many columns a matrix can be cut.
uint32_t ColumnUnit(const TensorView& matrix) {
  return IsGrouped(matrix.type) ? std::max(InfoOf(matrix.type).block_elements, kGroup) : 1;
}

Result<uint32_t> HiddenUnit(const ModelFile& file, uint32_t ranks) {
  uint32_t unit = 1;
  for (const LayerWeights& layer : file.weights.layers) unit = std::max(unit, ColumnUnit(layer.w_down));
  if (file.hparams.d_ff % unit == 0 && file.hparams.d_ff / unit >= ranks) return unit;
  return Fail(ErrorCode::kUnsupported, "its hidden layer of " + std::to_string(file.hparams.d_ff) +
                                           " units cannot be divided among " + std::to_string(ranks) +
                                           " GPUs; use fewer");
}

Status CheckHeads(const ModelFile& file, uint32_t ranks) {
  const HyperParameters& h = file.hparams;
  const size_t columns = size_t{h.n_heads} / ranks * h.head_dim;
  bool whole = h.n_kv_heads % ranks == 0 && h.n_heads % ranks == 0;
  for (const LayerWeights& layer : file.weights.layers) whole = whole && columns % ColumnUnit(layer.wo) == 0;
  if (whole) return {};
  return Fail(ErrorCode::kUnsupported,
              "its " + std::to_string(h.n_heads) + " attention heads, of " + std::to_string(h.n_kv_heads) +
                  " keys and values and " + std::to_string(h.head_dim) +
                  " elements, cannot be divided among " + std::to_string(ranks) + " GPUs; use fewer");
}

class Cutter {
 public:
  Cutter(ModelPart& part, Range heads, Range kv_heads, Range hidden)
      : part_(part), heads_(heads), kv_heads_(kv_heads), hidden_(hidden) {}

  LayerWeights Layer(const LayerWeights& whole) {
    LayerWeights part = whole;
    part.wq = Rows(whole.wq, heads_);
    part.wk = Rows(whole.wk, kv_heads_);
    part.wv = Rows(whole.wv, kv_heads_);
    part.bq = Elements(whole.bq, heads_);
    part.bk = Elements(whole.bk, kv_heads_);
    part.bv = Elements(whole.bv, kv_heads_);
    part.wo = Columns(whole.wo, heads_);
    part.w_gate = Rows(whole.w_gate, hidden_);
    part.w_up = Rows(whole.w_up, hidden_);
    part.w_down = Columns(whole.w_down, hidden_);
    return part;
  }

 private:
  TensorView Columns(const TensorView& matrix, Range columns) {
    const size_t skipped = RowBytes(matrix.type, columns.begin);
    const size_t bytes = RowBytes(matrix.type, columns.size());
    std::vector<std::byte>& copy = part_.copies.emplace_back(matrix.rows * bytes);
    for (size_t r = 0; r < matrix.rows; ++r)
      std::memcpy(copy.data() + r * bytes, matrix.row(r) + skipped, bytes);
    return {matrix.type, matrix.rows, columns.size(), copy.data()};
  }

  ModelPart& part_;
  Range heads_, kv_heads_, hidden_;  // in elements
};

}  // namespace

Result<ModelPart> CutModel(const ModelFile& file, uint32_t rank, uint32_t ranks) {
  ModelPart part = {file.hparams, file.weights, {}};
  if (ranks == 1) return part;
  ESPALIER_RETURN_IF_ERROR(CheckHeads(file, ranks));
  ESPALIER_ASSIGN_OR_RETURN(const uint32_t unit, HiddenUnit(file, ranks));
  const HyperParameters& h = file.hparams;
  const Range heads = Share(h.n_heads, rank, ranks), kv_heads = Share(h.n_kv_heads, rank, ranks);
  const Range hidden = Share(h.d_ff / unit, rank, ranks).Times(unit);
  Cutter cutter(part, heads.Times(h.head_dim), kv_heads.Times(h.head_dim), hidden);
  for (LayerWeights& layer : part.weights.layers) layer = cutter.Layer(layer);

  const size_t slice = OutputSlice(h.vocab_size, ranks);
  const auto token = [&](size_t n) { return std::min<size_t>(n * slice, h.vocab_size); };
  part.weights.output = Rows(file.weights.output, {token(rank), token(rank + 1)});
  part.hparams.n_heads = static_cast<uint32_t>(heads.size());
  part.hparams.n_kv_heads = static_cast<uint32_t>(kv_heads.size());
  part.hparams.d_ff = static_cast<uint32_t>(hidden.size());
  part.hparams.vocab_size = static_cast<uint32_t>(slice);
  return part;
}

}  // namespace espalier::cuda
