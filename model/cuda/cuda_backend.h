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
};

struct GpuInfo {
  std::string name;
  int major = 0, minor = 0;  ///< compute capability
  int processors = 0;
  size_t memory_bytes = 0, free_bytes = 0;
};

/// Copies the weights to the GPU. Errors: kUnavailable (no library, driver or GPU; the message says which),
/// kResourceExhausted (does not fit; with numbers), kUnsupported (keys and values as int8, heads of more than
/// 256). `file` must outlive the backend.
Result<std::unique_ptr<Backend>> MakeCudaBackend(const ModelFile& file, const CudaOptions& options);

/// Errors: kUnavailable, with the reason.
Result<GpuInfo> ProbeGpu();

}  // namespace espalier
