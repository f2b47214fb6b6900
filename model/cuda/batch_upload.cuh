// What the device must know of a batch, in one transfer.
#pragma once

#include "model/backend.h"
#include "model/cuda/elementwise.cuh"
#include "model/rope.h"

namespace espalier::cuda {

/// A batch on the device. Views are good until the next Send.
class BatchUpload {
 public:
  /// `tiles`: whether attention can take long stretches of a sequence in tiles. Errors are noted in the
  /// stream. REQUIRES: the transfer before has ended.
  void Send(Stream& stream, const BatchPlan& plan, const Rope& rope, bool tiles);

  const BatchRows& rows() const { return rows_; }
  const RotaryAngles& angles() const { return angles_; }
  const void* address() const { return device_.data(); }  ///< of all, on the device
  const int32_t* tokens() const { return tokens_; }
  const uint32_t* logits_rows() const { return logits_rows_; }
  const DrawRule* draws() const { return draws_; }  ///< of these
  uint32_t longest() const { return longest_; }     ///< most positions that a single row sees

 private:
  Memory<uint32_t, true> host_;
  Memory<uint32_t> device_;
  BatchRows rows_;
  RotaryAngles angles_;
  const int32_t* tokens_ = nullptr;
  const uint32_t* logits_rows_ = nullptr;
  const DrawRule* draws_ = nullptr;
  uint32_t longest_ = 0;
};

}  // namespace espalier::cuda
