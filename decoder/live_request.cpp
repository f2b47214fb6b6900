#include "decoder/live_request.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace espalier {
namespace {

constexpr size_t kTokenBytes = 5;  // of forced text, about

double Milliseconds(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

bool InRange(std::span<const TokenId> tokens, uint32_t vocab_size) {
  return std::all_of(tokens.begin(), tokens.end(),
                     [&](TokenId id) { return id >= 0 && static_cast<uint32_t>(id) < vocab_size; });
}

Status CheckSampling(const SamplingOptions& sampling) {
  const auto wrong = [](const char* field, float value, const char* range) {
    return Fail(ErrorCode::kInvalidArgument,
                std::string("sampling: ") + field + " is " + std::to_string(value) + ", not in " + range);
  };
  // Written so that NaN is refused, too.
  if (!(sampling.temperature >= 0 && sampling.temperature <= 100))
    return wrong("temperature", sampling.temperature, "[0, 100]");
  if (!(sampling.top_p > 0 && sampling.top_p <= 1)) return wrong("top_p", sampling.top_p, "(0, 1]");
  if (!(sampling.min_p >= 0 && sampling.min_p <= 1)) return wrong("min_p", sampling.min_p, "[0, 1]");
  if (!(sampling.repetition_penalty > 0 && sampling.repetition_penalty <= 100))
    return wrong("repetition_penalty", sampling.repetition_penalty, "(0, 100]");
  return {};
}

}  // namespace

LiveRequest::LiveRequest(RequestId id, GenerateRequest request, std::function<void(GenerateResult)> done,
                         const RequestContext& context)
    : ngrams(request.speculation.ngram_min_match),
      sampler(request.sampling),
      id_(id),
      request_(std::move(request)),
      context_(context),
      done_(std::move(done)),
      tokens_(request_.prompt),
      emitted_(static_cast<uint32_t>(request_.prompt.size())),
      text_(*context.tokenizer, request_.stop_strings, request_.forced_text.size()) {
  ForcedPlan forced = PlanForcedText(*context.tokenizer, *context.prefix_index, request_.forced_text);
  tokens_.insert(tokens_.end(), forced.certain.begin(), forced.certain.end());
  open_forced_ = std::move(forced.open);
  timings.prompt_tokens = static_cast<uint32_t>(tokens_.size());
  valid_ = Validate(context);
  if (!valid_ || request_.speculation.ngram_draft_tokens == 0) return;
  ngrams.AddLookup(request_.lookup);
  ngrams.Append(tokens_);
}

Status LiveRequest::Validate(const RequestContext& context) const {
  if (request_.prompt.empty()) return Fail(ErrorCode::kInvalidArgument, "the prompt has no tokens");
  if (!InRange(request_.prompt, context.vocab_size))
    return Fail(ErrorCode::kInvalidArgument, "the prompt has a token id outside the vocabulary");
  if (!InRange(request_.lookup, context.vocab_size))
    return Fail(ErrorCode::kInvalidArgument, "the lookup text has a token id outside the vocabulary");
  ESPALIER_RETURN_IF_ERROR(CheckSampling(request_.sampling));
  if (tokens_.size() <= context.max_tokens) return {};
  return Fail(ErrorCode::kResourceExhausted,
              "the prompt has " + std::to_string(tokens_.size()) + " tokens, the context holds " +
                  std::to_string(context.max_tokens) + ": shorten the prompt or enlarge the context");
}

bool LiveRequest::MarkAdmitted() {
  if (admitted_ != Clock::time_point{}) return false;
  admitted_ = Clock::now();
  return true;
}

std::span<const TokenId> LiveRequest::Cacheable() const {
  const std::span<const TokenId> known = tokens_;
  const size_t computed_anyway = request_.logprobs ? emitted_ : known.size();
  return known.first(std::min(computed_anyway, known.size()) - 1);
}

uint32_t LiveRequest::LogitsRows(uint32_t rows) const {
  if (request_.max_tokens == 0 && open_forced_.empty()) return 0;
  const uint32_t end = kv.length() + rows;
  if (request_.logprobs) return std::min(rows, end >= emitted_ ? end - emitted_ + 1 : 0);
  return end == tokens_.size() ? 1 : 0;
}

std::vector<DrawRule> LiveRequest::DrawRules(uint32_t tokens, uint32_t rows) const {
  std::vector<DrawRule> rules;
  const size_t first = kv.length() + tokens - rows + 1;  // position that the first row foretells
  for (size_t position = first; position < first + rows; ++position) {
    // Rows of known tokens are not drawn from.
    const size_t ahead = position < tokens_.size() ? 0 : position - tokens_.size();
    rules.push_back(sampler.Rule(ahead, Vocabulary()));
  }
  return rules;
}

uint32_t LiveRequest::DraftRoom() const {
  if (!open_forced_.empty() || pending() != 1) return 0;
  const auto length = static_cast<uint32_t>(tokens_.size());
  const uint32_t tokens_left = request_.max_tokens - std::min(request_.max_tokens, timings.generated_tokens);
  return std::min(tokens_left > 0 ? tokens_left - 1 : 0, context_.max_tokens - length);
}

TokenConstraint* LiveRequest::Constraint() {
  for (const TokenId token : untold_) request_.constraint->Accept(token);
  untold_.clear();
  return request_.constraint.get();
}

std::vector<TokenId> LiveRequest::ForcedDraft(uint32_t most) {
  most = std::min(most, request_.speculation.forced_draft_tokens);
  if (request_.constraint == nullptr || most == 0) return {};
  std::vector<TokenId> draft = context_.tokenizer->Encode(Constraint()->Forced(most * kTokenBytes));
  if (draft.size() > most) draft.resize(most);
  return draft;
}

bool LiveRequest::EndsGeneration(TokenId token) {
  const auto& stops = request_.stop_tokens;
  if (std::find(stops.begin(), stops.end(), token) != stops.end()) {
    End(FinishReason::kStopToken);
  } else if (context_.tokenizer->IsEndOfGeneration(token)) {
    End(FinishReason::kEndToken);
  }
  return finish_.has_value();
}

bool LiveRequest::OutOfTokens() const {
  const bool spent = open_forced_.empty() && timings.generated_tokens >= request_.max_tokens;
  return spent || tokens_.size() > context_.max_tokens;
}

TokenId LiveRequest::SampleOpenForced(std::span<const float> logits) {
  masked_logits_.assign(logits.size(), -std::numeric_limits<float>::infinity());
  for (const TokenId token : context_.prefix_index->Compatible(open_forced_)) {
    if (static_cast<size_t>(token) < logits.size()) masked_logits_[token] = logits[token];
  }
  return SampleNext(masked_logits_);
}

TokenFilter LiveRequest::Filter() {
  TokenConstraint* constraint = Constraint();
  if (constraint == nullptr) return {};
  return [constraint](TokenId token) { return constraint->Allows(token); };
}

TokenId LiveRequest::SampleNext(std::span<const float> logits) {
  return sampler.Sample(logits, tokens_, Filter());
}

void LiveRequest::Append(TokenId token, std::span<const float> logits) {
  const size_t bytes = context_.tokenizer->TokenBytes(token).size();
  if (bytes > open_forced_.size() || open_forced_.empty()) ++timings.generated_tokens;
  open_forced_.erase(0, bytes);
  tokens_.push_back(token);
  if (request_.speculation.ngram_draft_tokens > 0) ngrams.Append(token);
  Emit(token, logits);
}

void LiveRequest::Emit(TokenId token, std::span<const float> logits) {
  ++emitted_;
  result_.tokens.push_back(token);
  if (request_.constraint) {
    untold_.push_back(token);
    if (!request_.constraint->may_lag()) CatchUp();
  }
  std::string text = text_.Push(token);
  if (text_.stopped()) {
    End(FinishReason::kStopString);
  } else if (emitted_ == tokens_.size() && OutOfTokens()) {
    End(FinishReason::kLength);
    text += FinishText();
  }
  Tell(token, text, logits);
}

void LiveRequest::Tell(TokenId token, std::string_view text, std::span<const float> logits) {
  TokenEvent event{token, text, 0.0f, {}};
  if (request_.logprobs && !logits.empty()) event.logprob = LogProbability(logits, token);
  if (request_.logprobs) result_.logprobs.push_back(event.logprob);
  if (request_.top_logprobs > 0 && !logits.empty()) event.top = TopLogprobs(logits, request_.top_logprobs);
  if (!request_.on_token) return;
  const StreamControl control = request_.on_token(event);
  if (control == StreamControl::kStop && !finish_) End(FinishReason::kCallback);
}

uint32_t LiveRequest::Digest(const Logits& logits, size_t first_row, uint32_t rows) {
  const size_t known = tokens_.size();
  const size_t vocab = Vocabulary();
  uint32_t accepted = 0;
  for (uint32_t i = 0; i < rows && !finish_; ++i) {
    const auto row = [&, r = first_row + i] { return logits.row(r).first(vocab); };
    const std::span<const float> shown =
        request_.logprobs || request_.top_logprobs > 0 ? row() : std::span<const float>();
    const size_t position = kv.length() - rows + i + 1;  // that this row foretells
    if (position < known) {
      if (position == emitted_) Emit(tokens_[position], shown);
      continue;
    }
    while (emitted_ < known && !finish_) Emit(tokens_[emitted_], {});
    if (finish_) break;
    if (prefilled_ == Clock::time_point{}) prefilled_ = Clock::now();
    TokenId next = kNoToken;
    if (open_forced_.empty()) next = sampler.SampleLeaders(logits.leaders(first_row + i), vocab, Filter());
    if (next == kNoToken) next = open_forced_.empty() ? SampleNext(row()) : SampleOpenForced(row());
    if (next == kNoToken) End(FinishReason::kNothingAllowed);
    if (finish_ || EndsGeneration(next)) break;
    const size_t draft = position - known;
    const bool as_drafted = draft < drafts.size() && drafts[draft] == next;
    Append(next, shown);
    if (!as_drafted) break;
    ++accepted;
  }
  timings.drafted_tokens += static_cast<uint32_t>(drafts.size());
  timings.accepted_tokens += accepted;
  return accepted;
}

// What a constraint allows is whole code points in the end.
std::string LiveRequest::FinishText() { return text_.Finish(request_.constraint == nullptr); }

void LiveRequest::SetTimes(Clock::time_point now) {
  const bool admitted = admitted_ != Clock::time_point{};
  const bool prefilled = prefilled_ != Clock::time_point{};
  timings.queue_ms = Milliseconds(submitted_, admitted ? admitted_ : now);
  if (admitted) timings.prefill_ms = Milliseconds(admitted_, prefilled ? prefilled_ : now);
  if (prefilled) {
    timings.decode_ms = Milliseconds(prefilled_, now);
    timings.time_to_first_token_ms = Milliseconds(submitted_, prefilled_);
  }
  timings.total_ms = Milliseconds(submitted_, now);
}

void LiveRequest::Complete(FinishReason reason, Error error) {
  const std::string rest = FinishText();
  const bool wanted = reason != FinishReason::kCancelled && reason != FinishReason::kError &&
                      reason != FinishReason::kCallback;
  if (wanted && !rest.empty() && request_.on_token) request_.on_token({kNoToken, rest, 0.0f, {}});
  CatchUp();
  SetTimes(Clock::now());
  result_.text = text_.text();
  result_.finish = reason;
  result_.error = std::move(error);
  result_.timings = timings;
  done_(std::move(result_));
}

}  // namespace espalier
