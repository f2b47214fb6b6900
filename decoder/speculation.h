// Speculative decoding (Leviathan et al. 2023): guesses the next tokens of each decoding request, by
// n-gram lookup, by what the constraint says must come or by the draft model, whichever promises more, and
// leaves them in
// LiveRequest::drafts for the main model to verify together with its next row. Verification draws each
// token as if there were no draft and keeps drafts as long as they agree, so drafts never change what
// comes out. Not thread-safe: engine thread only.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "decoder/draft_model.h"
#include "decoder/live_request.h"

namespace espalier {

/// A decoding request and the rows it may use for drafts in this step.
struct DraftSlot {
  LiveRequest* request = nullptr;
  uint32_t rows = 0;
};

struct SpeculatorOptions {
  bool prefix_cache = true;
  bool adaptive = true;         ///< weigh the length of drafts by cost and record
  double draft_token_cost = 0;  ///< a draft model step in units of a main model step
};

class Speculator {
 public:
  Speculator(std::unique_ptr<Model> draft_model, const SpeculatorOptions& options);

  /// A request starts to run.
  void Begin(LiveRequest& request);
  /// Fills in drafts. `row_cost`: see DraftCosts; `chunk_rows`: prefill rows a step for the draft model.
  void Draft(std::span<const DraftSlot> slots, double row_cost, uint32_t chunk_rows,
             const CancelToken& cancel);
  /// The request's drafts were verified, `accepted` of them were right.
  void Settle(LiveRequest& request, uint32_t accepted);
  /// The request's drafts were not looked at, because its step did not take place.
  void Drop(LiveRequest& request);
  /// A request stops to run.
  void End(LiveRequest& request);

 private:
  struct Candidate {
    LiveRequest* request;
    uint32_t limit;     // drafts that are of use
    double gain = 1.0;  // of the best draft so far
  };
  bool UsesModel(const LiveRequest& request) const;
  Candidate Lookup(const DraftSlot& slot, double row_cost) const;
  void Offer(Candidate& candidate, DraftSource source, std::vector<TokenId> draft, double row_cost) const;
  uint32_t ModelDrafts(const Candidate& candidate, double row_cost) const;
  void RunModel(std::span<const Candidate> candidates, double row_cost, uint32_t chunk_rows,
                const CancelToken& cancel);

  SpeculatorOptions options_;
  std::optional<DraftModel> model_;
};

}  // namespace espalier
