#include "tests/model/gguf_builder.h"

#include <algorithm>
#include <functional>
#include <numeric>

namespace espalier {
namespace {

std::string PaddedTo(std::string bytes, size_t alignment) {
  bytes.resize((bytes.size() + alignment - 1) / alignment * alignment);
  return bytes;
}

}  // namespace

void GgufBuilder::Set(std::string_view key, GgufType type, std::string value) {
  const auto found =
      std::find_if(key_values.begin(), key_values.end(), [&](auto& kv) { return kv.key == key; });
  if (found != key_values.end()) {
    *found = {std::string(key), type, std::move(value)};
  } else {
    key_values.push_back({std::string(key), type, std::move(value)});
  }
}

void GgufBuilder::SetStrings(std::string_view key, const std::vector<std::string>& texts) {
  Set(key, GgufType::kArray, Bytes(GgufType::kString) + Bytes<uint64_t>(texts.size()) + GgufStrings(texts));
}

void GgufBuilder::Remove(std::string_view key) {
  std::erase_if(key_values, [&](const KeyValue& kv) { return kv.key == key; });
}

void GgufBuilder::AddTensor(std::string name, std::vector<uint64_t> dims) {
  const uint64_t n = std::accumulate(dims.begin(), dims.end(), uint64_t{1}, std::multiplies<>());
  std::string data;
  for (uint64_t i = 0; i < n; ++i) data += Bytes(0.125f * static_cast<float>(i % 13) - 0.75f);
  tensors.push_back({std::move(name), std::move(dims), 0, std::move(data), {}, {}});
}

void GgufBuilder::RemoveTensor(std::string_view name) {
  std::erase_if(tensors, [&](const Tensor& tensor) { return tensor.name == name; });
}

GgufBuilder::Tensor& GgufBuilder::tensor(std::string_view name) {
  return *std::find_if(tensors.begin(), tensors.end(), [&](auto& tensor) { return tensor.name == name; });
}

std::string GgufBuilder::Build() const {
  std::string header = magic + Bytes(version) + Bytes(tensor_count.value_or(tensors.size())) +
                       Bytes(key_value_count.value_or(key_values.size()));
  for (const KeyValue& kv : key_values) header += GgufString(kv.key) + Bytes(kv.type) + kv.value;
  std::string data;
  for (const Tensor& tensor : tensors) {
    data = PaddedTo(std::move(data), alignment);
    header += GgufString(tensor.name);
    header += Bytes(tensor.n_dims.value_or(static_cast<uint32_t>(tensor.dims.size())));
    for (const uint64_t size : tensor.dims) header += Bytes(size);
    header += Bytes(tensor.type) + Bytes<uint64_t>(tensor.offset.value_or(data.size()));
    data += tensor.data;
  }
  return PaddedTo(std::move(header), alignment) + data;
}

GgufBuilder SmallQwen2() {
  GgufBuilder file;
  file.SetString("general.architecture", "qwen2");
  file.SetString("general.name", "small");
  file.SetUint("qwen2.block_count", 1);
  file.SetUint("qwen2.context_length", 64);
  file.SetUint("qwen2.embedding_length", 8);
  file.SetUint("qwen2.feed_forward_length", 12);
  file.SetUint("qwen2.attention.head_count", 2);
  file.SetUint("qwen2.attention.head_count_kv", 1);
  file.SetFloat("qwen2.attention.layer_norm_rms_epsilon", 1e-6f);
  file.SetFloat("qwen2.rope.freq_base", 1e6f);
  file.SetString("tokenizer.ggml.model", "gpt2");
  file.SetString("tokenizer.ggml.pre", "qwen2");
  file.SetStrings("tokenizer.ggml.tokens", {"a", "b", "ab", "<|fim_prefix|>", "<|fim_suffix|>",
                                            "<|fim_middle|>", "<|endoftext|>", "<tool_call>"});
  file.Set("tokenizer.ggml.token_type", GgufType::kArray,
           GgufArray<int32_t>(GgufType::kInt32, {1, 1, 1, 3, 3, 3, 3, 4}));
  file.SetStrings("tokenizer.ggml.merges", {"a b"});
  file.SetUint("tokenizer.ggml.eos_token_id", 6);
  file.AddTensor("token_embd.weight", {8, 8});
  file.AddTensor("output_norm.weight", {8});
  file.AddTensor("blk.0.attn_norm.weight", {8});
  file.AddTensor("blk.0.attn_q.weight", {8, 8});
  file.AddTensor("blk.0.attn_q.bias", {8});
  file.AddTensor("blk.0.attn_k.weight", {8, 4});
  file.AddTensor("blk.0.attn_k.bias", {4});
  file.AddTensor("blk.0.attn_v.weight", {8, 4});
  file.AddTensor("blk.0.attn_v.bias", {4});
  file.AddTensor("blk.0.attn_output.weight", {8, 8});
  file.AddTensor("blk.0.ffn_norm.weight", {8});
  file.AddTensor("blk.0.ffn_gate.weight", {8, 12});
  file.AddTensor("blk.0.ffn_up.weight", {8, 12});
  file.AddTensor("blk.0.ffn_down.weight", {12, 8});
  return file;
}

}  // namespace espalier
