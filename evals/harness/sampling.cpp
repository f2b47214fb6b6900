#include "evals/harness/sampling.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "decoder/chat_prompt.h"
#include "decoder/grammar_constraint.h"

namespace espalier {
namespace {

// Waiting requests beyond those that the engine keeps live: enough that a step is never short of one.
constexpr size_t kMostSubmitted = 16;
constexpr std::string_view kClosingFence = "\n```";

/// FNV-1a, so that a sample's seed depends on its task alone, not on which others there are.
uint64_t HashOf(std::string_view text, uint64_t hash) {
  for (const char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  return hash;
}

uint64_t SeedOf(const SampleJob& job, uint64_t seed) {
  return HashOf(fmt::format("{}/{}/{}", seed, job.task->id, job.index), 0xcbf29ce484222325);
}

/// The code between the fence that was forced and the one that ended it.
std::string AnswerOf(const GenerateResult& result) {
  const size_t line = result.text.find('\n');
  if (line == std::string::npos) return {};
  std::string answer = result.text.substr(line + 1);
  if (result.finish == FinishReason::kStopString) answer += '\n';
  return answer;
}

class SampleTaker {
 public:
  SampleTaker(Engine& engine, const Suite& suite, const EvalSettings& settings,
              const std::vector<SampleJob>& jobs, const SamplingHooks& hooks)
      : engine_(engine),
        suite_(suite),
        settings_(settings),
        jobs_(jobs),
        hooks_(hooks),
        tables_(std::make_shared<ConstraintTables>(engine.tokenizer())) {}

  Status TakeAll() {
    for (size_t i = 0; i < kMostSubmitted; ++i) SubmitNext();
    engine_.RunUntilIdle();
    return status_;
  }

 private:
  void SubmitNext() {
    if (next_ == jobs_.size() || !status_ || hooks_.cancel.stop_requested()) return;
    const SampleJob& job = jobs_[next_++];
    std::shared_ptr<GrammarConstraint> constraint;
    if (settings_.constrained) {
      constraint = CodeBlockConstraint(suite_.language, engine_.tokenizer(), tables_);
    }
    auto request = RequestFor(job);
    if (!request) {
      status_ = Fail(request.error());
      return;
    }
    request->constraint = constraint;
    engine_.Submit(std::move(*request), [this, &job, constraint](const GenerateResult& result) {
      Take(job, result, constraint.get());
      SubmitNext();
    });
  }

  Result<GenerateRequest> RequestFor(const SampleJob& job) const {
    const std::array<ChatMessage, 2> messages = {{{"system", suite_.system}, {"user", job.task->chat}}};
    GenerateRequest request;
    ESPALIER_ASSIGN_OR_RETURN(request.prompt, BuildChatPrompt(engine_.tokenizer(), messages));
    request.forced_text = fmt::format("```{}\n", LanguageId(suite_.language));
    request.stop_strings = {std::string(kClosingFence)};
    request.max_tokens = settings_.max_tokens;
    request.sampling.temperature = static_cast<float>(settings_.temperature);
    request.sampling.seed = SeedOf(job, settings_.seed);
    request.priority = Priority::kEval;
    request.cancel = hooks_.cancel;
    request.speculation.ngram_draft_tokens = 0;
    request.speculation.forced_draft_tokens = 0;
    return request;
  }

  void Take(const SampleJob& job, const GenerateResult& result, GrammarConstraint* constraint) {
    if (result.finish == FinishReason::kCancelled) return;
    if (result.finish == FinishReason::kError) {
      if (status_) status_ = Fail(result.error);
      return;
    }
    EvalSample sample;
    sample.task = job.task->id;
    sample.index = job.index;
    sample.seed = SeedOf(job, settings_.seed);
    sample.answer = AnswerOf(result);
    sample.finish = FinishReasonName(result.finish);
    sample.prompt_tokens = result.timings.prompt_tokens;
    sample.tokens = result.timings.generated_tokens;
    sample.generate_seconds = result.timings.total_ms / 1000;
    if (constraint != nullptr) Close(result, *constraint, sample);
    hooks_.taken(job, std::move(sample));
  }

  static void Close(const GenerateResult& result, GrammarConstraint& constraint, EvalSample& sample) {
    sample.refused = constraint.stats().refused;
    if (result.finish != FinishReason::kLength && result.finish != FinishReason::kNothingAllowed) return;
    const std::string closing = constraint.Closing().value_or("");
    sample.closed = !closing.empty();
    sample.answer += closing;
  }

  Engine& engine_;
  const Suite& suite_;
  const EvalSettings& settings_;
  const std::vector<SampleJob>& jobs_;
  const SamplingHooks& hooks_;
  const std::shared_ptr<ConstraintTables> tables_;
  size_t next_ = 0;
  Status status_;
};

}  // namespace

std::vector<SampleJob> JobsOf(const Suite& suite, const EvalSettings& settings,
                              const std::vector<EvalSample>& known) {
  std::set<std::pair<std::string_view, uint32_t>> done;
  for (const EvalSample& sample : known) done.emplace(sample.task, sample.index);
  const size_t count = settings.limit == 0 ? suite.tasks.size() : settings.limit;
  std::vector<SampleJob> jobs;
  for (size_t i = 0; i < std::min(count, suite.tasks.size()); ++i) {
    for (uint32_t index = 0; index < settings.samples; ++index) {
      if (!done.contains({suite.tasks[i].id, index})) jobs.push_back({&suite.tasks[i], index});
    }
  }
  return jobs;
}

Status TakeSamples(Engine& engine, const Suite& suite, const EvalSettings& settings,
                   const std::vector<SampleJob>& jobs, const SamplingHooks& hooks) {
  return SampleTaker(engine, suite, settings, jobs, hooks).TakeAll();
}

}  // namespace espalier
