#include "testgen/validate_completion.h"

#include <algorithm>
#include <optional>
#include <string>

#include "adapters/signature.h"
#include "adapters/text_lines.h"
#include "adapters/tree_view.h"
#include "testgen/case_harness.h"
#include "testgen/function_alone.h"
#include "testgen/problem.h"
#include "testgen/repair.h"

namespace espalier {
namespace {

constexpr std::chrono::milliseconds kCaseLimit{500};
constexpr std::chrono::milliseconds kRunLimit{2'000};
constexpr int kAttempts = 3;
constexpr float kTemperature = 0.8f;  // of further attempts

bool IsBlankOrClosing(std::string_view text) {
  return text.find_first_not_of(" \t\r\n})];") == std::string_view::npos;
}

/// Whether control cannot go on behind the body: its last statement returns. Who writes a function line by
/// line wants to see the lines before that as well, although no example holds yet.
bool EndsWithReturn(Language language, const std::string& source, const Signature& function) {
  const auto tree = SyntaxTree::Parse(language, source);
  if (!tree) return false;
  const TreeView view(*tree, source);
  int last = -1;
  for (int node = 0; node < static_cast<int>(view.size()); ++node) {
    const int parent = view[node].parent;
    const bool of_body = parent >= 0 && view[parent].begin >= function.body_begin &&
                         view[parent].end <= function.body_end && view[parent].field == "body";
    const bool comment = view[node].kind.find("comment") != std::string_view::npos;
    if (view[node].named && of_body && !comment && view[parent].begin <= function.body_begin + 1) last = node;
  }
  if (last < 0) return false;
  if (view.Text(last).starts_with("return")) return true;
  const bool statement = view[last].kind.ends_with("statement") || view[last].kind.ends_with("declaration");
  return language == Language::kRust && !statement;
}

/// The innermost function with examples that the text in [begin, end) finishes: nothing of it follows but
/// closing brackets.
std::optional<Signature> FinishedFunction(const Adapter& adapter, const std::string& source, uint32_t begin,
                                          uint32_t end) {
  const auto functions = ListFunctions(adapter, source);
  if (!functions) return std::nullopt;
  std::optional<Signature> found;
  for (const Signature& one : *functions) {
    const bool inside = one.has_body && !one.damaged && one.body_begin <= begin && begin < one.body_end;
    if (!inside || one.examples.empty()) continue;
    const bool finished =
        one.body_end <= end || IsBlankOrClosing(std::string_view(source).substr(end, one.body_end - end));
    if (finished && EndsWithReturn(adapter.language, source, one) &&
        (!found || one.end - one.begin < found->end - found->begin)) {
      found = one;
    }
  }
  return found;
}

/// What running a function's examples came to.
struct Trial {
  enum class State { kPasses, kFails, kNotRun };
  State state = State::kNotRun;
  std::string text;  ///< for people: which example fails, why they were not run
};

Trial TryExamples(Workshop& workshop, Language language, const std::string& source, const Signature& function,
                  const CancelToken& cancel) {
  const auto cases = ExampleCases(language, function, function.examples);
  if (cases.empty()) return {Trial::State::kNotRun, "its examples are in no form that can be run"};
  HarnessOptions options;
  options.case_limit = kCaseLimit;
  options.run_limit = kRunLimit;
  const auto run =
      RunCases(workshop, language, FunctionAlone(language, source, function), cases, options, cancel);
  if (!run) return {Trial::State::kNotRun, run.error().message};
  if (run->built != Verdict::kOk) {
    const std::string why = run->diagnostics.empty() ? "" : ": " + run->diagnostics.front().message;
    return {Trial::State::kNotRun, "it does not build by itself" + why};
  }
  std::string complaints = ComplaintsAbout({}, cases, run->cases);
  if (complaints.empty()) {
    return {Trial::State::kPasses, "it does what the " + std::to_string(cases.size()) +
                                       (cases.size() == 1 ? " example" : " examples") +
                                       " of its documentation say"};
  }
  complaints = complaints.substr(0, complaints.find('\n'));
  if (complaints.starts_with("- ")) complaints.erase(0, 2);
  return {Trial::State::kFails, "its documentation says that " + complaints};
}

}  // namespace

Completion ValidateCompletion(Workshop& workshop, const CompletionRequest& request, Completion completion,
                              CompletionValidation validation) {
  const bool wanted = validation != CompletionValidation::kOff && request.adapter != nullptr;
  if (!wanted || completion.reason != CompletionReason::kOk) return completion;
  std::string source(request.document.substr(0, completion.begin));
  source += completion.text;
  const std::string_view written = TrimmedRight(completion.text);
  const auto end = static_cast<uint32_t>(completion.begin + written.size());
  source += request.document.substr(completion.end);
  const auto function = FinishedFunction(*request.adapter, source, completion.begin, end);
  if (!function) return completion;
  Trial trial = TryExamples(workshop, request.adapter->language, source, *function, request.cancel);
  if (request.cancel.stop_requested())
    trial = {Trial::State::kNotRun, "there was no time to run its examples"};
  const bool refused = trial.state == Trial::State::kFails ||
                       (trial.state == Trial::State::kNotRun && validation == CompletionValidation::kAlways);
  if (trial.state == Trial::State::kNotRun) trial.text = "not validated: " + trial.text;
  if (!completion.detail.empty() && !refused) completion.detail += "; ";
  if (refused) {
    completion.reason = CompletionReason::kFailsExamples;
    completion.text.clear();
    completion.detail.clear();
  }
  completion.detail += trial.text;
  return completion;
}

Completion CompleteValidated(const std::function<Completion(const CompletionRequest&)>& complete,
                             Workshop& workshop, const CompletionRequest& request,
                             CompletionValidation validation) {
  Completion first = ValidateCompletion(workshop, request, complete(request), validation);
  CompletionRequest again = request;
  for (int attempt = 1; attempt < kAttempts; ++attempt) {
    if (first.reason != CompletionReason::kFailsExamples || request.cancel.stop_requested()) break;
    again.options.sampling.temperature = kTemperature;
    again.options.sampling.seed = request.options.sampling.seed + static_cast<uint64_t>(attempt);
    Completion other = ValidateCompletion(workshop, again, complete(again), validation);
    if (other.reason == CompletionReason::kOk) return other;
  }
  return first;
}

}  // namespace espalier
