#include "model/cpu/quant_rows.h"

namespace espalier {
namespace {

constexpr size_t kAlign = 64;

size_t Padded(size_t bytes) { return (bytes + kAlign - 1) / kAlign * kAlign; }

}  // namespace

QuantRows QuantRowsBuffer::Prepare(size_t rows, size_t cols) {
  QuantRows out;
  out.rows = rows;
  out.cols = cols;
  out.blocks = cols / kQuantBlock;
  const size_t block_words = Padded(rows * out.blocks * sizeof(float));
  const size_t q_bytes = Padded(rows * cols);
  const size_t x_bytes = Padded(rows * cols * sizeof(float));
  memory_.Reserve(x_bytes + q_bytes + block_words * (4 + kZeroPoints) + kAlign);
  std::byte* next = memory_.data();
  const auto take = [&next](size_t bytes) {
    std::byte* at = next;
    next += bytes;
    return at;
  };
  out.x = reinterpret_cast<float*>(take(x_bytes));
  out.q = reinterpret_cast<int8_t*>(take(q_bytes));
  out.scale = reinterpret_cast<float*>(take(block_words));
  out.scaled_sum = reinterpret_cast<float*>(take(block_words));
  for (int32_t*& start : out.start) start = reinterpret_cast<int32_t*>(take(block_words));
  out.start32_half = reinterpret_cast<int32_t*>(take(2 * block_words));
  return out;
}

}  // namespace espalier
