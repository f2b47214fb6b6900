#include "decoder/draft_policy.h"

namespace espalier {
namespace {

constexpr double kForget = 0.9;       // per draft: the last ten or so count
constexpr double kFade = 0.97;        // per step without one
constexpr double kPriorWeight = 2.0;  // drafts that the prior counts for
constexpr std::array<double, kDraftSources> kPrior = {0.6, 0.85, 0.8, 0.95};

}  // namespace

DraftPolicy::DraftPolicy() { tallies_.fill({0, 0}); }

double DraftPolicy::Acceptance(DraftSource source) const {
  const auto s = static_cast<size_t>(source);
  const Tally& tally = tallies_[s];
  return (tally.right + kPriorWeight * kPrior[s]) / (tally.right + tally.wrong + kPriorWeight);
}

DraftChoice DraftPolicy::Choose(DraftSource source, uint32_t available, const DraftCosts& costs) const {
  const double acceptance = Acceptance(source);
  DraftChoice best;
  double expected = 1.0, cost = 1.0, chance = 1.0;
  for (uint32_t k = 1; k <= available; ++k) {
    chance *= acceptance;
    expected += chance;
    cost += costs.row + costs.token;
    if (expected / cost > best.gain) best = {k, expected / cost};
  }
  return best;
}

void DraftPolicy::Record(DraftSource source, uint32_t drafted, uint32_t accepted) {
  Tally& tally = tallies_[static_cast<size_t>(source)];
  tally.right = tally.right * kForget + accepted;
  tally.wrong = tally.wrong * kForget + (accepted < drafted ? 1 : 0);
}

void DraftPolicy::RecordNone() {
  for (Tally& tally : tallies_) tally.right *= kFade, tally.wrong *= kFade;
}

}  // namespace espalier
