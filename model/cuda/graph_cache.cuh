// Passes of a few rows are hundreds of small kernels, whose launching takes longer than they do. They are
// recorded once as a graph and then launched as one (CUDA Graphs).
#pragma once

#include <compare>
#include <cstdint>
#include <map>

#include "model/cuda/device.cuh"

namespace espalier::cuda {

/// What launches of two passes must have in common to be the same but for what lies in memory.
struct GraphKey {
  uint32_t rows = 0, logits_rows = 0, ranges = 0;
  const void *batch = nullptr, *logits = nullptr;  ///< where they lie

  auto operator<=>(const GraphKey&) const = default;
};

/// One thread at a time; a pass is Begin, launches (none when Begin said so), End.
class GraphCache {
 public:
  GraphCache() = default;
  GraphCache(const GraphCache&) = delete;
  GraphCache& operator=(const GraphCache&) = delete;
  ~GraphCache() { Clear(); }

  /// False: the pass is known, nothing need be launched. True: what is launched until End is recorded.
  bool Begin(Stream& stream, const GraphKey& key);
  /// Launches the pass.
  void End(Stream& stream);
  /// Gives up what Begin began.
  void Abandon(Stream& stream);

  bool active() const { return active_; }
  size_t size() const { return graphs_.size(); }

 private:
  void Clear();
  cudaGraphExec_t Recorded(Stream& stream);

  std::map<GraphKey, cudaGraphExec_t> graphs_;
  GraphKey key_;
  bool active_ = false, recording_ = false;
};

}  // namespace espalier::cuda
