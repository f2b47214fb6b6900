#include <algorithm>
#include <cstring>

#include "model/cuda/batch_upload.cuh"

namespace espalier::cuda {

// In words of 32 bits: tokens, positions, first pages, angles, rows of logits, page lists.
void BatchUpload::Send(Stream& stream, const BatchPlan& plan, const Rope& rope) {
  const size_t rows = plan.rows(), half = rope.frequencies();
  size_t pages = 0;
  for (const BatchSpan& span : plan.spans) pages += span.sequence->pages().size();
  const size_t words = rows * (3 + 2 * half) + plan.logits_rows.size() + pages;
  stream.Note(host_.Reserve(words));
  stream.Note(device_.Reserve(words));
  if (host_.count() < words || device_.count() < words) return;

  uint32_t* next = host_.data();
  const auto take = [&](size_t count) { return std::exchange(next, next + count); };
  const auto on_device = [&](const uint32_t* place) { return device_.data() + (place - host_.data()); };
  uint32_t* tokens = take(rows);
  uint32_t* positions = take(rows);
  uint32_t* first_page = take(rows);
  auto* cosines = reinterpret_cast<float*>(take(rows * half));
  auto* sines = reinterpret_cast<float*>(take(rows * half));
  uint32_t* logits_rows = take(plan.logits_rows.size());
  uint32_t* page_lists = take(pages);

  std::memcpy(tokens, plan.tokens.data(), rows * sizeof(uint32_t));
  std::memcpy(positions, plan.positions.data(), rows * sizeof(uint32_t));
  if (!plan.logits_rows.empty()) {
    std::memcpy(logits_rows, plan.logits_rows.data(), plan.logits_rows.size() * sizeof(uint32_t));
  }
  for (size_t r = 0; r < rows; ++r) rope.Angles(plan.positions[r], cosines + r * half, sines + r * half);
  longest_ = 0;
  uint32_t* list = page_lists;
  for (const BatchSpan& span : plan.spans) {
    const std::vector<uint32_t>& of_span = span.sequence->pages();
    std::fill_n(first_page + span.first_row, span.rows, static_cast<uint32_t>(list - page_lists));
    list = std::copy(of_span.begin(), of_span.end(), list);
    longest_ = std::max(longest_, span.start + span.rows);
  }

  stream.Copy(device_.data(), host_.data(), words * sizeof(uint32_t), cudaMemcpyHostToDevice);
  tokens_ = reinterpret_cast<const int32_t*>(on_device(tokens));
  rows_ = {static_cast<uint32_t>(rows), on_device(positions), on_device(first_page), on_device(page_lists)};
  angles_ = {reinterpret_cast<const float*>(on_device(reinterpret_cast<uint32_t*>(cosines))),
             reinterpret_cast<const float*>(on_device(reinterpret_cast<uint32_t*>(sines)))};
  logits_rows_ = on_device(logits_rows);
}

}  // namespace espalier::cuda
