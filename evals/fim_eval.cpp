#include "evals/fim_eval.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace espalier {
namespace {

using Json = nlohmann::ordered_json;

bool ParsesClean(const Adapter& adapter, const std::string& text) {
  const auto tree = SyntaxTree::Parse(adapter.language, text);
  return tree && tree->clean();
}

FimOutcome RunSpan(Completer& completer, const FimSpan& span, const CompletionOptions& options) {
  const std::string document = span.prefix + span.suffix;
  CompletionRequest request;
  request.document = document;
  request.cursor = static_cast<uint32_t>(span.prefix.size());
  request.adapter = span.adapter;
  request.options = options;
  FimOutcome outcome = {&span, completer.Complete(request), false, false};
  const Completion& completion = outcome.completion;
  if (completion.reason != CompletionReason::kOk) return outcome;
  const std::string result =
      document.substr(0, completion.begin) + completion.text + document.substr(completion.end);
  outcome.clean = ParsesClean(*span.adapter, result);
  outcome.exact = result == span.prefix + span.middle + span.suffix;
  return outcome;
}

void Count(const FimOutcome& outcome, FimTally& tally) {
  ++tally.spans;
  tally.answered += outcome.completion.reason == CompletionReason::kOk ? 1 : 0;
  tally.clean += outcome.clean ? 1 : 0;
  tally.exact += outcome.exact ? 1 : 0;
}

double Share(size_t part, size_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

Json TallyJson(const FimTally& tally) {
  return {{"spans", tally.spans},
          {"answered", tally.answered},
          {"clean", tally.clean},
          {"exact", tally.exact},
          {"answered_share", Share(tally.answered, tally.spans)},
          {"clean_share_of_answered", Share(tally.clean, tally.answered)},
          {"exact_share", Share(tally.exact, tally.spans)}};
}

Json TalliesJson(const std::map<std::string, FimTally>& tallies) {
  Json json = Json::object();
  for (const auto& [name, tally] : tallies) json[name] = TallyJson(tally);
  return json;
}

double Percentile(const std::vector<double>& ascending, double share) {
  if (ascending.empty()) return 0;
  const auto index = static_cast<size_t>(share * static_cast<double>(ascending.size() - 1) + 0.5);
  return ascending[index];
}

}  // namespace

FimReport RunFimEval(Completer& completer, const std::vector<FimSpan>& spans,
                     const CompletionOptions& options, const std::function<void(const FimOutcome&)>& seen) {
  FimReport report;
  for (const FimSpan& span : spans) {
    if (!ParsesClean(*span.adapter, span.prefix + span.middle + span.suffix)) {
      ++report.left_out;
      continue;
    }
    const FimOutcome outcome = RunSpan(completer, span, options);
    Count(outcome, report.total);
    Count(outcome, report.by_kind[span.kind]);
    Count(outcome, report.by_language[std::string(LanguageId(span.adapter->language))]);
    ++report.reasons[std::string(CompletionReasonName(outcome.completion.reason))];
    report.latencies_ms.push_back(outcome.completion.timings.total_ms);
    if (seen) seen(outcome);
  }
  std::sort(report.latencies_ms.begin(), report.latencies_ms.end());
  return report;
}

std::string FimReportJson(const FimReport& report) {
  Json json = TallyJson(report.total);
  json["left_out"] = report.left_out;
  json["by_kind"] = TalliesJson(report.by_kind);
  json["by_language"] = TalliesJson(report.by_language);
  json["reasons"] = report.reasons;
  json["latency_ms"] = {{"p50", Percentile(report.latencies_ms, 0.50)},
                        {"p95", Percentile(report.latencies_ms, 0.95)}};
  return json.dump(2);
}

}  // namespace espalier
