#include "model/weight_binder.h"

#include <memory>
#include <span>
#include <unordered_set>
#include <vector>

#include "model/quant.h"

namespace espalier {
namespace {

constexpr uint64_t kMaxVocabulary = 1 << 24;

/// Whether a tensor must be there.
enum class Presence { kRequired, kOptional };

/// One tensor of a layer: its place, its name after the layer's prefix in either format, its shape.
struct LayerSlot {
  TensorView LayerWeights::*place;
  std::string_view gguf_name;
  std::string_view hf_name;
  size_t rows;
  size_t cols;
  Presence presence = Presence::kRequired;
};

std::vector<LayerSlot> LayerSlots(const HyperParameters& h) {
  using L = LayerWeights;
  const Presence optional = Presence::kOptional;
  return {
      {&L::attn_norm, "attn_norm.weight", "input_layernorm.weight", 1, h.d_model},
      {&L::wq, "attn_q.weight", "self_attn.q_proj.weight", h.q_dim(), h.d_model},
      {&L::wk, "attn_k.weight", "self_attn.k_proj.weight", h.kv_dim(), h.d_model},
      {&L::wv, "attn_v.weight", "self_attn.v_proj.weight", h.kv_dim(), h.d_model},
      {&L::wo, "attn_output.weight", "self_attn.o_proj.weight", h.d_model, h.q_dim()},
      {&L::bq, "attn_q.bias", "self_attn.q_proj.bias", 1, h.q_dim(), optional},
      {&L::bk, "attn_k.bias", "self_attn.k_proj.bias", 1, h.kv_dim(), optional},
      {&L::bv, "attn_v.bias", "self_attn.v_proj.bias", 1, h.kv_dim(), optional},
      {&L::ffn_norm, "ffn_norm.weight", "post_attention_layernorm.weight", 1, h.d_model},
      {&L::w_gate, "ffn_gate.weight", "mlp.gate_proj.weight", h.d_ff, h.d_model},
      {&L::w_up, "ffn_up.weight", "mlp.up_proj.weight", h.d_ff, h.d_model},
      {&L::w_down, "ffn_down.weight", "mlp.down_proj.weight", h.d_model, h.d_ff},
  };
}

struct GlobalNames {
  std::string_view token_embedding, output_norm, output, rope_factors, layer_prefix;
};

constexpr GlobalNames kGgufNames{"token_embd.weight", "output_norm.weight", "output.weight",
                                 "rope_freqs.weight", "blk."};
constexpr GlobalNames kHfNames{"model.embed_tokens.weight", "model.norm.weight", "lm_head.weight", "",
                               "model.layers."};

std::string ShapeText(size_t rows, size_t cols) {
  return "[" + std::to_string(rows) + ", " + std::to_string(cols) + "]";
}

class Binder {
 public:
  Binder(const NamedTensors& tensors, TensorNaming naming, const FileErrors& errors, ModelFile& model)
      : tensors_(tensors), naming_(naming), errors_(errors), model_(model) {}

  Status Bind();

 private:
  const GlobalNames& names() const { return naming_ == TensorNaming::kGguf ? kGgufNames : kHfNames; }
  Status BindGlobals();
  Status BindLayer(size_t layer, const std::vector<LayerSlot>& slots);
  Status CheckAllUsed() const;
  Status SetVocabularySize();
  Result<TensorView> Take(const std::string& name, size_t rows, size_t cols, Presence presence);
  TensorView Widened(const TensorView& vector);

  const NamedTensors& tensors_;
  TensorNaming naming_;
  const FileErrors& errors_;
  ModelFile& model_;
  std::unordered_set<std::string_view> used_;
};

Status Binder::Bind() {
  ESPALIER_RETURN_IF_ERROR(SetVocabularySize());
  ESPALIER_RETURN_IF_ERROR(BindGlobals());
  const std::vector<LayerSlot> slots = LayerSlots(model_.hparams);
  for (size_t layer = 0; layer < model_.hparams.n_layers; ++layer) {
    ESPALIER_RETURN_IF_ERROR(BindLayer(layer, slots));
  }
  return CheckAllUsed();
}

Status Binder::SetVocabularySize() {
  const auto found = tensors_.find(names().token_embedding);
  if (found == tensors_.end()) {
    return errors_.Corrupt("tensor " + Quoted(names().token_embedding) + " is missing");
  }
  if (found->second.rows > kMaxVocabulary) {
    return errors_.Corrupt("tensor " + Quoted(names().token_embedding) + " has " +
                           std::to_string(found->second.rows) + " rows; expected " +
                           RangeText(1, kMaxVocabulary));
  }
  model_.hparams.vocab_size = static_cast<uint32_t>(found->second.rows);
  return {};
}

Status Binder::BindGlobals() {
  const HyperParameters& h = model_.hparams;
  Weights& w = model_.weights;
  const auto take = [this](std::string_view name, size_t rows, size_t cols, Presence presence) {
    return Take(std::string(name), rows, cols, presence);
  };
  ESPALIER_ASSIGN_OR_RETURN(w.token_embedding,
                            take(names().token_embedding, h.vocab_size, h.d_model, Presence::kRequired));
  ESPALIER_ASSIGN_OR_RETURN(w.output_norm, take(names().output_norm, 1, h.d_model, Presence::kRequired));
  ESPALIER_ASSIGN_OR_RETURN(w.output, take(names().output, h.vocab_size, h.d_model, Presence::kOptional));
  if (w.output.empty()) w.output = w.token_embedding;
  if (names().rope_factors.empty()) return {};
  ESPALIER_ASSIGN_OR_RETURN(w.rope_factors,
                            take(names().rope_factors, 1, h.head_dim / 2, Presence::kOptional));
  return {};
}

Status Binder::BindLayer(size_t layer, const std::vector<LayerSlot>& slots) {
  const std::string prefix = std::string(names().layer_prefix) + std::to_string(layer) + ".";
  LayerWeights weights;
  for (const LayerSlot& slot : slots) {
    const std::string name =
        prefix + std::string(naming_ == TensorNaming::kGguf ? slot.gguf_name : slot.hf_name);
    ESPALIER_ASSIGN_OR_RETURN(weights.*slot.place, Take(name, slot.rows, slot.cols, slot.presence));
  }
  if (weights.bq.empty() != weights.bk.empty() || weights.bq.empty() != weights.bv.empty()) {
    return errors_.Corrupt("layer " + std::to_string(layer) +
                           " has some of the query, key and value biases; " + "expected all or none");
  }
  model_.weights.layers.push_back(weights);
  return {};
}

Result<TensorView> Binder::Take(const std::string& name, size_t rows, size_t cols, Presence presence) {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) {
    if (presence == Presence::kOptional) return TensorView{};
    return errors_.Corrupt("tensor " + Quoted(name) + " is missing");
  }
  const TensorView& view = found->second;
  if (view.rows != rows || view.cols != cols) {
    return errors_.Corrupt("tensor " + Quoted(name) + " has shape " + ShapeText(view.rows, view.cols) +
                           "; the hyper-parameters call for " + ShapeText(rows, cols));
  }
  used_.insert(found->first);
  model_.parameter_count += static_cast<uint64_t>(rows) * cols;
  return rows == 1 && view.type != DataType::kF32 ? Widened(view) : view;
}

/// Norms and biases are small and read for every token: backends get them as F32 alone.
TensorView Binder::Widened(const TensorView& vector) {
  auto values = std::make_shared<std::vector<float>>(vector.cols);
  DequantizeRow(vector.type, vector.data, *values);
  model_.widened.push_back(values);
  return {DataType::kF32, 1, vector.cols, reinterpret_cast<const std::byte*>(values->data())};
}

/// A tensor without a place means that the model computes something this program does not.
Status Binder::CheckAllUsed() const {
  for (const auto& [name, view] : tensors_) {
    if (used_.contains(name) || name.ends_with("rotary_emb.inv_freq")) continue;  // derived from rope_theta
    return errors_.Unsupported("tensor " + Quoted(name) + " has no place in a " +
                               model_.hparams.architecture + " model of " +
                               std::to_string(model_.hparams.n_layers) + " layers");
  }
  return {};
}

}  // namespace

Status BindWeights(const NamedTensors& tensors, TensorNaming naming, const FileErrors& errors,
                   ModelFile& model) {
  return Binder(tensors, naming, errors, model).Bind();
}

}  // namespace espalier
