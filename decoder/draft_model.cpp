#include "decoder/draft_model.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace espalier {

DraftModel::DraftModel(std::unique_ptr<Model> model, bool prefix_cache)
    : model_(std::move(model)), cache_(model_->kv()), use_cache_(prefix_cache) {}

KvSequence DraftModel::Begin(std::span<const TokenId> tokens) {
  return use_cache_ ? cache_.Match(tokens) : KvSequence{};
}

void DraftModel::Settle(KvSequence& kv, uint32_t settled) {
  model_->kv().Truncate(kv, std::min(kv.length(), settled));
}

void DraftModel::End(std::span<const TokenId> tokens, KvSequence kv) {
  if (use_cache_) {
    const auto written = tokens.first(kv.length());
    cache_.Insert(written, std::move(kv));
  } else {
    model_->kv().Free(kv);
  }
}

bool DraftModel::Reserve(KvSequence& kv, uint32_t tokens) {
  if (kv.length() + tokens > model_->hparams().context_length) return false;
  if (model_->kv().Reserve(kv, tokens)) return true;
  cache_.MakeFree(tokens / kKvPageTokens + 2);
  return model_->kv().Reserve(kv, tokens).has_value();
}

Status DraftModel::CatchUp(std::span<DraftJob> jobs, uint32_t chunk_rows, const CancelToken& cancel) {
  std::vector<SequenceChunk> batch;
  for (DraftJob& job : jobs) {
    const auto lag = static_cast<uint32_t>(job.tokens.size()) - job.kv->length();
    if (lag <= chunk_rows) continue;
    job.max_drafts = 0;
    job.failed = !Reserve(*job.kv, chunk_rows);
    if (!job.failed) batch.push_back({job.kv, job.tokens.subspan(job.kv->length(), chunk_rows), 0});
  }
  return batch.empty() ? Status{} : model_->Forward(batch, logits_, cancel);
}

Status DraftModel::Round(std::span<DraftJob* const> jobs, const CancelToken& cancel) {
  std::vector<SequenceChunk> batch;
  std::vector<DraftJob*> running;
  std::vector<std::vector<TokenId>> fed;  // keeps the chunks' tokens in place
  std::vector<DrawRule> rules;
  fed.reserve(jobs.size());
  rules.reserve(jobs.size());
  for (DraftJob* job : jobs) {
    std::vector<TokenId> next(job->tokens.begin(), job->tokens.end());
    next.insert(next.end(), job->drafts.begin(), job->drafts.end());
    next.erase(next.begin(), next.begin() + job->kv->length());
    job->failed = !Reserve(*job->kv, static_cast<uint32_t>(next.size()));
    if (job->failed) continue;
    fed.push_back(std::move(next));
    rules.push_back(job->sampler.Rule(0, model_->hparams().vocab_size));
    batch.push_back({job->kv, fed.back(), 1, {&rules.back(), 1}});
    running.push_back(job);
  }
  if (batch.empty()) return {};
  ESPALIER_RETURN_IF_ERROR(model_->Forward(batch, logits_, cancel));
  for (size_t i = 0; i < running.size(); ++i) Digest(*running[i], i);
  return {};
}

void DraftModel::Digest(DraftJob& job, size_t row) {
  const auto likely_enough = [&](float logprob) { return logprob >= std::log(job.min_probability); };
  const std::span<const Leader> leaders = logits_.leaders(row);
  TokenId token = job.sampler.SampleLeaders(leaders, logits_.vocab_size, {});
  bool sure = true;
  if (token != kNoToken) {
    const auto same = [&](const Leader& leader) { return leader.token == token; };
    const Leader& leader = *std::find_if(leaders.begin(), leaders.end(), same);
    sure = job.min_probability <= 0 || likely_enough(logits_.LogProbability(row, leader));
  } else {
    std::vector<TokenId> history(job.tokens.begin(), job.tokens.end());
    history.insert(history.end(), job.drafts.begin(), job.drafts.end());
    token = job.sampler.Sample(logits_.row(row), history);
    if (token == kNoToken) return;
    sure = job.min_probability <= 0 || likely_enough(LogProbability(logits_.row(row), token));
  }
  job.drafts.push_back(token);
  if (!sure) job.max_drafts = static_cast<uint32_t>(job.drafts.size());
}

Status DraftModel::Draft(std::span<DraftJob> jobs, uint32_t chunk_rows, const CancelToken& cancel) {
  ESPALIER_RETURN_IF_ERROR(CatchUp(jobs, chunk_rows, cancel));
  for (uint32_t round = 0;; ++round) {
    std::vector<DraftJob*> running;
    for (DraftJob& job : jobs) {
      if (!job.failed && job.drafts.size() == round && job.max_drafts > round) running.push_back(&job);
    }
    if (running.empty()) return {};
    ESPALIER_RETURN_IF_ERROR(Round(running, cancel));
  }
}

}  // namespace espalier
