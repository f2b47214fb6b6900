#include "evals/harness/eval_run.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "evals/harness/verdict.h"

namespace espalier {
namespace {

/// Tests and stores answers on a thread of its own, one after the other.
class CheckLine {
 public:
  CheckLine(SampleJudge& judge, int64_t run, RunStore& store, std::function<void()> stored)
      : judge_(judge), run_(run), store_(store), stored_(std::move(stored)), thread_([this] { Work(); }) {}
  ~CheckLine() { static_cast<void>(Drain()); }
  CheckLine(const CheckLine&) = delete;
  CheckLine& operator=(const CheckLine&) = delete;

  void Push(const SuiteTask& task, EvalSample sample) {
    const std::lock_guard lock(mutex_);
    waiting_.emplace_back(&task, std::move(sample));
    changed_.notify_one();
  }
  /// Waits for all that was pushed; nothing may be pushed after. The first error, if there was one.
  Status Drain() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
      changed_.notify_one();
    }
    if (thread_.joinable()) thread_.join();
    return status_;
  }
  /// True once an answer could not be tested or stored: there is no use in more of them.
  bool failed() const {
    const std::lock_guard lock(mutex_);
    return !status_;
  }

 private:
  using Item = std::pair<const SuiteTask*, EvalSample>;

  void Work() {
    while (auto item = Next()) {
      if (const Status done = Handle(*item->first, item->second); !done) {
        const std::lock_guard lock(mutex_);
        if (status_) status_ = done;
        waiting_.clear();
      }
    }
  }
  std::optional<Item> Next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
    if (waiting_.empty()) return std::nullopt;
    Item item = std::move(waiting_.front());
    waiting_.pop_front();
    return item;
  }
  Status Handle(const SuiteTask& task, EvalSample& sample) {
    ESPALIER_RETURN_IF_ERROR(judge_.Judge(task, sample));
    const auto now = Clock::now();
    ESPALIER_RETURN_IF_ERROR(store_.Add(run_, sample, std::chrono::duration<double>(now - counted_).count()));
    counted_ = now;
    stored_();
    return {};
  }

  SampleJudge& judge_;
  const int64_t run_;
  RunStore& store_;
  const std::function<void()> stored_;
  Clock::time_point counted_ = Clock::now();  // until when the run's seconds are stored
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Item> waiting_;
  bool closed_ = false;
  Status status_;
  std::thread thread_;  // last: it uses the others
};

}  // namespace

Result<bool> RunEval(AnswerSource& source, const Suite& suite, const EvalRun& run, RunStore& store,
                     const EvalHooks& hooks) {
  ESPALIER_ASSIGN_OR_RETURN(const auto judge, SampleJudge::For(suite));
  ESPALIER_ASSIGN_OR_RETURN(const std::vector<EvalSample> known, store.Samples(run.id));
  const std::vector<SampleJob> jobs = JobsOf(suite, run.settings, known);
  size_t done = known.size();
  const size_t total = done + jobs.size();
  if (hooks.progress) hooks.progress(done, total);
  Status sampled;
  Status checked;
  {
    CheckLine line(*judge, run.id, store, [&] {
      ++done;
      if (hooks.progress) hooks.progress(done, total);
    });
    SamplingHooks sampling;
    sampling.taken = [&](const SampleJob& job, EvalSample sample) {
      line.Push(*job.task, std::move(sample));
    };
    sampling.cancel = CancelToken([&] { return line.failed() || hooks.cancel.stop_requested(); });
    sampled = source.TakeSamples(suite, run.settings, jobs, sampling);
    checked = line.Drain();
  }
  ESPALIER_RETURN_IF_ERROR(sampled);
  ESPALIER_RETURN_IF_ERROR(checked);
  if (done < total) return false;
  ESPALIER_RETURN_IF_ERROR(store.Finish(run.id));
  return true;
}

}  // namespace espalier
