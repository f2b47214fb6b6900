// The parts of EngineCore that share out the KV pages: who may run, who must wait, who gives way.
#include <algorithm>
#include <utility>

#include "decoder/engine_core.h"

namespace espalier {
namespace {

constexpr uint32_t kHeadroomTokens = 8;  // a step's drafts and the token after them

uint32_t PagesFor(size_t tokens) {
  return static_cast<uint32_t>((tokens + kKvPageTokens - 1) / kKvPageTokens);
}

}  // namespace

ScheduleEntry EngineCore::EntryOf(const LiveRequest& request) const {
  return {request.request().priority, request.id(), request.last_step, request.tokens(), request.kv.length()};
}

void EngineCore::Suspend(LiveRequest& request) {
  speculator_.Drop(request);
  speculator_.End(request);
  KvSequence kv = std::exchange(request.kv, {});
  if (options_.prefix_cache) {
    const auto written = request.tokens().first(kv.length());
    cache_.Insert(written, std::move(kv));
  } else {
    model_->kv().Free(kv);
  }
}

void EngineCore::PutBack(LiveRequest* request) {
  Suspend(*request);
  queue_.push_back(TakeLive(request));
}

LiveRequest* EngineCore::Lowest() const {
  const auto lowest = std::max_element(live_.begin(), live_.end(), [&](const auto& a, const auto& b) {
    return OutRanks(EntryOf(*a), EntryOf(*b));
  });
  return lowest == live_.end() ? nullptr : lowest->get();
}

bool EngineCore::PutBackOneBelow(const LiveRequest& request) {
  LiveRequest* lowest = Lowest();
  if (!OutRanks(EntryOf(request), EntryOf(*lowest))) return false;
  PutBack(lowest);
  return true;
}

bool EngineCore::PutBackOneOfLowerClass(const LiveRequest& request) {
  LiveRequest* lowest = Lowest();
  if (lowest == nullptr || lowest->request().priority <= request.request().priority) return false;
  PutBack(lowest);
  return true;
}

// Whether the tokens known so far of all live requests fit; what they will generate is not counted:
// if it comes to that, the lowest gives way.
bool EngineCore::EverybodyFits() const {
  std::vector<bool> held(model_->kv().total_pages(), false);
  size_t wanted = 0;
  for (const RequestPtr& request : live_) {
    for (const uint32_t page : request->kv.pages()) held[page] = true;
    const size_t all = PagesFor(request->tokens().size() + kHeadroomTokens);
    wanted += all - std::min(all, request->kv.pages().size());
  }
  return wanted + std::count(held.begin(), held.end(), true) <= held.size();
}

bool EngineCore::Start(RequestPtr& waiting) {
  while (live_.size() >= options_.max_live_requests) {
    if (!PutBackOneOfLowerClass(*waiting)) return false;
  }
  if (options_.prefix_cache) waiting->kv = cache_.Match(waiting->Cacheable());
  LiveRequest* request = waiting.get();
  live_.push_back(std::move(waiting));
  while (live_.size() > 1 && !EverybodyFits()) {
    if (PutBackOneOfLowerClass(*request)) continue;
    waiting = TakeLive(request);
    model_->kv().Free(waiting->kv);
    return false;
  }
  CountCached(*request);
  if (request->MarkAdmitted()) stats_.prompt_tokens += request->timings.prompt_tokens;
  speculator_.Begin(*request);
  return true;
}

void EngineCore::Admit() {
  while (!queue_.empty()) {
    const auto best = std::min_element(queue_.begin(), queue_.end(), [&](const auto& a, const auto& b) {
      return OutRanks(EntryOf(*a), EntryOf(*b));
    });
    RequestPtr waiting = std::move(*best);
    queue_.erase(best);
    if (Start(waiting)) continue;
    queue_.push_back(std::move(waiting));
    return;
  }
}

// Counts tokens that the request has and never computed itself.
void EngineCore::CountCached(LiveRequest& request) {
  const uint32_t fresh = request.kv.length() - std::min(request.kv.length(), request.computed);
  request.timings.cached_tokens += fresh;
  stats_.cached_tokens += fresh;
  request.computed += fresh;
}

void EngineCore::TakeOverSharedPrefixes() {
  for (const RequestPtr& request : live_) {
    if (request->pending() <= kKvPageTokens) continue;
    if (cache_.MatchLength(request->Cacheable()) < request->kv.length() + kKvPageTokens) continue;
    KvSequence longer = cache_.Match(request->Cacheable());
    if (longer.length() > request->kv.length()) std::swap(request->kv, longer);
    model_->kv().Free(longer);
    CountCached(*request);
  }
}

bool EngineCore::ReservePages(LiveRequest& request, uint32_t tokens) {
  KvCache& kv = model_->kv();
  while (!kv.Reserve(request.kv, tokens)) {
    const auto held = static_cast<uint32_t>(request.kv.pages().size());
    // One more than is missing: a last page that is shared has to be copied.
    cache_.MakeFree(PagesFor(request.kv.length() + tokens) - held + 1);
    if (kv.Reserve(request.kv, tokens)) return true;
    if (!PutBackOneBelow(request)) return false;
  }
  return true;
}

EngineCore::Slot EngineCore::SlotFor(LiveRequest& request, uint32_t tokens) const {
  const auto known = request.tokens().subspan(request.kv.length(), tokens);
  Slot slot{&request, tokens, request.LogitsRows(tokens), {known.begin(), known.end()}, {}};
  slot.input.insert(slot.input.end(), request.drafts.begin(), request.drafts.end());
  slot.rows += static_cast<uint32_t>(request.drafts.size());
  slot.draws = request.DrawRules(static_cast<uint32_t>(slot.input.size()), slot.rows);
  return slot;
}

std::vector<EngineCore::Slot> EngineCore::Reserve(std::span<const RowGrant> grants) {
  struct Claim {
    LiveRequest* request;
    uint32_t tokens;
  };
  std::vector<Claim> claims;
  for (const RowGrant& grant : grants) claims.push_back({live_[grant.entry].get(), grant.tokens});
  // Best first: then those who have to give way have not been served yet.
  std::sort(claims.begin(), claims.end(), [&](const Claim& a, const Claim& b) {
    return OutRanks(EntryOf(*a.request), EntryOf(*b.request));
  });
  std::vector<Slot> slots;
  for (const auto& [request, tokens] : claims) {
    const bool live =
        std::any_of(live_.begin(), live_.end(), [r = request](const auto& l) { return l.get() == r; });
    if (!live) continue;
    const auto drafts = static_cast<uint32_t>(request->drafts.size());
    bool reserved = ReservePages(*request, tokens + drafts);
    if (!reserved && drafts > 0) {
      speculator_.Drop(*request);
      reserved = ReservePages(*request, tokens);
    }
    if (reserved) slots.push_back(SlotFor(*request, tokens));
  }
  return slots;
}

std::vector<EngineCore::Slot> EngineCore::ReserveForBest() {
  const auto best = std::min_element(live_.begin(), live_.end(), [&](const auto& a, const auto& b) {
    return OutRanks(EntryOf(*a), EntryOf(*b));
  });
  LiveRequest& request = **best;
  speculator_.Drop(request);
  const uint32_t tokens = std::min(request.pending(), pace_.PrefillRows(false));
  if (ReservePages(request, tokens)) return {SlotFor(request, tokens)};
  Finish(TakeLive(&request), FinishReason::kError,
         {ErrorCode::kResourceExhausted, "the KV cache has no room for one more page of this request"});
  return {};
}

}  // namespace espalier
