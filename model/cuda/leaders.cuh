// The largest logits of a row, found on the device: a greedy draw needs no more, and a row of a large
// vocabulary is 0.6 MB to transfer.
#pragma once

#include "model/backend.h"
#include "model/cuda/device.cuh"

namespace espalier::cuda {

/// Leaders that FindLeaders needs room for beside its result.
size_t LeaderScratch(uint32_t rows, uint32_t cols);

/// out[r][0..kLeaders) = the largest of logits[r][0..cols), descending, of equals the lowest first; where
/// there are not so many, kNoToken.
void FindLeaders(Stream& stream, const float* logits, uint32_t rows, uint32_t cols, Leader* scratch,
                 Leader* out);

}  // namespace espalier::cuda
