#include "evals/bench/replay_device.h"

#include <algorithm>
#include <span>
#include <utility>

namespace espalier {
namespace {

constexpr float kBestLogit = 20;
constexpr size_t kLastPage = ReplayDevice::kPromptTokens / kKvPageTokens - 1;

void AddOnce(std::vector<TokenId>& tokens, TokenId token) {
  if (tokens.size() < kLeaders && std::ranges::find(tokens, token) == tokens.end()) tokens.push_back(token);
}

}  // namespace

ReplayDevice::ReplayDevice(std::vector<std::vector<TokenId>> texts, uint32_t vocabulary,
                           std::chrono::microseconds pass)
    : texts_(std::move(texts)), vocabulary_(vocabulary), pass_(pass) {
  for (const std::vector<TokenId>& text : texts_) {
    for (size_t i = 0; i + 1 < text.size(); ++i) AddOnce(successors_[text[i]], text[i + 1]);
  }
}

void ReplayDevice::Embed(const BatchPlan& plan) {
  begin_ = std::chrono::steady_clock::now();
  for (const BatchSpan& span : plan.spans) {
    if (span.start < kPromptTokens && span.start + span.rows >= kPromptTokens) NoteText(plan, span);
  }
}

// What comes before the span may be known from a cache.
void ReplayDevice::NoteText(const BatchPlan& plan, const BatchSpan& span) {
  const auto tokens = std::span(plan.tokens).subspan(span.first_row, kPromptTokens - span.start);
  for (size_t text = 0; text < texts_.size(); ++text) {
    const bool same = texts_[text].size() >= kPromptTokens &&
                      std::ranges::equal(std::span(texts_[text]).subspan(span.start, tokens.size()), tokens);
    if (same) text_of_page_[span.sequence->pages()[kLastPage]] = text;
  }
}

size_t ReplayDevice::TextOf(const KvSequence& sequence) const {
  const bool long_enough = sequence.pages().size() > kLastPage;
  const auto found = long_enough ? text_of_page_.find(sequence.pages()[kLastPage]) : text_of_page_.end();
  return found == text_of_page_.end() ? texts_.size() : found->second;
}

void ReplayDevice::Attention(uint32_t /*layer*/, const BatchPlan& /*plan*/, KvCache& /*kv*/) {}
void ReplayDevice::FeedForward(uint32_t /*layer*/, const BatchPlan& /*plan*/) {}

RowSummary ReplayDevice::Foretell(size_t text, TokenId token, uint32_t position) const {
  std::vector<TokenId> tokens;
  if (text < texts_.size() && position + 1 < texts_[text].size() && texts_[text][position] == token) {
    tokens.push_back(texts_[text][position + 1]);
  }
  if (const auto found = successors_.find(token); found != successors_.end()) {
    for (const TokenId next : found->second) AddOnce(tokens, next);
  }
  for (TokenId next = 0; tokens.size() < kLeaders; ++next) AddOnce(tokens, next);
  RowSummary row;
  for (size_t i = 0; i < kLeaders; ++i) row.leaders[i] = {tokens[i], kBestLogit - static_cast<float>(i)};
  row.log_sum = kBestLogit;
  return row;
}

void ReplayDevice::Summarize(const BatchPlan& plan, RowSummary* out) {
  rows_.clear();
  auto span = plan.spans.begin();
  for (const uint32_t row : plan.logits_rows) {
    while (row >= span->first_row + span->rows) ++span;
    rows_.push_back(Foretell(TextOf(*span->sequence), plan.tokens[row], plan.positions[row]));
  }
  std::ranges::copy(rows_, out);
}

void ReplayDevice::FetchLogits(uint32_t row, float* out) {
  std::fill_n(out, vocabulary_, 0.0f);
  for (const Leader& leader : rows_[row].leaders) out[leader.token] = leader.logit;
}

void ReplayDevice::Output(const BatchPlan& plan, float* out) {
  std::vector<RowSummary> summaries(plan.logits_rows.size());
  Summarize(plan, summaries.data());
  for (uint32_t row = 0; row < summaries.size(); ++row) FetchLogits(row, out + size_t{row} * vocabulary_);
}

Status ReplayDevice::Finish() {
  while (std::chrono::steady_clock::now() - begin_ < pass_) {
  }
  return {};
}

}  // namespace espalier
