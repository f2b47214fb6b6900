#include "decoder/engine.h"

#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>

#include "decoder/engine_core.h"

namespace espalier {

std::string_view FinishReasonName(FinishReason reason) {
  switch (reason) {
    case FinishReason::kEndToken:
      return "end-token";
    case FinishReason::kStopString:
      return "stop-string";
    case FinishReason::kStopToken:
      return "stop-token";
    case FinishReason::kCallback:
      return "callback";
    case FinishReason::kLength:
      return "length";
    case FinishReason::kDeadline:
      return "deadline";
    case FinishReason::kCancelled:
      return "cancelled";
    case FinishReason::kNothingAllowed:
      return "nothing-allowed";
    case FinishReason::kError:
      return "error";
  }
  return "error";
}

namespace {

Status CheckSameVocabulary(const Model& model, const Model& draft) {
  const Tokenizer &a = model.tokenizer(), &b = draft.tokenizer();
  bool same = a.vocab_size() == b.vocab_size();
  for (TokenId id = 0; same && id < static_cast<TokenId>(a.vocab_size()); ++id) {
    same = a.TokenName(id) == b.TokenName(id);
  }
  if (same) return {};
  return Fail(ErrorCode::kInvalidArgument,
              "the draft model " + draft.file().path.filename().string() + " has another vocabulary than " +
                  model.file().path.filename().string() + "; use a smaller model of the same family");
}

}  // namespace

// Threads: `core` belongs to whoever steps: the engine thread, or, without one, whoever holds
// `stepping`. The rest is shared and guarded by `mutex`, which is never held during callbacks.
struct Engine::Impl {
  Impl(std::unique_ptr<Model> model, const EngineOptions& options, std::unique_ptr<Model> draft)
      : core(std::move(model), options, std::move(draft)), stats(core.Stats()) {
    if (options.background) thread = std::thread([this] { Loop(); });
  }
  ~Impl();

  void Loop();
  void TakeInbox();
  void Publish();
  bool StepOnce();
  void Finished(RequestId id);

  EngineCore core;

  std::mutex stepping;
  mutable std::mutex mutex;
  std::condition_variable wake, idle;
  std::vector<std::unique_ptr<LiveRequest>> inbox;
  std::unordered_map<RequestId, std::shared_ptr<std::atomic<bool>>> unfinished;
  EngineStats stats;
  RequestId last_id = 0;
  bool stopping = false;
  std::thread thread;
};

Engine::Impl::~Impl() {
  {
    const std::lock_guard lock(mutex);
    stopping = true;
    for (const auto& [id, abandoned] : unfinished) abandoned->store(true, std::memory_order_relaxed);
  }
  wake.notify_all();
  if (thread.joinable()) thread.join();
  TakeInbox();
  core.CancelAll();
}

void Engine::Impl::TakeInbox() {
  const std::lock_guard lock(mutex);
  for (auto& request : inbox) core.Enqueue(std::move(request));
  inbox.clear();
  core.SetArrivals(0);
}

void Engine::Impl::Publish() {
  EngineStats now = core.Stats();
  const std::lock_guard lock(mutex);
  stats = now;
}

bool Engine::Impl::StepOnce() {
  TakeInbox();
  if (!core.HasWork()) return false;
  core.Step();
  Publish();
  return true;
}

void Engine::Impl::Loop() {
  for (;;) {
    if (StepOnce()) continue;
    std::unique_lock lock(mutex);
    wake.wait(lock, [this] { return stopping || !inbox.empty(); });
    if (stopping) return;
  }
}

void Engine::Impl::Finished(RequestId id) {
  const std::lock_guard lock(mutex);
  unfinished.erase(id);
  if (unfinished.empty()) idle.notify_all();
}

Engine::Engine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Engine::~Engine() = default;

Result<std::unique_ptr<Engine>> Engine::Create(std::unique_ptr<Model> model, const EngineOptions& options,
                                               std::unique_ptr<Model> draft) {
  if (draft) ESPALIER_RETURN_IF_ERROR(CheckSameVocabulary(*model, *draft));
  return std::unique_ptr<Engine>(
      new Engine(std::make_unique<Impl>(std::move(model), options, std::move(draft))));
}

RequestId Engine::Submit(GenerateRequest request, std::function<void(GenerateResult)> done) {
  RequestId id;
  {
    const std::lock_guard lock(impl_->mutex);
    id = ++impl_->last_id;
  }
  auto finish = [impl = impl_.get(), id, done = std::move(done)](GenerateResult result) {
    impl->Publish();  // first, so that whoever waits for the result finds it counted
    done(std::move(result));
    impl->Finished(id);
  };
  auto live = std::make_unique<LiveRequest>(id, std::move(request), std::move(finish), impl_->core.context());
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->unfinished.emplace(id, live->abandoned());
    impl_->inbox.push_back(std::move(live));
    impl_->core.SetArrivals(impl_->inbox.size());
    ++impl_->stats.queued_requests;
  }
  impl_->wake.notify_one();
  return id;
}

void Engine::Cancel(RequestId id) {
  const std::lock_guard lock(impl_->mutex);
  const auto found = impl_->unfinished.find(id);
  if (found != impl_->unfinished.end()) found->second->store(true, std::memory_order_relaxed);
}

GenerateResult Engine::Generate(GenerateRequest request) {
  std::vector<GenerateRequest> requests;
  requests.push_back(std::move(request));
  return std::move(GenerateAll(std::move(requests)).front());
}

std::vector<GenerateResult> Engine::GenerateAll(std::vector<GenerateRequest> requests) {
  std::vector<std::promise<GenerateResult>> promises(requests.size());
  for (size_t i = 0; i < requests.size(); ++i) {
    Submit(std::move(requests[i]),
           [promise = &promises[i]](GenerateResult result) { promise->set_value(std::move(result)); });
  }
  if (!impl_->thread.joinable()) RunUntilIdle();
  std::vector<GenerateResult> results;
  for (std::promise<GenerateResult>& promise : promises) results.push_back(promise.get_future().get());
  return results;
}

Status Engine::Warm(std::vector<TokenId> prompt, const CancelToken& cancel) {
  GenerateRequest request;
  request.prompt = std::move(prompt);
  request.max_tokens = 0;
  request.cancel = cancel;
  GenerateResult result = Generate(std::move(request));
  if (result.finish == FinishReason::kLength) return {};
  if (result.finish == FinishReason::kError) return Fail(std::move(result.error));
  if (result.finish == FinishReason::kDeadline)
    return Fail(ErrorCode::kDeadlineExceeded, "the time budget ran out before the prompt was processed");
  return Fail(ErrorCode::kCancelled, "the request was cancelled");
}

void Engine::RunUntilIdle() {
  const std::lock_guard lock(impl_->stepping);
  while (impl_->StepOnce()) {
  }
}

bool Engine::WaitIdle(std::chrono::milliseconds timeout) {
  std::unique_lock lock(impl_->mutex);
  return impl_->idle.wait_for(lock, timeout, [this] { return impl_->unfinished.empty(); });
}

const Model& Engine::model() const { return impl_->core.model(); }
const Tokenizer& Engine::tokenizer() const { return impl_->core.model().tokenizer(); }

EngineStats Engine::stats() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->stats;
}

}  // namespace espalier
