// How the attention of a batch is cut into parallel tasks: by sequence, by key/value head, by tiles of
// rows, and, when that gives fewer tasks than threads (decoding with few heads), by ranges of keys whose
// partial results are merged afterwards (flash decoding).
#pragma once

#include <cstdint>
#include <vector>

#include "model/backend.h"
#include "model/cpu/kernels.h"

namespace espalier {

/// Working memory of one thread.
struct AttentionScratch {
  AlignedBuffer out;  ///< [vectors][head_dim]
  std::vector<const float*> queries;
  std::vector<uint32_t> visible;
  std::vector<float> max, sum;
};

class AttentionPlan {
 public:
  AttentionPlan(const HyperParameters& hparams, const BatchPlan& plan, KvCache& kv, uint32_t layer,
                int threads);

  size_t tasks() const { return tasks_.size(); }
  /// Queries are [rows, q_dim], rotated and scaled; quantized results go to `attended`, unless
  /// needs_finish().
  void Run(size_t task, const CpuKernels& kernels, const float* queries, AttentionScratch& scratch,
           const QuantRows& attended) const;

  /// True when Run could not finish rows by itself (parts to merge, or heads that share a quantization
  /// block); then FinishRow is due for every row.
  bool needs_finish() const { return parts_ > 1 || group_ * h_.head_dim % kQuantBlock != 0; }
  void FinishRow(size_t row, const CpuKernels& kernels, const QuantRows& attended) const;

 private:
  struct Task {
    uint32_t span, kv_head, first_row, rows, part;
  };
  void KeyRange(const Task& task, uint32_t& begin, uint32_t& end) const;
  void Normalize(const Task& task, const CpuKernels& kernels, const AttentionScratch& scratch,
                 const QuantRows& attended) const;
  void KeepPartial(const Task& task, const AttentionScratch& scratch) const;
  void Merge(size_t row, const QuantRows& attended) const;
  float* Partial(size_t row, uint32_t head, uint32_t part) const;

  const HyperParameters& h_;
  const BatchPlan& plan_;
  const std::byte* keys_;
  const std::byte* values_;
  size_t page_stride_;
  KvType type_;
  uint32_t group_;      // query heads a key/value head
  uint32_t parts_ = 1;  // ranges of keys
  std::vector<Task> tasks_;
  mutable std::vector<float> partials_;  // [row][head][part][max, sum, out...]
};

}  // namespace espalier
