#include "evals/constraint_eval.h"

#include <fmt/format.h>

#include <array>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <random>
#include <utility>

#include "decoder/chat_prompt.h"
#include "decoder/grammar_constraint.h"
#include "grammar/syntax.h"

namespace espalier {
namespace {

constexpr std::string_view kFence = "\n```";

struct Job {
  std::string task;
  SamplingOptions sampling;
  uint32_t max_tokens = 0;
  bool constrained = false;
};

Result<GenerateRequest> RequestFor(const Tokenizer& tokenizer, Language language, const Job& job) {
  const std::string_view name = AdapterFor(language).display_name;
  const std::string system =
      fmt::format("You are a careful {0} programmer. Answer with one {0} code block and nothing else.", name);
  const std::string user = fmt::format("Write this in {}:\n{}", name, job.task);
  const std::array<ChatMessage, 2> messages = {{{"system", system}, {"user", user}}};
  GenerateRequest request;
  ESPALIER_ASSIGN_OR_RETURN(request.prompt, BuildChatPrompt(tokenizer, messages));
  request.forced_text = fmt::format("```{}\n", LanguageId(language));
  request.max_tokens = job.max_tokens;
  request.sampling = job.sampling;
  request.stop_strings = {std::string(kFence)};
  request.priority = Priority::kEval;
  return request;
}

std::string CodeOf(const GenerateResult& result) {
  std::string code = result.text.substr(std::min(result.text.find('\n') + 1, result.text.size()));
  if (result.finish == FinishReason::kStopString) code += '\n';
  return code;
}

ConstraintSample SampleOf(const GenerateResult& result, Language language, GrammarConstraint* constraint) {
  ConstraintSample sample{.language = language, .constrained = constraint != nullptr, .code = CodeOf(result)};
  sample.finish = result.finish;
  sample.tokens = result.timings.generated_tokens;
  if (constraint != nullptr) {
    sample.checked = constraint->stats().checked;
    sample.refused = constraint->stats().refused;
    sample.constraint_seconds = constraint->stats().seconds();
    if (result.finish == FinishReason::kLength || result.finish == FinishReason::kNothingAllowed) {
      const std::string closing = constraint->Closing().value_or("");
      sample.closed = !closing.empty();
      sample.code += closing;
    }
  }
  const auto tree = SyntaxTree::Parse(language, sample.code);
  sample.clean = tree && tree->clean();
  return sample;
}

/// Submits all jobs at once, so that the engine batches them, and waits.
Result<std::vector<ConstraintSample>> RunJobs(Engine& engine, Language language, const std::vector<Job>& jobs,
                                              const std::function<void(const ConstraintSample&)>& seen) {
  std::vector<ConstraintSample> samples(jobs.size());
  std::mutex mutex;
  std::condition_variable idle;
  size_t left = jobs.size();
  const auto tables = std::make_shared<ConstraintTables>(engine.tokenizer());
  for (size_t i = 0; i < jobs.size(); ++i) {
    ESPALIER_ASSIGN_OR_RETURN(GenerateRequest request, RequestFor(engine.tokenizer(), language, jobs[i]));
    std::shared_ptr<GrammarConstraint> constraint;
    if (jobs[i].constrained) {
      constraint = CodeBlockConstraint(language, engine.tokenizer(), tables);
    }
    request.constraint = constraint;
    engine.Submit(std::move(request), [&, i, constraint](const GenerateResult& result) {
      samples[i] = SampleOf(result, language, constraint.get());
      const std::lock_guard lock(mutex);
      if (seen) seen(samples[i]);
      if (--left == 0) idle.notify_one();
    });
  }
  std::unique_lock lock(mutex);
  idle.wait(lock, [&] { return left == 0; });
  return samples;
}

}  // namespace

Result<std::vector<ConstraintSample>> SamplePrograms(
    Engine& engine, Language language, const std::vector<std::string>& tasks,
    const ConstraintEvalOptions& options, const std::function<void(const ConstraintSample&)>& seen) {
  std::mt19937_64 random(options.seed);
  std::uniform_int_distribution<uint32_t> budget(options.least_tokens, options.most_tokens);
  std::vector<Job> jobs;
  for (uint32_t i = 0; i < options.samples; ++i) {
    Job job;
    job.task = tasks[i % tasks.size()];
    job.max_tokens = budget(random);
    job.sampling.temperature = options.temperature;
    job.sampling.seed = options.seed * 1000003 + i;
    for (const bool constrained : {true, false}) {
      job.constrained = constrained;
      jobs.push_back(job);
    }
  }
  return RunJobs(engine, language, jobs, seen);
}

Result<std::vector<GreedyPair>> CompareGreedy(Engine& engine, Language language,
                                              const std::vector<std::string>& tasks, uint32_t most_tokens,
                                              const std::function<void(const ConstraintSample&)>& seen) {
  std::vector<Job> jobs;
  for (const std::string& task : tasks) {
    jobs.push_back({task, {}, most_tokens, true});
    jobs.push_back({task, {}, most_tokens, false});
  }
  ESPALIER_ASSIGN_OR_RETURN(std::vector<ConstraintSample> samples, RunJobs(engine, language, jobs, seen));
  std::vector<GreedyPair> pairs;
  for (size_t i = 0; i + 1 < samples.size(); i += 2) {
    pairs.push_back({std::move(samples[i]), std::move(samples[i + 1])});
  }
  return pairs;
}

}  // namespace espalier
