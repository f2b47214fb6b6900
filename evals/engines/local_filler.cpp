#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "adapters/adapter.h"
#include "decoder/completion.h"
#include "evals/engines/local_writer.h"

namespace espalier {
namespace {

constexpr uint32_t kLiveRequests = 8;

CompletionRequest RequestFor(const SampleJob& job, const std::string& document,
                             const EvalSettings& settings) {
  CompletionRequest request;
  request.document = document;
  request.cursor = static_cast<uint32_t>(job.task->prefix.size());
  request.adapter = &AdapterFor(job.task->language);
  request.options.constrained = settings.constrained;
  request.options.max_tokens = settings.max_tokens;
  request.options.sampling.temperature = static_cast<float>(settings.temperature);
  request.options.sampling.seed = SeedOf(job, settings.seed);
  return request;
}

EvalSample SampleOf(const SampleJob& job, const Completion& completion, const EvalSettings& settings) {
  EvalSample sample;
  sample.task = job.task->id;
  sample.index = job.index;
  sample.seed = SeedOf(job, settings.seed);
  sample.finish = CompletionReasonName(completion.reason);
  sample.detail = completion.detail;
  sample.prompt_tokens = completion.timings.prompt_tokens;
  sample.tokens = completion.timings.generated_tokens;
  sample.refused = completion.timings.refused_tokens;
  sample.generate_seconds = completion.timings.total_ms / 1000;
  sample.fill.emplace().group = job.task->group;
  if (completion.reason != CompletionReason::kOk) return sample;
  const auto cursor = static_cast<uint32_t>(job.task->prefix.size());
  sample.answer = completion.text;
  sample.fill->before = cursor - std::min(cursor, completion.begin);
  sample.fill->after = std::max(cursor, completion.end) - cursor;
  return sample;
}

class LocalSource final : public AnswerSource {
 public:
  explicit LocalSource(Engine& engine) : engine_(engine) {}

  Status TakeSamples(const Suite& suite, const EvalSettings& settings, const std::vector<SampleJob>& jobs,
                     const SamplingHooks& hooks) override {
    return suite.kind == TaskKind::kWrite ? WritePrograms(engine_, suite, settings, jobs, hooks)
                                          : FillHoles(engine_, settings, jobs, hooks);
  }

 private:
  Engine& engine_;
};

}  // namespace

EngineOptions EvalEngineOptions(TaskKind kind) {
  EngineOptions options;
  if (kind == TaskKind::kFill) return options;
  options.background = false;
  options.step_target_ms = 0;
  options.max_live_requests = kLiveRequests;
  options.max_batch_rows = kLiveRequests;
  return options;
}

Status FillHoles(Engine& engine, const EvalSettings& settings, const std::vector<SampleJob>& jobs,
                 const SamplingHooks& hooks) {
  ESPALIER_ASSIGN_OR_RETURN(const std::unique_ptr<Completer> completer, Completer::Create(engine));
  for (const SampleJob& job : jobs) {
    const std::string document = job.task->prefix + job.task->suffix;
    CompletionRequest request = RequestFor(job, document, settings);
    request.cancel = hooks.cancel;
    const Completion completion = completer->Complete(request);
    if (hooks.cancel.stop_requested()) return {};
    if (completion.reason == CompletionReason::kError) {
      return Fail(ErrorCode::kInternal, fmt::format("{}: {}", job.task->id, completion.detail));
    }
    hooks.taken(job, SampleOf(job, completion, settings));
  }
  return {};
}

std::unique_ptr<AnswerSource> LocalAnswers(Engine& engine) { return std::make_unique<LocalSource>(engine); }

}  // namespace espalier
