// Our own engine as a source of answers.
#include <memory>

#include "evals/engines/local_writer.h"

namespace espalier {
namespace {

constexpr uint32_t kLiveRequests = 8;

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

std::unique_ptr<AnswerSource> LocalAnswers(Engine& engine) { return std::make_unique<LocalSource>(engine); }

}  // namespace espalier
