#include "testgen/repair.h"

#include <fmt/format.h>

namespace espalier {
namespace {

constexpr size_t kMostComplaints = 4;

std::string Complaint(const TestCase& test, const CaseOutcome& outcome) {
  std::string text = fmt::format("- {} must give {}", test.call, test.expected);
  if (!outcome.value.empty()) text += fmt::format(", but gives {}", outcome.value);
  if (outcome.verdict == CaseVerdict::kError) text += fmt::format(", but fails: {}", outcome.detail);
  if (outcome.verdict == CaseVerdict::kTimedOut) text += ", but takes too long";
  return text + "\n";
}

}  // namespace

std::string ComplaintsAbout(const std::vector<Diagnostic>& diagnostics, const std::vector<TestCase>& examples,
                            const std::vector<CaseOutcome>& outcomes) {
  std::string text;
  size_t count = 0;
  for (const Diagnostic& one : diagnostics) {
    if (one.severity != Severity::kError || count == kMostComplaints) continue;
    ++count;
    text += fmt::format("- line {}: {}\n", one.line, one.message);
  }
  for (size_t i = 0; i < outcomes.size() && count < kMostComplaints; ++i) {
    if (outcomes[i].verdict == CaseVerdict::kPassed || outcomes[i].verdict == CaseVerdict::kNotRun) continue;
    ++count;
    text += Complaint(examples[i], outcomes[i]);
  }
  return text;
}

std::vector<AuthorMessage> RepairTurns(Language language, const std::string& code,
                                       const std::string& complaints) {
  return {{"assistant", fmt::format("```{}\n{}```", LanguageId(language), code)},
          {"user",
           fmt::format("This code does not work:\n{}\nFix it and answer with the whole code.", complaints)}};
}

}  // namespace espalier
