// Draws on the device: what a row's token is drawn from leaves it as a few numbers, where a row of a large
// vocabulary is 0.6 MB to transfer.
#pragma once

#include "model/backend.h"
#include "model/cuda/device.cuh"

namespace espalier::cuda {

/// Logits in device memory, [rows, cols].
struct LogitsView {
  const float* data = nullptr;
  uint32_t rows = 0, cols = 0;

  __device__ const float* row(uint32_t r) const { return data + static_cast<size_t>(r) * cols; }
};

/// What is found in a stretch of a row.
struct StretchSummary {
  Leader leaders[kLeaders];  ///< with their place in the order instead of their logit
  float max = 0, sum = 0;    ///< of exp(logit - max)
};

/// Which tokens truncation keeps: those whose distance from the largest logit is at most `most`.
struct RowCut {
  float max = 0;
  uint32_t most = 0;  ///< in units of 2^-27 / scale; all ones: any
};

class LeaderFinder {
 public:
  /// Errors: kResourceExhausted. REQUIRES: nothing is under way.
  Status Reserve(uint32_t rows, uint32_t cols);
  /// Leaves in found() what each row's rule says of it. Tokens as likely as the last that truncation keeps,
  /// to seven digits, are kept, too. REQUIRES: room; rules in device memory, one a row.
  void Find(Stream& stream, const LogitsView& logits, const DrawRule* rules);
  const RowSummary* found() const { return found_.data(); }

 private:
  Memory<RowCut> cuts_;
  Memory<StretchSummary> stretches_;
  Memory<RowSummary> found_;
};

}  // namespace espalier::cuda
