// What answers that fill holes did to their files, for a run. Pure functions.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "evals/harness/statistics.h"
#include "evals/runs/run_store.h"

namespace espalier {

/// Counts of samples, and shares of them.
struct FillShares {
  std::string group;  ///< a language, or a kind of hole; empty: all
  uint32_t holes = 0;
  uint32_t answered = 0;  ///< the others got no answer, which breaks nothing
  uint32_t passed = 0;    ///< of all: the tests pass, or where there are none: it parses
  uint32_t parses = 0;    ///< of those answered, as what follows
  uint32_t clean = 0, exact = 0, duplicates = 0, misindented = 0;
  uint32_t compilable = 0;  ///< where a compiler was asked
  uint32_t compiles = 0;
  double similarity = 0;          ///< mean over those answered
  double p50_ms = 0, p95_ms = 0;  ///< until the answer, or none, was there
  Interval parse_rate;            ///< 95 % interval (Wilson 1927) of parses / answered
};

struct FillSummary {
  FillShares all;
  std::vector<FillShares> languages, kinds;  ///< in alphabetical order
};

/// Nothing when no sample fills a hole.
std::optional<FillSummary> SummariseFills(const std::vector<EvalSample>& samples);

/// Rows of cells, the first of them a heading: languages, kinds, all.
std::vector<std::vector<std::string>> FillRows(const FillSummary& summary);
std::string FillText(const FillSummary& summary, bool markdown);

/// "n", "answered", "accept_parse" (share of the answers), "duplications" (count), "exact" (share of all
/// holes), ... and the same by language and by kind.
nlohmann::ordered_json FillJson(const FillSummary& summary);

}  // namespace espalier
