#include "decoder/engine_core.h"

#include <algorithm>
#include <utility>

namespace espalier {
namespace {

// Of the target time of a step: how long a pass that was given up may still run (24 ms, and then at most
// half a layer more).
constexpr double kGraceShare = 0.6;

// Decides when a pass is to be stopped: when nobody waits for it any more. One request that is given up
// must not undo the others' step. And not at once: what a pass computes stays in the prefix cache, and
// the next request is likely the same prompt with a letter more. So a pass that is about to end may end,
// and one that was given up because something new arrived goes on in any case. Polled by any thread.
class PassWatch {
 public:
  PassWatch(std::vector<const LiveRequest*> sharers, const std::atomic<size_t>* arrivals,
            Clock::duration grace)
      : sharers_(std::move(sharers)), arrivals_(arrivals), grace_(grace) {}

  bool ShouldStop() {
    const auto given_up = [](const LiveRequest* request) { return request->StopRequested(); };
    if (!std::all_of(sharers_.begin(), sharers_.end(), given_up) || *arrivals_ > 0) return false;
    const Clock::duration now = Clock::now().time_since_epoch();
    Clock::rep never = 0;
    since_.compare_exchange_strong(never, now.count());
    return now.count() - since_ >= grace_.count();
  }

 private:
  const std::vector<const LiveRequest*> sharers_;
  const std::atomic<size_t>* arrivals_;
  const Clock::duration grace_;
  std::atomic<Clock::rep> since_ = 0;  // when all had given up
};

uint32_t MaxTokens(Model& model) {
  return std::min(model.hparams().context_length, model.kv().total_pages() * kKvPageTokens);
}

SpeculatorOptions SpeculationOf(const EngineOptions& options, const Model& model, const Model* draft) {
  SpeculatorOptions result{options.prefix_cache, options.step_target_ms > 0, 0};
  // Decoding is memory bound: a step costs what its weights weigh.
  if (draft != nullptr) result.draft_token_cost = 1.0 * draft->weight_bytes() / model.weight_bytes();
  return result;
}

Speculator MakeSpeculator(const EngineOptions& options, const Model& model, std::unique_ptr<Model> draft) {
  const SpeculatorOptions speculation = SpeculationOf(options, model, draft.get());
  return {std::move(draft), speculation};
}

PaceLimits PaceOf(const EngineOptions& options) {
  return {options.prefill_chunk_tokens, options.prefill_alone_tokens, options.step_target_ms};
}

/// A GPU takes many rows in the time of one; all of a step should be one pass (Backend::max_rows).
EngineOptions Suited(EngineOptions options, const Model& model) {
  const bool gpu = model.backend_name() == BackendKindName(BackendKind::kCuda);
  const auto choose = [gpu](uint32_t& value, uint32_t on_processor, uint32_t on_gpu) {
    if (value == 0) value = gpu ? on_gpu : on_processor;
  };
  choose(options.max_batch_rows, 16, 64);
  choose(options.prefill_chunk_tokens, 128, 448);
  choose(options.prefill_alone_tokens, 256, 512);
  choose(options.max_live_requests, 16, 64);
  return options;
}

}  // namespace

EngineCore::EngineCore(std::unique_ptr<Model> model, const EngineOptions& options,
                       std::unique_ptr<Model> draft)
    : model_(std::move(model)),
      options_(Suited(options, *model_)),
      prefix_index_(model_->tokenizer()),
      context_{&model_->tokenizer(), &prefix_index_, model_->hparams().vocab_size, MaxTokens(*model_)},
      cache_(model_->kv()),
      speculator_(MakeSpeculator(options, *model_, std::move(draft))),
      pace_(PaceOf(options_)) {}

EngineCore::~EngineCore() { CancelAll(); }

void EngineCore::Step() {
  const Clock::time_point start = Clock::now();
  RunStep();
  stats_.step_ms += std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

void EngineCore::RunStep() {
  Reap();
  Admit();
  if (live_.empty()) return;
  if (options_.prefix_cache) TakeOverSharedPrefixes();
  const std::vector<RowGrant> grants = Plan();
  const CancelToken cancel = AllGivenUp(grants);
  Draft(grants, cancel);
  std::vector<Slot> slots = Reserve(grants);
  if (slots.empty()) slots = ReserveForBest();
  if (slots.empty()) return;
  if (Status status = Run(slots, cancel); !status) {
    Abort(slots, status.error());
    return;
  }
  Deliver(slots);
}

void EngineCore::CancelAll() {
  while (HasWork()) {
    for (const RequestPtr& request : queue_) request->abandoned()->store(true);
    for (const RequestPtr& request : live_) request->abandoned()->store(true);
    Reap();
  }
}

void EngineCore::Reap() {
  const auto ended = [](const RequestPtr& request) { return !request->valid() || request->StopRequested(); };
  std::vector<RequestPtr> leaving;
  for (std::vector<RequestPtr>* from : {&live_, &queue_}) {
    const auto keep = std::stable_partition(from->begin(), from->end(), std::not_fn(ended));
    std::move(keep, from->end(), std::back_inserter(leaving));
    from->erase(keep, from->end());
  }
  for (RequestPtr& request : leaving) {
    const Status valid = request->valid();
    if (!valid) {
      Finish(std::move(request), FinishReason::kError, valid.error());
    } else {
      const bool cancelled = request->Cancelled();
      Finish(std::move(request), cancelled ? FinishReason::kCancelled : FinishReason::kDeadline);
    }
  }
}

CancelToken EngineCore::AllGivenUp(std::span<const RowGrant> grants) const {
  std::vector<const LiveRequest*> sharers;
  for (const RowGrant& grant : grants) sharers.push_back(live_[grant.entry].get());
  const std::chrono::duration<double, std::milli> grace(options_.step_target_ms * kGraceShare);
  const auto watch = std::make_shared<PassWatch>(std::move(sharers), &arrivals_,
                                                 std::chrono::duration_cast<Clock::duration>(grace));
  return CancelToken([watch] { return watch->ShouldStop(); });
}

std::vector<RowGrant> EngineCore::Plan() {
  std::vector<ScheduleEntry> entries;
  for (const RequestPtr& request : live_) entries.push_back(EntryOf(*request));
  return scheduler_.Plan(entries, {options_.max_batch_rows, pace_.PrefillRows(true), pace_.PrefillRows(false),
                                   options_.prefix_cache});
}

void EngineCore::Draft(std::span<const RowGrant> grants, const CancelToken& cancel) {
  std::vector<DraftSlot> slots;
  for (const RowGrant& grant : grants) {
    if (grant.drafts > 0) slots.push_back({live_[grant.entry].get(), grant.drafts});
  }
  if (!slots.empty()) speculator_.Draft(slots, pace_.RowCost(), pace_.PrefillRows(true), cancel);
}

Status EngineCore::Run(std::span<const Slot> slots, const CancelToken& cancel) {
  std::vector<SequenceChunk> batch;
  for (const Slot& slot : slots) batch.push_back({&slot.request->kv, slot.input, slot.rows, slot.draws});
  const Clock::time_point start = Clock::now();
  const auto meanwhile = [this] {
    for (const RequestPtr& request : live_) request->CatchUp();
  };
  ESPALIER_RETURN_IF_ERROR(model_->Forward(batch, logits_, cancel, meanwhile));
  const std::chrono::duration<double, std::milli> took = Clock::now() - start;
  ++stats_.steps;
  stats_.forward_ms += took.count();
  StepSample sample{0, 0, took.count()};
  for (const Slot& slot : slots) {
    (slot.tokens == 1 ? sample.decode_rows : sample.prefill_rows) += static_cast<uint32_t>(slot.input.size());
    slot.request->last_step = stats_.steps;
    ++slot.request->timings.steps;
  }
  stats_.forward_rows += sample.decode_rows + sample.prefill_rows;
  pace_.Record(sample);
  return {};
}

void EngineCore::Abort(std::span<const Slot> slots, const Error& error) {
  const bool given_up = error.code == ErrorCode::kCancelled || error.code == ErrorCode::kDeadlineExceeded;
  for (const Slot& slot : slots) {
    speculator_.Drop(*slot.request);
    if (!given_up) Finish(TakeLive(slot.request), FinishReason::kError, error);
  }
}

void EngineCore::Deliver(std::span<const Slot> slots) {
  size_t row = 0;
  for (const Slot& slot : slots) {
    LiveRequest& request = *slot.request;
    const auto settled = static_cast<uint32_t>(slot.input.size() - request.drafts.size());
    const uint32_t before = request.kv.length() - static_cast<uint32_t>(slot.input.size());
    const uint32_t generated = request.timings.generated_tokens;
    uint32_t accepted = 0;
    if (!request.Cancelled()) accepted = request.Digest(logits_, row, slot.rows);
    stats_.drafted_tokens += request.drafts.size();
    stats_.accepted_tokens += accepted;
    stats_.generated_tokens += request.timings.generated_tokens - generated;
    row += slot.rows;
    model_->kv().Truncate(request.kv, before + settled + accepted);
    request.computed = std::max(request.computed, request.kv.length());
    // A prompt that was only to be computed, and is.
    if (slot.rows == 0 && request.pending() == 0) request.End(FinishReason::kLength);
    speculator_.Settle(request, accepted);
    if (options_.prefix_cache && slot.tokens > 1) {
      cache_.Share(request.tokens().first(request.kv.length()), request.kv);
    }
  }
  for (const Slot& slot : slots) {
    if (slot.request->finish()) Finish(TakeLive(slot.request), *slot.request->finish());
  }
}

EngineCore::RequestPtr EngineCore::TakeLive(LiveRequest* request) {
  const auto at =
      std::find_if(live_.begin(), live_.end(), [&](const RequestPtr& r) { return r.get() == request; });
  RequestPtr taken = std::move(*at);
  live_.erase(at);
  return taken;
}

void EngineCore::Finish(RequestPtr request, FinishReason reason, Error error) {
  Suspend(*request);
  if (reason == FinishReason::kCancelled) ++stats_.cancelled_requests;
  request->Complete(reason, std::move(error));
}

EngineStats EngineCore::Stats() const {
  EngineStats stats = stats_;
  stats.live_requests = static_cast<uint32_t>(live_.size());
  stats.queued_requests = static_cast<uint32_t>(queue_.size());
  stats.cached_pages = cache_.pages();
  stats.free_pages = model_->kv().free_pages();
  return stats;
}

}  // namespace espalier
