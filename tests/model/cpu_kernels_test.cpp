// Every vector kernel of every instruction set this machine has, against the obvious computation.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "model/backend.h"
#include "model/cpu/kernels.h"
#include "model/cpu/packed_matrix.h"
#include "model/cpu/quant_rows.h"
#include "model/quant.h"

namespace espalier {
namespace {

constexpr DataType kAllTypes[] = {DataType::kF32,  DataType::kF16,  DataType::kBF16, DataType::kQ4_0,
                                  DataType::kQ5_0, DataType::kQ5_1, DataType::kQ8_0, DataType::kQ4_K,
                                  DataType::kQ5_K, DataType::kQ6_K};

std::vector<const CpuKernels*> KernelsHere() {
  std::vector<const CpuKernels*> kernels;
  for (const BackendKind kind : AvailableBackends()) {
    if (kind == BackendKind::kAvx512) kernels.push_back(&Avx512Kernels());
    if (kind == BackendKind::kAvxVnni) kernels.push_back(&AvxVnniKernels());
    if (kind == BackendKind::kAvx2) kernels.push_back(&Avx2Kernels());
  }
  return kernels;
}

class CpuKernelsTest : public testing::Test {
 protected:
  void SetUp() override {
    if (KernelsHere().empty()) GTEST_SKIP() << "this processor has neither AVX2 nor AVX-512 VNNI";
  }
  std::vector<float> Normal(size_t n, float sigma = 1) {
    std::normal_distribution<float> normal(0, sigma);
    std::vector<float> out(n);
    for (float& x : out) x = normal(random_);
    return out;
  }
  std::mt19937 random_{42};
};

struct Matrix {
  std::vector<std::byte> bytes;
  std::vector<float> values;  // what the bytes mean
  TensorView view;
};

Matrix MakeMatrix(DataType type, size_t rows, size_t cols, const std::vector<float>& source) {
  Matrix m;
  m.bytes.resize(rows * RowBytes(type, cols));
  m.values.resize(rows * cols);
  for (size_t r = 0; r < rows; ++r) {
    std::byte* row = m.bytes.data() + r * RowBytes(type, cols);
    QuantizeRow(type, {&source[r * cols], cols}, row);
    DequantizeRow(type, row, {&m.values[r * cols], cols});
  }
  m.view = {type, rows, cols, m.bytes.data()};
  return m;
}

// Activations of whole numbers whose largest is 127 in every block are quantized without any loss, so
// the packed integer path has to give the exact product (up to float32 rounding of the sums).
TEST_F(CpuKernelsTest, MatmulIsExactForAllFormatsAndBatchSizes) {
  ThreadPool pool(1);
  for (const DataType type : kAllTypes) {
    const size_t rows = 70, cols = 768;  // a unit that is not full, a panel that is not full
    const Matrix m = MakeMatrix(type, rows, cols, Normal(rows * cols, 0.05f));
    const PackedMatrix packed(m.view, pool);
    for (const CpuKernels* kernels : KernelsHere()) {
      for (const size_t batch : {1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 30}) {
        QuantRowsBuffer buffer;
        const QuantRows x = buffer.Prepare(batch, cols);
        for (size_t i = 0; i < batch * cols; ++i) {
          x.x[i] = i % 32 == 5 ? -127.0f : static_cast<float>(static_cast<int>(random_() % 255) - 127);
        }
        for (size_t r = 0; r < batch; ++r) kernels->quantize(x.x + r * x.cols, x, r, 0, x.blocks);
        PanelScratch scratch;
        std::vector<float> out(batch * kUnitRows);
        for (size_t unit = 0; unit < packed.units(); ++unit) {
          kernels->matmul_unit(packed, unit, x, scratch, out.data());
          for (size_t r = 0; r < batch; ++r) {
            for (size_t i = 0; i < kUnitRows && unit * kUnitRows + i < rows; ++i) {
              double expected = 0, magnitude = 0;
              for (size_t k = 0; k < cols; ++k) {
                const double term = double{m.values[(unit * kUnitRows + i) * cols + k]} * x.x[r * cols + k];
                expected += term;
                magnitude += std::fabs(term);
              }
              ASSERT_NEAR(out[r * kUnitRows + i], expected, 4e-6 * magnitude + 1e-4)
                  << InfoOf(type).name << " batch " << batch << " row " << r << " output "
                  << unit * kUnitRows + i;
            }
          }
        }
      }
    }
  }
}

void ExpectQuantized(const QuantRows& x, size_t row, size_t block) {
  const size_t at = x.at(block, row), first = row * x.cols + block * 32;
  int32_t low = 0, high = 0;
  for (size_t i = 0; i < 32; ++i) {
    EXPECT_LE(std::fabs(x.x[first + i] - x.scale[at] * x.q[first + i]), 0.5001f * x.scale[at]);
    (i < 16 ? low : high) += x.q[first + i];
  }
  EXPECT_EQ(x.start[kZero8][at], -8 * (low + high));
  EXPECT_EQ(x.start[kZero16][at], -16 * (low + high));
  EXPECT_EQ(x.start[kZero128][at], -128 * (low + high));
  EXPECT_EQ(x.start32_half[x.at(2 * block, row)], -32 * low);
  EXPECT_EQ(x.start32_half[x.at(2 * block + 1, row)], -32 * high);
  EXPECT_FLOAT_EQ(x.scaled_sum[at], x.scale[at] * static_cast<float>(low + high));
}

TEST_F(CpuKernelsTest, QuantizationErrorIsHalfAStepAndSumsAreExact) {
  for (const CpuKernels* kernels : KernelsHere()) {
    QuantRowsBuffer buffer;
    const QuantRows x = buffer.Prepare(3, 160);
    const std::vector<float> values = Normal(3 * 160, 3);
    std::copy(values.begin(), values.end(), x.x);
    std::fill_n(x.x + 160 + 32, 32, 0.0f);  // an all-zero block
    for (size_t r = 0; r < 3; ++r) kernels->quantize(x.x + r * x.cols, x, r, 0, x.blocks);
    for (size_t r = 0; r < 3; ++r) {
      for (size_t b = 0; b < 5; ++b) ExpectQuantized(x, r, b);
    }
    EXPECT_EQ(x.scale[x.at(1, 1)], 0.0f);
  }
}

TEST_F(CpuKernelsTest, RmsNormAndSwigluMatchTheirFormulas) {
  const size_t n = 128;
  const std::vector<float> x = Normal(n, 2), w = Normal(n), big = Normal(n, 40);
  for (const CpuKernels* kernels : KernelsHere()) {
    std::vector<float> out(n);
    kernels->rms_norm(x.data(), w.data(), 1e-6f, n, out.data());
    double squares = 0;
    for (const float v : x) squares += double{v} * v;
    for (size_t i = 0; i < n; ++i) EXPECT_NEAR(out[i], x[i] / std::sqrt(squares / n + 1e-6) * w[i], 1e-5);
    kernels->swiglu(big.data(), w.data(), n, out.data());
    for (size_t i = 0; i < n; ++i) {
      const double expected = big[i] / (1 + std::exp(-double{big[i]})) * w[i];
      EXPECT_NEAR(out[i], expected, 2e-6 * std::fabs(expected) + 1e-12);
    }
  }
}

struct AttentionCase {
  uint32_t length, head_dim, vectors;
  KvType type;
};

class AttentionKernelTest : public CpuKernelsTest, public testing::WithParamInterface<AttentionCase> {};

TEST_P(AttentionKernelTest, MatchesPlainSoftmaxAttention) {
  const auto [length, dim, vectors, type] = GetParam();
  HyperParameters h;
  h.n_layers = 2;
  h.n_kv_heads = 2;
  h.n_heads = 2;
  h.head_dim = dim;
  auto cache = KvCache::Create(h, {length + 40, type});
  ASSERT_TRUE(cache);
  KvSequence filler, sequence;
  ASSERT_TRUE(cache->Reserve(filler, 17));  // so that page numbers are not positions
  ASSERT_TRUE(cache->Reserve(sequence, length));
  for (uint32_t t = 0; t < length; ++t) {
    for (uint32_t head = 0; head < 2; ++head) {
      cache->Store(1, sequence, t, head, Normal(dim).data(), Normal(dim).data());
    }
  }
  const std::vector<float> queries = Normal(size_t{vectors} * dim, 0.5f);
  std::vector<const float*> pointers;
  std::vector<uint32_t> visible;
  for (uint32_t v = 0; v < vectors; ++v) {
    pointers.push_back(&queries[size_t{v} * dim]);
    visible.push_back(length > v / 2 ? length - v / 2 : 1);
  }
  for (const CpuKernels* kernels : KernelsHere()) {
    std::vector<float> out(size_t{vectors} * dim), max(vectors), sum(vectors);
    AttentionTask task;
    task.queries = pointers.data();
    task.visible = visible.data();
    task.vectors = vectors;
    task.key_end = length;
    task.pages = sequence.pages().data();
    task.keys = cache->KeyPage(1, 0);
    task.values = cache->ValuePage(1, 0);
    task.page_stride = cache->page_bytes() / h.n_layers;
    task.kv_head = 1;
    task.n_kv_heads = 2;
    task.head_dim = dim;
    task.type = type;
    task.out = out.data();
    task.max = max.data();
    task.sum = sum.data();
    kernels->attend(task);
    for (uint32_t v = 0; v < vectors; ++v) {
      std::vector<double> weights(visible[v]), expected(dim, 0);
      std::vector<float> vector(dim);
      double total = 0;
      for (uint32_t t = 0; t < visible[v]; ++t) {
        cache->LoadKey(1, sequence, t, 1, vector.data());
        for (uint32_t d = 0; d < dim; ++d) weights[t] += double{vector[d]} * pointers[v][d];
        total += weights[t] = std::exp(weights[t]);
      }
      for (uint32_t t = 0; t < visible[v]; ++t) {
        cache->LoadValue(1, sequence, t, 1, vector.data());
        for (uint32_t d = 0; d < dim; ++d) expected[d] += weights[t] / total * vector[d];
      }
      for (uint32_t d = 0; d < dim; ++d) {
        ASSERT_NEAR(out[size_t{v} * dim + d] / sum[v], expected[d], 2e-5)
            << "vector " << v << " element " << d;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, AttentionKernelTest,
    testing::Values(AttentionCase{1, 64, 7, KvType::kF16}, AttentionCase{16, 64, 14, KvType::kF16},
                    AttentionCase{129, 128, 6, KvType::kF16}, AttentionCase{300, 16, 19, KvType::kF16},
                    AttentionCase{515, 80, 3, KvType::kF16}, AttentionCase{300, 64, 9, KvType::kQ8},
                    AttentionCase{31, 48, 1, KvType::kQ8}),
    [](const auto& test) {
      return "Keys" + std::to_string(test.param.length) + "Dim" + std::to_string(test.param.head_dim) +
             "Vectors" + std::to_string(test.param.vectors) + (test.param.type == KvType::kQ8 ? "Q8" : "F16");
    });

}  // namespace
}  // namespace espalier
