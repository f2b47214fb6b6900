#include "model/cpu/attention_plan.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace espalier {
namespace {

// Rows of a tile share the conversion of keys to float; more would only enlarge the scratch.
constexpr uint32_t kTileOfRows = 8;

// Fewer keys than this a part are not worth a merge.
constexpr uint32_t kMinKeysPerPart = 256;

uint32_t LongestSpan(const BatchPlan& plan) {
  uint32_t longest = 0;
  for (const BatchSpan& span : plan.spans) longest = std::max(longest, span.start + span.rows);
  return longest;
}

}  // namespace

AttentionPlan::AttentionPlan(const HyperParameters& hparams, const BatchPlan& plan, KvCache& kv,
                             uint32_t layer, int threads)
    : h_(hparams),
      plan_(plan),
      keys_(kv.KeyPage(layer, 0)),
      values_(kv.ValuePage(layer, 0)),
      page_stride_(kv.page_bytes() / hparams.n_layers),
      type_(kv.type()),
      group_(hparams.n_heads / hparams.n_kv_heads) {
  uint32_t tiles = 0;
  for (const BatchSpan& span : plan.spans) tiles += (span.rows + kTileOfRows - 1) / kTileOfRows;
  const uint32_t whole = tiles * h_.n_kv_heads;
  if (whole > 0 && whole < static_cast<uint32_t>(threads)) {
    const uint32_t wanted = (static_cast<uint32_t>(threads) + whole - 1) / whole;
    parts_ = std::clamp(LongestSpan(plan) / kMinKeysPerPart, 1u, wanted);
  }
  for (uint32_t s = 0; s < plan.spans.size(); ++s) {
    // Later tiles see more keys and go first, so that the loop ends evenly.
    const uint32_t rows = plan.spans[s].rows;
    for (uint32_t tile = (rows + kTileOfRows - 1) / kTileOfRows; tile-- > 0;) {
      const uint32_t first = tile * kTileOfRows, count = std::min(kTileOfRows, rows - first);
      for (uint32_t head = 0; head < h_.n_kv_heads; ++head) {
        for (uint32_t part = 0; part < parts_; ++part) tasks_.push_back({s, head, first, count, part});
      }
    }
  }
  if (parts_ > 1) partials_.resize(size_t{plan.rows()} * h_.n_heads * parts_ * (h_.head_dim + 2));
}

void AttentionPlan::KeyRange(const Task& task, uint32_t& begin, uint32_t& end) const {
  const BatchSpan& span = plan_.spans[task.span];
  const uint32_t keys = span.start + task.first_row + task.rows;
  const uint32_t pages = (keys + kKvPageTokens - 1) / kKvPageTokens;
  const uint32_t pages_per_part = (pages + parts_ - 1) / parts_;
  begin = std::min(task.part * pages_per_part * kKvPageTokens, keys);
  end = std::min(begin + pages_per_part * kKvPageTokens, keys);
}

void AttentionPlan::Run(size_t index, const CpuKernels& kernels, const float* queries,
                        AttentionScratch& scratch, const QuantRows& attended) const {
  const Task& task = tasks_[index];
  const BatchSpan& span = plan_.spans[task.span];
  const uint32_t vectors = task.rows * group_;
  scratch.out.Reserve(size_t{vectors} * h_.head_dim * sizeof(float));
  scratch.queries.resize(vectors);
  scratch.visible.resize(vectors);
  scratch.max.resize(vectors);
  scratch.sum.resize(vectors);
  for (uint32_t r = 0; r < task.rows; ++r) {
    const size_t row = span.first_row + task.first_row + r;
    for (uint32_t g = 0; g < group_; ++g) {
      scratch.queries[r * group_ + g] =
          queries + row * h_.q_dim() + (task.kv_head * group_ + g) * h_.head_dim;
      scratch.visible[r * group_ + g] = span.start + task.first_row + r + 1;
    }
  }
  AttentionTask work;
  work.queries = scratch.queries.data();
  work.visible = scratch.visible.data();
  work.vectors = vectors;
  KeyRange(task, work.key_begin, work.key_end);
  work.pages = span.sequence->pages().data();
  work.keys = keys_;
  work.values = values_;
  work.page_stride = page_stride_;
  work.kv_head = task.kv_head;
  work.n_kv_heads = h_.n_kv_heads;
  work.head_dim = h_.head_dim;
  work.type = type_;
  work.out = scratch.out.as<float>();
  work.max = scratch.max.data();
  work.sum = scratch.sum.data();
  kernels.attend(work);
  if (parts_ == 1) return Normalize(task, kernels, scratch, attended);
  KeepPartial(task, scratch);
}

void AttentionPlan::Normalize(const Task& task, const CpuKernels& kernels, const AttentionScratch& scratch,
                              const QuantRows& attended) const {
  const auto* out = reinterpret_cast<const float*>(scratch.out.data());
  const size_t width = size_t{group_} * h_.head_dim, first_column = task.kv_head * width;
  for (uint32_t r = 0; r < task.rows; ++r) {
    const size_t row = plan_.spans[task.span].first_row + task.first_row + r;
    float* x = attended.x + row * attended.cols + first_column;
    for (uint32_t g = 0; g < group_; ++g) {
      const uint32_t v = r * group_ + g;
      const float scale = 1.0f / scratch.sum[v];
      for (uint32_t d = 0; d < h_.head_dim; ++d)
        x[g * h_.head_dim + d] = out[size_t{v} * h_.head_dim + d] * scale;
    }
    if (!needs_finish()) {
      kernels.quantize(x, attended, row, first_column / kQuantBlock, (first_column + width) / kQuantBlock);
    }
  }
}

float* AttentionPlan::Partial(size_t row, uint32_t head, uint32_t part) const {
  return partials_.data() + ((row * h_.n_heads + head) * parts_ + part) * (h_.head_dim + 2);
}

void AttentionPlan::KeepPartial(const Task& task, const AttentionScratch& scratch) const {
  for (uint32_t v = 0; v < task.rows * group_; ++v) {
    const size_t row = plan_.spans[task.span].first_row + task.first_row + v / group_;
    float* partial = Partial(row, task.kv_head * group_ + v % group_, task.part);
    partial[0] = scratch.max[v];
    partial[1] = scratch.sum[v];
    std::memcpy(partial + 2, reinterpret_cast<const float*>(scratch.out.data()) + size_t{v} * h_.head_dim,
                h_.head_dim * sizeof(float));
  }
}

void AttentionPlan::FinishRow(size_t row, const CpuKernels& kernels, const QuantRows& attended) const {
  if (parts_ > 1) Merge(row, attended);
  kernels.quantize(attended.x + row * attended.cols, attended, row, 0, attended.blocks);
}

void AttentionPlan::Merge(size_t row, const QuantRows& attended) const {
  for (uint32_t head = 0; head < h_.n_heads; ++head) {
    float best = Partial(row, head, 0)[0], total = 0;
    for (uint32_t part = 1; part < parts_; ++part) best = std::max(best, Partial(row, head, part)[0]);
    float* out = attended.x + row * attended.cols + size_t{head} * h_.head_dim;
    std::fill_n(out, h_.head_dim, 0.0f);
    for (uint32_t part = 0; part < parts_; ++part) {
      const float* partial = Partial(row, head, part);
      const float weight = std::exp(partial[0] - best);
      total += weight * partial[1];
      for (uint32_t d = 0; d < h_.head_dim; ++d) out[d] += weight * partial[2 + d];
    }
    for (uint32_t d = 0; d < h_.head_dim; ++d) out[d] /= total;
  }
}

}  // namespace espalier
