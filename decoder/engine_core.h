// The engine without its thread: queue, live requests, caches, and Step(), which does one forward pass
// for all of them. Everything here runs on one thread at a time; Engine (engine.cpp) provides it.
//
// Pages: a request reserves pages step by step. When none is free, the prefix cache gives some up; when
// it has none, the request that ranks lowest (class, then arrival) goes back to the queue, and its
// pages to the prefix cache. The request that ranks highest can therefore always go on: no deadlock.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "decoder/engine.h"
#include "decoder/live_request.h"
#include "decoder/prefix_cache.h"
#include "decoder/scheduler.h"
#include "decoder/speculation.h"
#include "decoder/step_pace.h"

namespace espalier {

class EngineCore {
 public:
  EngineCore(std::unique_ptr<Model> model, const EngineOptions& options, std::unique_ptr<Model> draft);
  ~EngineCore();

  /// Takes a request in. An invalid one is completed by the next Step. REQUIRES: ids rise.
  void Enqueue(std::unique_ptr<LiveRequest> request) { queue_.push_back(std::move(request)); }
  bool HasWork() const { return !queue_.empty() || !live_.empty(); }
  /// How many requests wait to be enqueued; any thread may say so, also during Step.
  void SetArrivals(size_t count) { arrivals_ = count; }
  /// Completes what was given up or ran out of time, lets waiting requests in, and runs one pass.
  void Step();
  /// Completes every request as cancelled.
  void CancelAll();

  const Model& model() const { return *model_; }
  const RequestContext& context() const { return context_; }
  EngineStats Stats() const;

 private:
  using RequestPtr = std::unique_ptr<LiveRequest>;
  /// A request's part in the forward pass.
  struct Slot {
    LiveRequest* request;
    uint32_t tokens;              // known ones in input
    uint32_t rows;                // of logits
    std::vector<TokenId> input;   // known tokens, then drafts
    std::vector<DrawRule> draws;  // of the rows
  };

  // engine_core.cpp: one step.
  void RunStep();
  void Reap();
  std::vector<RowGrant> Plan();
  CancelToken AllGivenUp(std::span<const RowGrant> grants) const;
  void Draft(std::span<const RowGrant> grants, const CancelToken& cancel);
  Status Run(std::span<const Slot> slots, const CancelToken& cancel);
  void Abort(std::span<const Slot> slots, const Error& error);
  void Deliver(std::span<const Slot> slots);
  RequestPtr TakeLive(LiveRequest* request);
  void Finish(RequestPtr request, FinishReason reason, Error error = {});

  // engine_admission.cpp: who has which pages.
  void Admit();
  bool Start(RequestPtr& waiting);
  bool EverybodyFits() const;
  void CountCached(LiveRequest& request);
  void TakeOverSharedPrefixes();
  std::vector<Slot> Reserve(std::span<const RowGrant> grants);
  std::vector<Slot> ReserveForBest();
  Slot SlotFor(LiveRequest& request, uint32_t tokens) const;
  bool ReservePages(LiveRequest& request, uint32_t tokens);
  LiveRequest* Lowest() const;
  bool PutBackOneBelow(const LiveRequest& request);
  bool PutBackOneOfLowerClass(const LiveRequest& request);
  void PutBack(LiveRequest* request);
  void Suspend(LiveRequest& request);
  ScheduleEntry EntryOf(const LiveRequest& request) const;

  std::unique_ptr<Model> model_;
  EngineOptions options_;
  TokenPrefixIndex prefix_index_;
  RequestContext context_;
  PrefixCache cache_;
  Speculator speculator_;
  Scheduler scheduler_;
  StepPace pace_;
  std::vector<RequestPtr> queue_, live_;
  Logits logits_;
  EngineStats stats_;
  std::atomic<size_t> arrivals_ = 0;
};

}  // namespace espalier
