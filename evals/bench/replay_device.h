// A stand-in for a device of which only the speed is known: it computes nothing, takes a given time for each
// pass, and foretells the tokens of given texts. With it the engine's own work, which a real device would
// wait for or run beside, is timed on any machine.
#pragma once

#include <chrono>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "model/backend.h"

namespace espalier {

class ReplayDevice final : public Backend {
 public:
  static constexpr uint32_t kPromptTokens = 160;

  /// Sequences are expected to have prompts of at least kPromptTokens, computed in one go but for what is
  /// cached, with which one text begins and no other. `pass` is the time from the beginning of a pass to its
  /// end.
  ReplayDevice(std::vector<std::vector<TokenId>> texts, uint32_t vocabulary, std::chrono::microseconds pass);

  std::string_view name() const override { return "replay"; }
  int threads() const override { return 1; }
  size_t weight_bytes() const override { return 1; }
  uint32_t max_rows() const override { return 512; }
  void Embed(const BatchPlan& plan) override;
  void Attention(uint32_t layer, const BatchPlan& plan, KvCache& kv) override;
  void FeedForward(uint32_t layer, const BatchPlan& plan) override;
  void Output(const BatchPlan& plan, float* out) override;
  bool keeps_logits() const override { return true; }
  void Summarize(const BatchPlan& plan, RowSummary* out) override;
  void FetchLogits(uint32_t row, float* out) override;
  Status Finish() override;
  bool keeps_pages() const override { return true; }

 private:
  void NoteText(const BatchPlan& plan, const BatchSpan& span);
  size_t TextOf(const KvSequence& sequence) const;
  RowSummary Foretell(size_t text, TokenId token, uint32_t position) const;

  const std::vector<std::vector<TokenId>> texts_;
  const uint32_t vocabulary_;
  const std::chrono::microseconds pass_;
  std::unordered_map<TokenId, std::vector<TokenId>> successors_;  // of a token, somewhere in the texts
  std::unordered_map<uint32_t, size_t> text_of_page_;             // by the prompt's last page
  std::vector<RowSummary> rows_;                                  // of this pass
  std::chrono::steady_clock::time_point begin_;                   // of this pass
};

}  // namespace espalier
