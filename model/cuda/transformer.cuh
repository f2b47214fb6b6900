// The Transformer's operations in terms of kernels.
#pragma once

#include <memory>

#include "model/cuda/cuda_backend.h"

namespace espalier::cuda {

/// See MakeCudaBackend and ProbeGpu.
Result<std::unique_ptr<Backend>> MakeBackend(const ModelFile& file, const CudaOptions& options);
Result<GpuInfo> ProbeDevice();

}  // namespace espalier::cuda
