// Learns from measured steps how long they take, and sizes the next ones accordingly: how many prefill
// rows keep a step near its target time, and what one more row in a decode step costs. Plain
// arithmetic; not thread-safe.
#pragma once

#include <cstdint>

namespace espalier {

struct PaceLimits {
  uint32_t chunk_rows = 128;  ///< most prefill rows beside decode rows
  uint32_t alone_rows = 256;  ///< most prefill rows in a step without decode rows
  double target_ms = 40;      ///< of a step with decode rows; 0 = do not measure, use the limits as they are
};

/// A finished step.
struct StepSample {
  uint32_t decode_rows = 0;
  uint32_t prefill_rows = 0;
  double ms = 0;
};

class StepPace {
 public:
  explicit StepPace(const PaceLimits& limits);

  void Record(const StepSample& sample);

  /// Prefill rows for the next step, a multiple of the KV page unless the limit is not.
  uint32_t PrefillRows(bool beside_decode) const;
  /// Cost of one more row in a decode step, as a share of the cost of a step with one row.
  double RowCost() const;
  /// Estimated time of a step with a single decode row; 0 when none was measured.
  double SingleRowMs() const;

 private:
  struct Chunk {
    uint32_t limit, rows;
  };
  void Adapt(Chunk& chunk, double target_ms, const StepSample& sample);
  double Slope() const;

  double target_ms_;
  Chunk beside_, alone_;
  // Decayed sums of decode-only steps for the line ms = a + b * rows.
  double count_ = 0, rows_ = 0, rows2_ = 0, ms_ = 0, rows_ms_ = 0;
};

}  // namespace espalier
