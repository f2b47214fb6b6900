// What libespalier_cuda.so gives to the program that opens it. Both are built from the same sources; the
// number keeps apart those that are not.
#pragma once

#include "model/cuda/cuda_backend.h"

namespace espalier::cuda {

inline constexpr uint32_t kPluginVersion = 2;  ///< of this struct and of all types in its signatures
inline constexpr const char* kPluginSymbol = "espalier_cuda_plugin";

struct Plugin {
  uint32_t version;
  Result<std::unique_ptr<Backend>> (*make_backend)(const ModelFile&, const CudaOptions&);
  Result<GpuInfo> (*probe)();
};

}  // namespace espalier::cuda
