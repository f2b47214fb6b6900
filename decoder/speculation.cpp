#include "decoder/speculation.h"

#include <algorithm>
#include <utility>

namespace espalier {
namespace {

// A draft model that is not even this sure of a token drafts no further: the rest would be wasted.
constexpr float kMinProbability = 0.5f;

/// Cuts drafts where the request's constraint would refuse them.
void DropRefused(LiveRequest& request) {
  if (request.drafts.empty()) return;
  TokenConstraint* constraint = request.Constraint();
  if (constraint == nullptr) return;
  size_t allowed = 0;
  for (; allowed < request.drafts.size() && constraint->Allows(request.drafts[allowed]); ++allowed) {
    constraint->Accept(request.drafts[allowed]);
  }
  constraint->Rollback(allowed);
  request.drafts.resize(allowed);
}

}  // namespace

Speculator::Speculator(std::unique_ptr<Model> draft_model, const SpeculatorOptions& options)
    : options_(options) {
  if (draft_model) model_.emplace(std::move(draft_model), options.prefix_cache);
}

bool Speculator::UsesModel(const LiveRequest& request) const {
  return model_ && !request.draft_model_off && request.request().speculation.model_draft_tokens > 0;
}

void Speculator::Begin(LiveRequest& request) {
  if (UsesModel(request)) request.draft_kv = model_->Begin(request.Cacheable());
}

void Speculator::End(LiveRequest& request) {
  request.drafts.clear();
  if (model_) model_->End(request.tokens(), std::exchange(request.draft_kv, {}));
}

Speculator::Candidate Speculator::Lookup(const DraftSlot& slot, double row_cost) const {
  LiveRequest& request = *slot.request;
  request.drafts.clear();
  Candidate candidate{slot.request, std::min(slot.rows, request.DraftRoom())};
  const uint32_t longest = std::min(candidate.limit, request.request().speculation.ngram_draft_tokens);
  NgramDraft match = request.ngrams.Draft(longest);
  Offer(candidate, SourceOfMatch(match.match), std::move(match.tokens), row_cost);
  Offer(candidate, DraftSource::kForced, request.ForcedDraft(candidate.limit), row_cost);
  return candidate;
}

/// Takes a draft, or the beginning of it that pays, if that is better than what there is.
void Speculator::Offer(Candidate& candidate, DraftSource source, std::vector<TokenId> draft,
                       double row_cost) const {
  LiveRequest& request = *candidate.request;
  if (options_.adaptive) {
    const DraftChoice choice =
        request.draft_policy.Choose(source, static_cast<uint32_t>(draft.size()), {row_cost, 0});
    if (choice.gain <= candidate.gain) return;
    draft.resize(choice.tokens);
    candidate.gain = choice.gain;
  }
  if (draft.empty()) return;
  request.drafts = std::move(draft);
  request.draft_source = source;
}

uint32_t Speculator::ModelDrafts(const Candidate& candidate, double row_cost) const {
  const LiveRequest& request = *candidate.request;
  const uint32_t longest = std::min(candidate.limit, request.request().speculation.model_draft_tokens);
  if (!options_.adaptive) return request.drafts.empty() ? longest : 0;
  const DraftChoice choice =
      request.draft_policy.Choose(DraftSource::kModel, longest, {row_cost, options_.draft_token_cost});
  return choice.gain > candidate.gain ? choice.tokens : 0;
}

void Speculator::RunModel(std::span<const Candidate> candidates, double row_cost, uint32_t chunk_rows,
                          const CancelToken& cancel) {
  std::vector<DraftJob> jobs;
  std::vector<LiveRequest*> requests;
  for (const Candidate& candidate : candidates) {
    LiveRequest& request = *candidate.request;
    if (!UsesModel(request)) continue;
    const float min_probability = options_.adaptive ? kMinProbability : 0.0f;
    jobs.push_back({request.tokens(),
                    &request.draft_kv,
                    request.sampler,
                    ModelDrafts(candidate, row_cost),
                    min_probability,
                    {},
                    false});
    requests.push_back(&request);
  }
  if (jobs.empty()) return;
  // An error (a cancelled step, say) costs drafts, not the request: the main model decides alone.
  if (!model_->Draft(jobs, chunk_rows, cancel)) return;
  for (size_t i = 0; i < jobs.size(); ++i) {
    requests[i]->draft_model_off = jobs[i].failed;
    if (jobs[i].drafts.empty()) continue;
    requests[i]->drafts = std::move(jobs[i].drafts);
    requests[i]->draft_source = DraftSource::kModel;
  }
}

void Speculator::Draft(std::span<const DraftSlot> slots, double row_cost, uint32_t chunk_rows,
                       const CancelToken& cancel) {
  std::vector<Candidate> candidates;
  for (const DraftSlot& slot : slots) candidates.push_back(Lookup(slot, row_cost));
  if (model_) RunModel(candidates, row_cost, chunk_rows, cancel);
  for (const DraftSlot& slot : slots) DropRefused(*slot.request);
}

void Speculator::Settle(LiveRequest& request, uint32_t accepted) {
  const auto drafted = static_cast<uint32_t>(request.drafts.size());
  if (drafted > 0) {
    request.draft_policy.Record(request.draft_source, drafted, accepted);
  } else {
    request.draft_policy.RecordNone();
  }
  Drop(request);
}

void Speculator::Drop(LiveRequest& request) {
  request.drafts.clear();
  // The last token was drawn just now and is in nobody's cache yet.
  if (model_) model_->Settle(request.draft_kv, static_cast<uint32_t>(request.tokens().size()) - 1);
}

}  // namespace espalier
