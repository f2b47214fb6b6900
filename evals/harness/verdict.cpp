#include "evals/harness/verdict.h"

#include <chrono>
#include <utility>

namespace espalier {

Result<std::unique_ptr<SampleJudge>> SampleJudge::For(const Suite& suite) {
  ESPALIER_ASSIGN_OR_RETURN(auto checker, ProgramChecker::For(suite));
  return std::unique_ptr<SampleJudge>(new SampleJudge(suite, std::move(checker)));
}

Status SampleJudge::Judge(const SuiteTask& task, EvalSample& sample) {
  if (sample.fill) return JudgeFilled(task, sample);
  sample.program = ProgramOf(task, sample.answer);
  return Test(task, sample);
}

Status SampleJudge::Test(const SuiteTask& task, EvalSample& sample) {
  ESPALIER_ASSIGN_OR_RETURN(const CheckResult result,
                            checker_->Check(task, sample.program, suite_.time_limit, {}));
  sample.error = ErrorClassName(result.error);
  if (!result.detail.empty() || result.passed()) sample.detail = result.detail;
  sample.check_seconds = std::chrono::duration<double>(result.wall).count();
  return {};
}

Status SampleJudge::JudgeFilled(const SuiteTask& task, EvalSample& sample) {
  const Fill fill = {sample.answer, sample.fill->before, sample.fill->after};
  FillFacts& facts = sample.fill->facts;
  facts = JudgeFill(task, fill);
  if (!facts.answered) {
    sample.error = ErrorClassName(ErrorClass::kNoAnswer);
    return {};
  }
  if (!task.tests.empty()) {
    sample.program = FilledProgram(task, fill);
    return Test(task, sample);
  }
  sample.error = ErrorClassName(facts.parses ? ErrorClass::kNone : ErrorClass::kSyntax);
  ESPALIER_ASSIGN_OR_RETURN(facts.compiles, Compiles(task, fill));
  return {};
}

Result<bool> SampleJudge::OriginalCompiles(const SuiteTask& task) {
  if (const auto known = originals_.find(task.id); known != originals_.end()) return known->second;
  const std::string original = task.prefix + task.middle + task.suffix;
  ESPALIER_ASSIGN_OR_RETURN(const auto compiles, CompilesAlone(workshop_, task.language, original, {}));
  return originals_[task.id] = compiles.value_or(false);
}

Result<std::optional<bool>> SampleJudge::Compiles(const SuiteTask& task, const Fill& fill) {
  ESPALIER_ASSIGN_OR_RETURN(const bool before, OriginalCompiles(task));
  if (!before) return std::nullopt;
  return CompilesAlone(workshop_, task.language, FilledFile(task, fill), {});
}

}  // namespace espalier
