// The backend that runs on a GPU, in a library of its own (libespalier_cuda.so) that is opened when it is
// wanted: the same program runs where there is neither GPU nor driver. No CUDA types here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "model/backend.h"

namespace espalier {

struct CudaOptions {
  uint32_t context_tokens = 8192;  ///< KV capacity
  KvType kv_type = KvType::kF16;
  int gpus = 1;               ///< that share the model
  bool int8_prefill = false;  ///< products of many rows as bytes: faster, less exact
};

struct GpuInfo {
  std::string name;
  int count = 0;             ///< of GPUs; the others' figures are the first one's
  int major = 0, minor = 0;  ///< compute capability
  int processors = 0;
  size_t memory_bytes = 0, free_bytes = 0;
};

/// Copies the weights to the GPU. Errors: kUnavailable (no library, driver or GPU; the message says which),
/// kResourceExhausted (does not fit; with numbers), kUnsupported (keys and values as int8, heads of more than
/// 256, a model that cannot be divided among so many GPUs). `file` must outlive the backend.
Result<std::unique_ptr<Backend>> MakeCudaBackend(const ModelFile& file, const CudaOptions& options);

/// Errors: kUnavailable, with the reason.
Result<GpuInfo> ProbeGpu();

}  // namespace espalier
