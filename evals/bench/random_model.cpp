#include "evals/bench/random_model.h"

#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "model/quant.h"

namespace espalier {
namespace {

struct Shape {
  std::string_view name;
  uint32_t layers, d_model, heads, kv_heads, head_dim, d_ff, vocabulary;
  bool tied;  ///< one matrix for embedding and output
};
constexpr std::array<Shape, 4> kShapes = {{{"tiny", 2, 256, 4, 2, 64, 512, 1024, true},
                                           {"0.5b", 24, 896, 14, 2, 64, 4864, 151936, true},
                                           {"1.5b", 28, 1536, 12, 2, 128, 8960, 151936, true},
                                           {"7b", 28, 3584, 28, 4, 128, 18944, 152064, false}}};

/// Memory of the weights lives in the file, as widened vectors do.
class Maker {
 public:
  explicit Maker(ModelFile& file) : file_(file) {}

  /// All rows are one random row: what is in them does not matter for speed.
  TensorView Matrix(DataType type, size_t rows, size_t cols) {
    std::vector<float> row(cols);
    for (float& value : row) value = 0.02f * normal_(random_);
    file_.parameter_count += rows * cols;
    return {type, rows, cols, AddMatrix(file_, type, rows, row)};
  }
  TensorView Vector(size_t cols, float value) {
    return {DataType::kF32, 1, cols, AddMatrix(file_, DataType::kF32, 1, std::vector<float>(cols, value))};
  }

 private:
  ModelFile& file_;
  std::mt19937 random_{1};
  std::normal_distribution<float> normal_;
};

LayerWeights MakeLayer(Maker& make, const HyperParameters& h) {
  LayerWeights layer;
  layer.attn_norm = make.Vector(h.d_model, 1);
  layer.ffn_norm = make.Vector(h.d_model, 1);
  layer.bq = make.Vector(h.q_dim(), 0);
  layer.bk = make.Vector(h.kv_dim(), 0);
  layer.bv = make.Vector(h.kv_dim(), 0);
  // The smallest model's rows are no whole superblocks, as in its real file.
  const DataType most = h.d_model % 256 == 0 ? DataType::kQ4_K : DataType::kQ5_0;
  const DataType finer = h.d_model % 256 == 0 ? DataType::kQ6_K : DataType::kQ8_0;
  layer.wq = make.Matrix(most, h.q_dim(), h.d_model);
  layer.wk = make.Matrix(most, h.kv_dim(), h.d_model);
  layer.wv = make.Matrix(finer, h.kv_dim(), h.d_model);
  layer.wo = make.Matrix(most, h.d_model, h.q_dim());
  layer.w_gate = make.Matrix(most, h.d_ff, h.d_model);
  layer.w_up = make.Matrix(most, h.d_ff, h.d_model);
  layer.w_down = make.Matrix(h.d_ff % 256 == 0 ? DataType::kQ6_K : finer, h.d_model, h.d_ff);
  return layer;
}

}  // namespace

std::byte* AddMatrix(ModelFile& file, DataType type, size_t rows, std::span<const float> row) {
  const size_t row_bytes = RowBytes(type, row.size());
  auto floats = std::make_shared<std::vector<float>>((rows * row_bytes + sizeof(float) - 1) / sizeof(float));
  auto* data = reinterpret_cast<std::byte*>(floats->data());
  QuantizeRow(type, row, data);
  for (size_t r = 1; r < rows; ++r) std::copy_n(data, row_bytes, data + r * row_bytes);
  file.widened.push_back(std::move(floats));
  return data;
}

Result<ModelFile> MakeRandomModel(std::string_view name) {
  for (const Shape& shape : kShapes) {
    if (shape.name != name) continue;
    ModelFile file;
    HyperParameters& h = file.hparams;
    h.architecture = "qwen2";
    h.name = "random weights, " + std::string(name);
    h.n_layers = shape.layers;
    h.d_model = shape.d_model;
    h.n_heads = shape.heads;
    h.n_kv_heads = shape.kv_heads;
    h.head_dim = shape.head_dim;
    h.d_ff = shape.d_ff;
    h.vocab_size = shape.vocabulary;
    h.context_length = 32768;
    h.rope_base = 1e6f;
    Maker make(file);
    const DataType type = h.d_model % 256 == 0 ? DataType::kQ6_K : DataType::kQ8_0;
    file.weights.output_norm = make.Vector(h.d_model, 1);
    file.weights.token_embedding = make.Matrix(type, h.vocab_size, h.d_model);
    file.weights.output =
        shape.tied ? file.weights.token_embedding : make.Matrix(type, h.vocab_size, h.d_model);
    for (uint32_t layer = 0; layer < h.n_layers; ++layer) file.weights.layers.push_back(MakeLayer(make, h));
    return file;
  }
  return Fail(ErrorCode::kInvalidArgument,
              "no shape '" + std::string(name) + "'; there are tiny, 0.5b, 1.5b, 7b");
}

}  // namespace espalier
