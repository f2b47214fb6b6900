#include <algorithm>
#include <utility>
#include <vector>

#include "model/cuda/batch_upload.cuh"

namespace espalier::cuda {

namespace {

/// How attention takes the rows.
struct Division {
  std::vector<RowTile> tiles;
  std::vector<uint32_t> singles;
  uint32_t longest = 0;  // of the singles
};

Division Divide(const BatchPlan& plan, bool may_tile) {
  Division division;
  for (const BatchSpan& span : plan.spans) {
    if (may_tile && span.rows >= kLeastTiledRows) {
      for (uint32_t done = 0; done < span.rows; done += kTileRows) {
        division.tiles.push_back({span.first_row + done, std::min(kTileRows, span.rows - done)});
      }
      continue;
    }
    for (uint32_t i = 0; i < span.rows; ++i) division.singles.push_back(span.first_row + i);
    division.longest = std::max(division.longest, span.start + span.rows);
  }
  return division;
}

/// Hands out stretches of the transfer's memory, and says where they will be on the device.
struct Stretches {
  uint32_t *host, *device, *next;

  template <typename T>
  T* Take(size_t count) {
    static_assert(sizeof(T) % sizeof(uint32_t) == 0);
    return reinterpret_cast<T*>(std::exchange(next, next + count * sizeof(T) / sizeof(uint32_t)));
  }
  template <typename T>
  const T* OnDevice(const T* place) const {
    return reinterpret_cast<const T*>(device + (reinterpret_cast<const uint32_t*>(place) - host));
  }
};

template <typename T>
T* Copied(Stretches& stretches, const std::vector<T>& values) {
  T* place = stretches.Take<T>(values.size());
  std::copy(values.begin(), values.end(), place);
  return place;
}

}  // namespace

void BatchUpload::Send(Stream& stream, const BatchPlan& plan, const Rope& rope, bool tiles) {
  const Division division = Divide(plan, tiles);
  const size_t rows = plan.rows(), half = rope.frequencies();
  size_t pages = 0;
  for (const BatchSpan& span : plan.spans) pages += span.sequence->pages().size();
  const size_t words = rows * (3 + 2 * half) +
                       plan.logits_rows.size() * (1 + sizeof(DrawRule) / sizeof(uint32_t)) +
                       2 * division.tiles.size() + division.singles.size() + pages;
  stream.Note(host_.Reserve(words));
  stream.Note(device_.Reserve(words));
  if (host_.count() < words || device_.count() < words) return;

  Stretches stretches = {host_.data(), device_.data(), host_.data()};
  const TokenId* tokens = Copied(stretches, plan.tokens);
  const uint32_t* positions = Copied(stretches, plan.positions);
  auto* first_page = stretches.Take<uint32_t>(rows);
  auto* cosines = stretches.Take<float>(rows * half);
  auto* sines = stretches.Take<float>(rows * half);
  const uint32_t* logits_rows = Copied(stretches, plan.logits_rows);
  const DrawRule* draws = Copied(stretches, plan.draws);
  const RowTile* tile = Copied(stretches, division.tiles);
  const uint32_t* single = Copied(stretches, division.singles);
  auto* page_lists = stretches.Take<uint32_t>(pages);
  for (size_t r = 0; r < rows; ++r) rope.Angles(plan.positions[r], cosines + r * half, sines + r * half);
  uint32_t* list = page_lists;
  for (const BatchSpan& span : plan.spans) {
    const std::vector<uint32_t>& of_span = span.sequence->pages();
    std::fill_n(first_page + span.first_row, span.rows, static_cast<uint32_t>(list - page_lists));
    list = std::copy(of_span.begin(), of_span.end(), list);
  }

  stream.Copy(device_.data(), host_.data(), words * sizeof(uint32_t), cudaMemcpyHostToDevice);
  tokens_ = stretches.OnDevice(tokens);
  rows_ = {static_cast<uint32_t>(rows),
           stretches.OnDevice(positions),
           stretches.OnDevice(first_page),
           stretches.OnDevice(page_lists),
           static_cast<uint32_t>(division.tiles.size()),
           static_cast<uint32_t>(division.singles.size()),
           stretches.OnDevice(tile),
           stretches.OnDevice(single)};
  angles_ = {stretches.OnDevice(cosines), stretches.OnDevice(sines)};
  logits_rows_ = stretches.OnDevice(logits_rows);
  draws_ = stretches.OnDevice(draws);
  longest_ = division.longest;
}

}  // namespace espalier::cuda
