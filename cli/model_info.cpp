#include "cli/model_info.h"

#include <fmt/format.h>

#include <array>
#include <map>
#include <string_view>
#include <utility>

#include "cli/output.h"

namespace espalier {
namespace {

using BytesByType = std::map<std::string_view, uint64_t>;

void AddTensor(const TensorView& tensor, BytesByType& bytes) {
  if (!tensor.empty()) bytes[InfoOf(tensor.type).name] += tensor.bytes();
}

BytesByType WeightBytesByType(const Weights& weights) {
  BytesByType bytes;
  AddTensor(weights.token_embedding, bytes);
  AddTensor(weights.output_norm, bytes);
  if (weights.output.data != weights.token_embedding.data) AddTensor(weights.output, bytes);
  AddTensor(weights.rope_factors, bytes);
  for (const LayerWeights& l : weights.layers) {
    for (const TensorView* tensor : {&l.attn_norm, &l.wq, &l.wk, &l.wv, &l.wo, &l.bq, &l.bk, &l.bv,
                                     &l.ffn_norm, &l.w_gate, &l.w_up, &l.w_down}) {
      AddTensor(*tensor, bytes);
    }
  }
  return bytes;
}

constexpr std::array<std::pair<const char*, TokenId SpecialTokenIds::*>, 12> kSpecialTokens = {{
    {"bos", &SpecialTokenIds::bos},
    {"eos", &SpecialTokenIds::eos},
    {"eot", &SpecialTokenIds::eot},
    {"pad", &SpecialTokenIds::pad},
    {"fim_prefix", &SpecialTokenIds::fim_prefix},
    {"fim_suffix", &SpecialTokenIds::fim_suffix},
    {"fim_middle", &SpecialTokenIds::fim_middle},
    {"fim_pad", &SpecialTokenIds::fim_pad},
    {"repo_name", &SpecialTokenIds::repo_name},
    {"file_sep", &SpecialTokenIds::file_sep},
    {"im_start", &SpecialTokenIds::im_start},
    {"im_end", &SpecialTokenIds::im_end},
}};

nlohmann::json SpecialTokensJson(const SpecialTokenIds& ids) {
  nlohmann::json json = nlohmann::json::object();
  for (const auto& [name, member] : kSpecialTokens) {
    if (ids.*member != kNoToken) json[name] = ids.*member;
  }
  return json;
}

std::string SpecialTokensText(const ModelFile& file) {
  std::string text;
  const SpecialTokenIds& ids = file.tokenizer.special;
  for (const auto& [name, member] : kSpecialTokens) {
    const TokenId id = ids.*member;
    if (id == kNoToken) continue;
    const bool named = id >= 0 && static_cast<size_t>(id) < file.tokenizer.tokens.size();
    text += fmt::format("  {:<12} {:>7}  {}\n", name, id,
                        named ? file.tokenizer.tokens[static_cast<size_t>(id)] : "");
  }
  return text;
}

bool CanFillTheMiddle(const SpecialTokenIds& ids) {
  return ids.fim_prefix != kNoToken && ids.fim_suffix != kNoToken && ids.fim_middle != kNoToken;
}

}  // namespace

nlohmann::json ModelInfoJson(const ModelFile& file) {
  const HyperParameters& h = file.hparams;
  return {{"path", file.path.string()},
          {"name", h.name},
          {"architecture", h.architecture},
          {"parameters", file.parameter_count},
          {"layers", h.n_layers},
          {"d_model", h.d_model},
          {"heads", h.n_heads},
          {"kv_heads", h.n_kv_heads},
          {"head_dim", h.head_dim},
          {"d_ff", h.d_ff},
          {"vocabulary", h.vocab_size},
          {"context_length", h.context_length},
          {"rope_base", h.rope_base},
          {"pre_tokenizer", file.tokenizer.pre_tokenizer},
          {"weight_bytes_by_type", WeightBytesByType(file.weights)},
          {"special_tokens", SpecialTokensJson(file.tokenizer.special)},
          {"inline_completion", CanFillTheMiddle(file.tokenizer.special)}};
}

std::string ModelInfoText(const ModelFile& file) {
  const HyperParameters& h = file.hparams;
  std::string text = fmt::format("{}\n  {} ({}), {:.1f} million parameters\n", file.path.string(),
                                 h.name.empty() ? "unnamed" : h.name, h.architecture,
                                 static_cast<double>(file.parameter_count) / 1e6);
  text += fmt::format("  {} layers of width {}, {} query and {} key/value heads of {}, feed-forward {}\n",
                      h.n_layers, h.d_model, h.n_heads, h.n_kv_heads, h.head_dim, h.d_ff);
  text += fmt::format("  context {} tokens, vocabulary {}, tokenizer {}\n", h.context_length, h.vocab_size,
                      file.tokenizer.pre_tokenizer);
  text += "weights\n";
  for (const auto& [type, bytes] : WeightBytesByType(file.weights)) {
    text += fmt::format("  {:<12} {:>9}\n", type, HumanBytes(static_cast<double>(bytes)));
  }
  text += "special tokens\n" + SpecialTokensText(file);
  text += CanFillTheMiddle(file.tokenizer.special) ? "usable for inline completion\n"
                                                   : "not usable for inline completion: no FIM tokens\n";
  return text;
}

}  // namespace espalier
