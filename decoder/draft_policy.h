// How many tokens to draft: as many as make the expected tokens for the cost of a step largest, given
// how often this request's drafts of the same kind were accepted lately. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace espalier {

/// Where a draft comes from; each kind is trusted by its own record.
enum class DraftSource { kShortMatch, kLongMatch, kModel, kForced };
inline constexpr size_t kDraftSources = 4;

/// Kind of a draft from a lookup that matched this many tokens.
inline DraftSource SourceOfMatch(uint32_t match) {
  return match < 5 ? DraftSource::kShortMatch : DraftSource::kLongMatch;
}

/// Costs in units of a decode step with one row.
struct DraftCosts {
  double row = 0.1;    ///< verifying one more row
  double token = 0.0;  ///< drafting one token (a draft model's step)
};

struct DraftChoice {
  uint32_t tokens = 0;
  double gain = 1.0;  ///< expected tokens for the cost of one plain step; more than 1 when tokens > 0
};

class DraftPolicy {
 public:
  DraftPolicy();

  /// The best length up to `available`.
  DraftChoice Choose(DraftSource source, uint32_t available, const DraftCosts& costs) const;
  /// `accepted` of `drafted` tokens were right; the first wrong one ends a draft.
  void Record(DraftSource source, uint32_t drafted, uint32_t accepted);
  /// A step without a draft: old failures fade, so that drafting is tried again.
  void RecordNone();
  /// Estimated probability that a drafted token is right, given that those before it are.
  double Acceptance(DraftSource source) const;

 private:
  struct Tally {
    double right, wrong;
  };
  std::array<Tally, kDraftSources> tallies_;
};

}  // namespace espalier
