#include "testgen/agreement.h"

#include <gtest/gtest.h>

namespace espalier {
namespace {

/// "pf": passed with value "1", failed with value "0"; "e": an error.
std::vector<CaseOutcome> Outcomes(std::string_view letters) {
  std::vector<CaseOutcome> outcomes;
  for (const char c : letters) {
    CaseOutcome outcome;
    outcome.verdict = c == 'p' ? CaseVerdict::kPassed : c == 'e' ? CaseVerdict::kError : CaseVerdict::kFailed;
    if (c != 'e') outcome.value = c == 'p' ? "1" : std::string(1, c);
    outcomes.push_back(outcome);
  }
  return outcomes;
}

CandidateOutcomes Candidate(std::string_view tests, std::string_view examples = "", uint32_t copies = 1) {
  return {true, Outcomes(examples), Outcomes(tests), copies};
}

uint32_t Best(const std::vector<CandidateOutcomes>& candidates) {
  return RankCandidates(candidates).front().candidate;
}

TEST(AgreementTest, ProgramsAndTestsThatAgreeWin) {
  // Two programs that pass two tests beat one that passes three.
  EXPECT_EQ(Best({Candidate("pppff"), Candidate("ffppf"), Candidate("ffppf")}), 1u);
  EXPECT_EQ(Best({Candidate("ppppp"), Candidate("ffppf"), Candidate("ffppf")}), 0u);
  const auto ranks = RankCandidates({Candidate("pppff"), Candidate("ffppf"), Candidate("ffppf")});
  EXPECT_EQ(ranks[0].group, 2u);
  EXPECT_EQ(ranks[0].score, 4);
  EXPECT_EQ(ranks[1].candidate, 2u);
}

TEST(AgreementTest, CopiesCount) {
  EXPECT_EQ(Best({Candidate("pff"), Candidate("fpp"), Candidate("pff", "", 3)}), 0u);
}

TEST(AgreementTest, ExamplesComeFirst) {
  EXPECT_EQ(Best({Candidate("ppp", "pf"), Candidate("ppp", "pf"), Candidate("pff", "pp")}), 2u);
}

TEST(AgreementTest, WhatDoesNotBuildIsLast) {
  CandidateOutcomes broken;
  broken.tests = Outcomes("ppp");
  EXPECT_EQ(Best({broken, Candidate("fff")}), 1u);
}

TEST(AgreementTest, TiesGoToValuesThatOthersHave) {
  // All fail the only test; two of them with the same value.
  EXPECT_EQ(Best({Candidate("a"), Candidate("b"), Candidate("b")}), 1u);
  EXPECT_EQ(Best({Candidate("e"), Candidate("e"), Candidate("b")}), 2u) << "failing alike is no agreement";
}

TEST(AgreementTest, NothingIsRankedWithoutCandidates) {
  EXPECT_TRUE(RankCandidates({}).empty());
  EXPECT_EQ(Best({Candidate(""), Candidate("")}), 0u);
}

}  // namespace
}  // namespace espalier
