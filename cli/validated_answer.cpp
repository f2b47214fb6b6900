#include "cli/validated_answer.h"

#include <fmt/format.h>

#include <cstdio>

#include "cli/author_source.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "testgen/solve.h"

namespace espalier {
namespace {

constexpr uint32_t kCandidates = 4;
// Where the setting asks for the most probable text, of which there is one.
constexpr double kTemperature = 0.8;

SolveOptions OptionsFor(const Settings::Generate& settings) {
  SolveOptions options;
  options.candidates = kCandidates;
  options.temperature = settings.temperature > 0 ? settings.temperature : kTemperature;
  options.seed = static_cast<uint64_t>(settings.seed);
  options.max_tokens = static_cast<uint32_t>(settings.max_tokens);
  options.constrained = settings.constrained;
  options.test_lists = 0;
  options.repair_rounds = 1;
  return options;
}

nlohmann::json EvidenceJson(const Solution& solution) {
  const Candidate& shown = solution.candidates.front();
  nlohmann::json json = {{"candidates", solution.written},
                         {"distinct", solution.candidates.size()},
                         {"build", solution.built()},
                         {"builds", shown.builds},
                         {"examples", solution.examples.size()},
                         {"examples_passed", solution.best().examples_passed},
                         {"repair_rounds", solution.repair_rounds},
                         {"diagnostics", nlohmann::json::array()}};
  for (const Diagnostic& one : shown.diagnostics) {
    json["diagnostics"].push_back(
        {{"severity", SeverityName(one.severity)}, {"line", one.line}, {"message", one.message}});
  }
  return json;
}

std::string EvidenceText(const Solution& solution) {
  const Candidate& shown = solution.candidates.front();
  std::string text = fmt::format("{} of {} candidates build; the one shown {}", solution.built(),
                                 solution.candidates.size(), shown.builds ? "does" : "does not");
  if (!solution.examples.empty()) {
    text += fmt::format(", and passes {} of {} examples", solution.best().examples_passed,
                        solution.examples.size());
  }
  return text;
}

}  // namespace

Result<bool> WantsValidation(const Settings& settings, const Adapter& adapter) {
  if (settings.generate.validate == "off") return false;
  const Status here = Workshop({}).Check(adapter.language);
  if (here) return true;
  if (settings.generate.validate == "always") return Fail(here.error());
  PrintNote(fmt::format("not validated: {}", here.error().message));
  return false;
}

Result<ExitCode> GenerateValidated(const Invocation& invocation, const Adapter& adapter,
                                   const std::string& task) {
  const Settings& settings = invocation.settings.values;
  ESPALIER_ASSIGN_OR_RETURN(const Problem problem, ParseProblem(task, adapter.language));
  ESPALIER_ASSIGN_OR_RETURN(AuthorSource source, AuthorSource::Open(settings, {}));
  const InterruptScope interrupt{std::chrono::milliseconds(settings.generate.deadline_ms)};
  Workshop workshop({});
  ESPALIER_ASSIGN_OR_RETURN(
      const Solution solution,
      Solve(problem, source.author(), workshop, OptionsFor(settings.generate), {}, interrupt.token()));
  if (invocation.json) {
    PrintJson({{"code", solution.code},
               {"language", LanguageId(adapter.language)},
               {"validation", EvidenceJson(solution)},
               {"tokens", {{"generated", solution.tokens}}}});
  } else {
    std::fwrite(solution.code.data(), 1, solution.code.size(), stdout);
    PrintNote(EvidenceText(solution));
  }
  return ExitCode::kOk;
}

}  // namespace espalier
