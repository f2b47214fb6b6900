// Keys and values of all layers, in device memory.
#pragma once

#include "model/cuda/kv_pages.cuh"
#include "model/model_file.h"

namespace espalier::cuda {

class DeviceKv {
 public:
  /// Room for `context_tokens` positions of a model of this shape, which must outlive it. Errors:
  /// kResourceExhausted.
  Status Reserve(const HyperParameters& h, uint32_t context_tokens) {
    page_elements_ = size_t{h.kv_dim()} * kKvPageTokens;
    layer_elements_ = page_elements_ * DivideUp(context_tokens, kKvPageTokens);
    h_ = &h;
    return memory_.Reserve(2 * layer_elements_ * h.n_layers);
  }
  KvPages Layer(uint32_t layer) const {
    __half* keys = memory_.data() + 2 * layer_elements_ * layer;
    return {keys, keys + layer_elements_, h_->n_kv_heads, h_->head_dim};
  }
  void CopyPage(Stream& stream, uint32_t from, uint32_t to) const {
    for (uint32_t layer = 0; layer < h_->n_layers; ++layer) {
      const KvPages pages = Layer(layer);
      for (__half* half : {pages.keys, pages.values}) {
        stream.Copy(half + to * page_elements_, half + from * page_elements_, page_elements_ * sizeof(__half),
                    cudaMemcpyDeviceToDevice);
      }
    }
  }

 private:
  const HyperParameters* h_ = nullptr;
  size_t page_elements_ = 0, layer_elements_ = 0;
  Memory<__half> memory_;
};

}  // namespace espalier::cuda
