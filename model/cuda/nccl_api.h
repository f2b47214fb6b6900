// The few functions of NCCL that we call, by the names and numbers of its interface (NCCL 2, nccl.h), found
// in its library at run time.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>

#include "base/result.h"

namespace espalier::cuda {

using NcclComm = struct NcclCommOpaque*;
inline constexpr int kNcclSuccess = 0;
inline constexpr int kNcclFloat = 7;
inline constexpr int kNcclSum = 0;

struct NcclApi {
  int (*init_all)(NcclComm* members, int count, const int* devices);
  int (*destroy)(NcclComm member);
  int (*group_start)();
  int (*group_end)();
  int (*all_reduce)(const void* from, void* to, size_t count, int type, int operation, NcclComm member,
                    cudaStream_t stream);
  int (*all_gather)(const void* from, void* to, size_t count, int type, NcclComm member, cudaStream_t stream);
  const char* (*error_text)(int result);
};

/// Errors: kUnavailable, with what to install.
Result<const NcclApi*> LoadNccl();

}  // namespace espalier::cuda
