// Which of several programs is most likely right, when nobody has the right answers: programs and tests that
// agree with each other are believed (CodeT: Chen et al. 2022). Programs that pass the same tests form a
// group; it counts for as much as it has programs times tests. What the task itself gives as examples comes
// first: a program that passes fewer of them ranks behind. Pure functions.
#pragma once

#include <cstdint>
#include <vector>

#include "testgen/case_harness.h"

namespace espalier {

/// How one program fared.
struct CandidateOutcomes {
  bool builds = false;
  std::vector<CaseOutcome> examples;  ///< of the task's own examples; the same number for all programs
  std::vector<CaseOutcome> tests;     ///< of generated tests, likewise
  uint32_t copies = 1;                ///< how many times it was written
};

struct CandidateRank {
  uint32_t candidate = 0;  ///< index
  uint32_t examples_passed = 0;
  uint32_t tests_passed = 0;
  uint32_t group = 0;    ///< programs, with their copies, that pass the same tests
  double score = 0;      ///< of the group
  double agreement = 0;  ///< 0 to 1: how often its values are those of others; settles ties
};

/// Best first; of equals, the earlier one.
std::vector<CandidateRank> RankCandidates(const std::vector<CandidateOutcomes>& candidates);

}  // namespace espalier
