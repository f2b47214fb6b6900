#include "testgen/agreement.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>

namespace espalier {
namespace {

bool Passed(const CaseOutcome& outcome) { return outcome.verdict == CaseVerdict::kPassed; }

uint32_t CountPassed(const std::vector<CaseOutcome>& outcomes) {
  return static_cast<uint32_t>(std::count_if(outcomes.begin(), outcomes.end(), Passed));
}

/// Which tests a program passes, to compare by.
std::string PassesOf(const CandidateOutcomes& candidate) {
  std::string passes;
  for (const auto* outcomes : {&candidate.examples, &candidate.tests}) {
    for (const CaseOutcome& outcome : *outcomes) passes += Passed(outcome) ? '1' : '0';
  }
  return passes;
}

/// What a test showed about a program, beyond whether it passed.
std::string Shown(const CaseOutcome& outcome) {
  const bool ran = outcome.verdict == CaseVerdict::kPassed || outcome.verdict == CaseVerdict::kFailed;
  if (!ran) return std::string(CaseVerdictName(outcome.verdict));
  return outcome.value.empty() ? std::string(CaseVerdictName(outcome.verdict)) : "=" + outcome.value;
}

/// For each program, the share of the others' copies that show the same, over all tests.
std::vector<double> Agreements(const std::vector<CandidateOutcomes>& candidates) {
  std::vector<double> agreements(candidates.size());
  const size_t tests = candidates.empty() ? 0 : candidates.front().tests.size();
  for (size_t test = 0; test < tests; ++test) {
    std::map<std::string, uint32_t> votes;
    uint32_t all = 0;
    for (const CandidateOutcomes& candidate : candidates) {
      if (!candidate.builds) continue;
      votes[Shown(candidate.tests[test])] += candidate.copies;
      all += candidate.copies;
    }
    for (size_t i = 0; i < candidates.size(); ++i) {
      if (!candidates[i].builds) continue;
      const CaseOutcome& outcome = candidates[i].tests[test];
      const bool ran = outcome.verdict == CaseVerdict::kPassed || outcome.verdict == CaseVerdict::kFailed;
      if (ran) agreements[i] += 1.0 * votes[Shown(outcome)] / all / static_cast<double>(tests);
    }
  }
  return agreements;
}

}  // namespace

std::vector<CandidateRank> RankCandidates(const std::vector<CandidateOutcomes>& candidates) {
  std::map<std::string, uint32_t> groups;
  for (const CandidateOutcomes& candidate : candidates) {
    if (candidate.builds) groups[PassesOf(candidate)] += candidate.copies;
  }
  const std::vector<double> agreements = Agreements(candidates);
  std::vector<CandidateRank> ranks;
  for (uint32_t i = 0; i < candidates.size(); ++i) {
    CandidateRank rank{.candidate = i, .agreement = agreements[i]};
    if (candidates[i].builds) {
      rank.examples_passed = CountPassed(candidates[i].examples);
      rank.tests_passed = CountPassed(candidates[i].tests);
      rank.group = groups[PassesOf(candidates[i])];
      rank.score = 1.0 * rank.group * rank.tests_passed;
    }
    ranks.push_back(rank);
  }
  const auto key = [&](const CandidateRank& rank) {
    return std::tuple(candidates[rank.candidate].builds, rank.examples_passed, rank.score, rank.agreement);
  };
  std::stable_sort(ranks.begin(), ranks.end(), [&](const auto& a, const auto& b) { return key(a) > key(b); });
  return ranks;
}

}  // namespace espalier
