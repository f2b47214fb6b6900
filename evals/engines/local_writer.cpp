#include "evals/engines/local_writer.h"

#include <array>
#include <memory>
#include <string>
#include <utility>

#include "decoder/chat_prompt.h"
#include "decoder/grammar_constraint.h"
#include "evals/engines/prompt_text.h"
#include "grammar/syntax.h"

namespace espalier {
namespace {

// Waiting requests beyond those that the engine keeps live: enough that a step is never short of one.
constexpr size_t kMostSubmitted = 16;

/// The code between the fence that was forced and the one that ended it.
std::string AnswerOf(const GenerateResult& result) {
  const size_t line = result.text.find('\n');
  if (line == std::string::npos) return {};
  std::string answer = result.text.substr(line + 1);
  if (result.finish == FinishReason::kStopString) answer += '\n';
  return answer;
}

class ProgramWriter {
 public:
  ProgramWriter(Engine& engine, const Suite& suite, const EvalSettings& settings,
                const std::vector<SampleJob>& jobs, const SamplingHooks& hooks)
      : engine_(engine),
        suite_(suite),
        settings_(settings),
        jobs_(jobs),
        hooks_(hooks),
        tables_(std::make_shared<ConstraintTables>(engine.tokenizer())) {}

  Status WriteAll() {
    for (size_t i = 0; i < kMostSubmitted; ++i) SubmitNext();
    engine_.RunUntilIdle();
    return status_;
  }

 private:
  void SubmitNext() {
    if (next_ == jobs_.size() || !status_ || hooks_.cancel.stop_requested()) return;
    Submit(jobs_[next_++], settings_.constraint == EvalConstraint::kExact, {});
  }

  /// Takes a sample; `spent` is what an attempt before has cost.
  void Submit(const SampleJob& job, bool constrained, const GenerateTimings& spent) {
    std::shared_ptr<GrammarConstraint> constraint;
    if (constrained) constraint = CodeBlockConstraint(job.task->language, engine_.tokenizer(), tables_);
    auto request = RequestFor(job);
    if (!request) {
      status_ = Fail(request.error());
      return;
    }
    request->constraint = constraint;
    engine_.Submit(std::move(*request), [this, &job, constraint, spent](const GenerateResult& result) {
      if (MustRepeat(job, result, constraint.get())) {
        Submit(job, true, result.timings);
        return;
      }
      Take(job, result, constraint.get(), spent);
      SubmitNext();
    });
  }

  /// Written freely, and it does not parse.
  bool MustRepeat(const SampleJob& job, const GenerateResult& result,
                  const GrammarConstraint* constraint) const {
    if (settings_.constraint != EvalConstraint::kCheck || constraint != nullptr) return false;
    if (result.finish == FinishReason::kCancelled || result.finish == FinishReason::kError) return false;
    const auto tree = SyntaxTree::Parse(job.task->language, AnswerOf(result));
    return !tree || !tree->clean();
  }

  Result<GenerateRequest> RequestFor(const SampleJob& job) const {
    const std::array<ChatMessage, 2> messages = {{{"system", suite_.system}, {"user", job.task->chat}}};
    GenerateRequest request;
    ESPALIER_ASSIGN_OR_RETURN(request.prompt, BuildChatPrompt(engine_.tokenizer(), messages));
    request.forced_text = OpeningFence(job.task->language);
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

  void Take(const SampleJob& job, const GenerateResult& result, GrammarConstraint* constraint,
            const GenerateTimings& spent) {
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
    sample.tokens = result.timings.generated_tokens + spent.generated_tokens;
    sample.generate_seconds = (result.timings.total_ms + spent.total_ms) / 1000;
    if (constraint != nullptr) Close(result, *constraint, sample);
    hooks_.taken(job, std::move(sample));
  }

  void Close(const GenerateResult& result, GrammarConstraint& constraint, EvalSample& sample) const {
    sample.refused = constraint.stats().refused;
    for (const RefusedToken& one : constraint.refusals()) {
      const std::string_view bytes = engine_.tokenizer().TokenBytes(one.token);
      sample.refusals.push_back({static_cast<uint32_t>(one.offset), std::string(bytes)});
    }
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

Status WritePrograms(Engine& engine, const Suite& suite, const EvalSettings& settings,
                     const std::vector<SampleJob>& jobs, const SamplingHooks& hooks) {
  return ProgramWriter(engine, suite, settings, jobs, hooks).WriteAll();
}

}  // namespace espalier
