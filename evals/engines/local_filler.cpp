#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "adapters/adapter.h"
#include "decoder/completion.h"
#include "decoder/fim_prompt.h"
#include "evals/engines/local_writer.h"

namespace espalier {
namespace {

CompletionRequest RequestFor(const SampleJob& job, const std::string& document,
                             const EvalSettings& settings) {
  CompletionRequest request;
  request.document = document;
  request.cursor = static_cast<uint32_t>(job.task->prefix.size());
  request.adapter = &AdapterFor(job.task->language);
  request.options.constrained = settings.constraint == EvalConstraint::kExact;
  request.options.max_tokens = settings.max_tokens;
  request.options.sampling.temperature = static_cast<float>(settings.temperature);
  request.options.sampling.seed = SeedOf(job, settings.seed);
  return request;
}

EvalSample EmptySample(const SampleJob& job, const EvalSettings& settings) {
  EvalSample sample;
  sample.task = job.task->id;
  sample.index = job.index;
  sample.seed = SeedOf(job, settings.seed);
  sample.fill.emplace().group = job.task->group;
  return sample;
}

EvalSample SampleOf(const SampleJob& job, const Completion& completion, const EvalSettings& settings) {
  EvalSample sample = EmptySample(job, settings);
  sample.finish = CompletionReasonName(completion.reason);
  sample.detail = completion.detail;
  sample.prompt_tokens = completion.timings.prompt_tokens;
  sample.tokens = completion.timings.generated_tokens;
  sample.refused = completion.timings.refused_tokens;
  sample.generate_seconds = completion.timings.total_ms / 1000;
  if (completion.reason != CompletionReason::kOk) return sample;
  const auto cursor = static_cast<uint32_t>(job.task->prefix.size());
  sample.answer = completion.text;
  sample.fill->before = cursor - std::min(cursor, completion.begin);
  sample.fill->after = std::max(cursor, completion.end) - cursor;
  return sample;
}

/// As our completions ask it, but with nothing that looks at what it writes.
Result<EvalSample> FillUnchecked(Engine& engine, const SampleJob& job, const EvalSettings& settings,
                                 const CancelToken& cancel) {
  const std::string document = job.task->prefix + job.task->suffix;
  const CompletionOptions options;
  const FimBudget budget = {options.prefix_tokens, options.suffix_tokens};
  const auto cursor = static_cast<uint32_t>(job.task->prefix.size());
  const FimWindow window = ChooseFimWindow(document, cursor, engine.tokenizer(), budget);
  FimPrompt prompt = BuildFimPrompt(document, window, engine.tokenizer(), budget);
  const size_t forced = prompt.forced_text.size();
  GenerateRequest request;
  request.prompt = std::move(prompt.tokens);
  request.forced_text = std::move(prompt.forced_text);
  request.sampling.temperature = static_cast<float>(settings.temperature);
  request.sampling.seed = SeedOf(job, settings.seed);
  request.max_tokens = settings.max_tokens;
  request.cancel = cancel;
  const GenerateResult result = engine.Generate(std::move(request));
  if (result.finish == FinishReason::kError) return Fail(result.error);
  EvalSample sample = EmptySample(job, settings);
  sample.finish = FinishReasonName(result.finish);
  sample.answer = result.text.substr(std::min(forced, result.text.size()));
  sample.prompt_tokens = result.timings.prompt_tokens;
  sample.tokens = result.timings.generated_tokens;
  sample.generate_seconds = result.timings.total_ms / 1000;
  return sample;
}

Result<EvalSample> FillChecked(Completer& completer, const SampleJob& job, const EvalSettings& settings,
                               const CancelToken& cancel) {
  const std::string document = job.task->prefix + job.task->suffix;
  CompletionRequest request = RequestFor(job, document, settings);
  request.cancel = cancel;
  const Completion completion = completer.Complete(request);
  if (completion.reason == CompletionReason::kError) {
    return Fail(ErrorCode::kInternal, fmt::format("{}: {}", job.task->id, completion.detail));
  }
  return SampleOf(job, completion, settings);
}

}  // namespace

Status FillHoles(Engine& engine, const EvalSettings& settings, const std::vector<SampleJob>& jobs,
                 const SamplingHooks& hooks) {
  ESPALIER_ASSIGN_OR_RETURN(const std::unique_ptr<Completer> completer, Completer::Create(engine));
  const bool checked = settings.constraint != EvalConstraint::kOff;
  for (const SampleJob& job : jobs) {
    auto sample = checked ? FillChecked(*completer, job, settings, hooks.cancel)
                          : FillUnchecked(engine, job, settings, hooks.cancel);
    if (hooks.cancel.stop_requested()) return {};
    if (!sample) return Fail(sample.error());
    hooks.taken(job, std::move(*sample));
  }
  return {};
}

}  // namespace espalier
