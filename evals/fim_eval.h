// The fill-in-the-middle evaluation: how often inline completion answers, whether the answer leaves the file
// without a syntax error, and whether it is exactly what was taken out. Runs spans one after the other.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "decoder/completion.h"
#include "evals/fim_spans.h"

namespace espalier {

/// One span's outcome.
struct FimOutcome {
  const FimSpan* span = nullptr;
  Completion completion;
  bool clean = false;  ///< an answer, and the file parses with no ERROR or MISSING node
  bool exact = false;  ///< the file is byte for byte the original
};

struct FimTally {
  size_t spans = 0, answered = 0, clean = 0, exact = 0;
};

struct FimReport {
  FimTally total;
  std::map<std::string, FimTally> by_kind, by_language;
  std::map<std::string, size_t> reasons;  ///< by CompletionReasonName
  size_t left_out = 0;                    ///< spans whose original file has syntax errors
  std::vector<double> latencies_ms;       ///< of all completions, ascending
};

/// Runs the spans whose original parses clean; `seen`, when given, is told of each outcome as it comes.
FimReport RunFimEval(Completer& completer, const std::vector<FimSpan>& spans,
                     const CompletionOptions& options,
                     const std::function<void(const FimOutcome&)>& seen = {});

/// The report as a JSON object (counts, shares, latency percentiles in ms).
std::string FimReportJson(const FimReport& report);

}  // namespace espalier
