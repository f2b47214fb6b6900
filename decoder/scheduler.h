// Decides which rows the next step computes. Decode rows of all live requests go together with one
// bounded chunk of prefill; a class of requests is served before the classes below it; within a class
// the shortest remaining prompt goes first, and the oldest request always gets a share, so that neither
// a short prompt queues behind a long one nor a long one starves. Knows nothing of models or threads;
// not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "decoder/engine.h"

namespace espalier {

/// What the scheduler needs to know of a live request.
struct ScheduleEntry {
  Priority priority = Priority::kInteractive;
  uint64_t arrival = 0;             ///< lower = earlier
  uint64_t last_step = 0;           ///< when it last had rows
  std::span<const TokenId> tokens;  ///< all known tokens; REQUIRES: more than `computed`
  uint32_t computed = 0;            ///< of which this many are in the KV cache

  uint32_t pending() const { return static_cast<uint32_t>(tokens.size()) - computed; }
  /// One token pending: a decode row.
  bool decodes() const { return pending() == 1; }
};

/// Rows for one request: its next `tokens` known tokens, and up to `drafts` drafted ones behind them.
struct RowGrant {
  size_t entry = 0;
  uint32_t tokens = 0;
  uint32_t drafts = 0;
};

struct StepLimits {
  uint32_t batch_rows = 16;    ///< decode and verify rows
  uint32_t beside_rows = 128;  ///< prefill rows beside decode rows
  uint32_t alone_rows = 256;   ///< prefill rows when nothing decodes
  bool share_prefixes = true;  ///< computed pages can be taken over by requests with the same prefix
};

class Scheduler {
 public:
  /// At most one grant an entry. Never empty when `entries` is not.
  std::vector<RowGrant> Plan(std::span<const ScheduleEntry> entries, const StepLimits& limits);

 private:
  std::vector<size_t> Eligible(std::span<const ScheduleEntry> entries, std::span<const RowGrant> decode);
  uint32_t held_back_steps_ = 0;
};

/// Whether `a` is served before `b` when both cannot be: class, then arrival.
inline bool OutRanks(const ScheduleEntry& a, const ScheduleEntry& b) {
  return a.priority != b.priority ? a.priority < b.priority : a.arrival < b.arrival;
}

}  // namespace espalier
