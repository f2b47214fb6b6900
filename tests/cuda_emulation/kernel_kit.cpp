#include "tests/cuda_emulation/kernel_kit.h"

#include <algorithm>

#include "model/quant.h"

namespace espalier::cuda {
namespace {

__global__ void StoreRows(const float* x, Activations out) {
  for (uint32_t group = 0; group < out.groups(); ++group) {
    const uint32_t i = group * kGroup + threadIdx.x;
    StoreGroup(out, blockIdx.x, group, i < out.cols ? x[blockIdx.x * out.cols + i] : 0.0f);
  }
}

}  // namespace

void CopyToDevice(void* to, const void* from, size_t bytes) {
  Must(CheckCuda(cudaMemcpy(to, from, bytes, cudaMemcpyHostToDevice), "copy"));
  Must(CheckCuda(cudaDeviceSynchronize(), "copy"));
}

std::string ReasonNotToRun() {
  int count = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  return error == cudaSuccess && count > 0 ? std::string()
                                           : std::string("no GPU: ") + cudaGetErrorString(error);
}

void Must(const Status& status) {
  if (!status) throw std::runtime_error(status.error().message);
}

std::vector<float> SideBySide(const std::vector<std::vector<float>>& matrices, size_t rows) {
  std::vector<float> joined;
  for (size_t r = 0; r < rows; ++r) {
    for (const std::vector<float>& matrix : matrices) {
      const size_t cols = matrix.size() / rows;
      const auto first = matrix.begin() + static_cast<std::ptrdiff_t>(r * cols);
      joined.insert(joined.end(), first, first + static_cast<std::ptrdiff_t>(cols));
    }
  }
  return joined;
}

std::vector<float> RandomFloats(size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

TestMatrix::TestMatrix(DataType type, size_t rows, size_t cols, unsigned seed)
    : type_(type), rows_(rows), cols_(cols), file_(rows * RowBytes(type, cols)), values_(rows * cols) {
  const std::vector<float> source = RandomFloats(rows * cols, seed);
  const size_t row_bytes = RowBytes(type, cols);
  for (size_t r = 0; r < rows; ++r) {
    QuantizeRow(type, {source.data() + r * cols, cols}, file_.data() + r * row_bytes);
    DequantizeRow(type, file_.data() + r * row_bytes, {values_.data() + r * cols, cols});
  }
  const WeightLayout layout = LayOut(type, rows, cols);
  std::vector<std::byte> packed(layout.bytes);
  PackWeights(view(), layout, packed);
  Must(memory_.Reserve(packed.size()));
  CopyToDevice(memory_.data(), packed.data(), packed.size());
}

DeviceMatrix TestMatrix::device() const {
  return ViewOf(view(), LayOut(type_, rows_, cols_), memory_.data());
}

TestActivations::TestActivations(const std::vector<float>& x, uint32_t rows, uint32_t cols) {
  Must(memory_.Reserve(rows, cols));
  view_ = memory_.View(rows, cols);
  const Memory<float> source = OnDevice(x);
  Stream stream = MakeStream();
  stream.Launch("store", dim3(rows), kLanes, StoreRows, source.data(), view_);
  Must(stream.Finish());
}

std::vector<float> TestActivations::x() const { return ToHost(view_.x, size_t{view_.rows} * view_.stride); }

std::vector<float> TestActivations::FromCodes() const {
  const std::vector<int8_t> codes = ToHost(view_.codes, size_t{view_.rows} * view_.stride);
  const std::vector<float> scales = ToHost(view_.scales, size_t{view_.rows} * view_.groups());
  std::vector<float> values;
  for (uint32_t r = 0; r < view_.rows; ++r) {
    for (uint32_t i = 0; i < view_.cols; ++i) {
      values.push_back(scales[r * view_.groups() + i / kGroup] * codes[r * view_.stride + i]);
    }
  }
  return values;
}

std::vector<float> TestActivations::Rounded() const {
  const std::vector<__nv_bfloat16> rounded = ToHost(view_.rounded, size_t{view_.rows} * view_.stride);
  std::vector<float> values;
  for (uint32_t r = 0; r < view_.rows; ++r) {
    for (uint32_t i = 0; i < view_.cols; ++i) {
      values.push_back(__bfloat162float(rounded[r * view_.stride + i]));
    }
  }
  return values;
}

std::vector<float> NaiveProduct(const std::vector<float>& w, const std::vector<float>& in, size_t outputs,
                                size_t rows, size_t cols) {
  std::vector<float> out;
  for (size_t r = 0; r < rows; ++r) {
    for (size_t o = 0; o < outputs; ++o) {
      double sum = 0;
      for (size_t i = 0; i < cols; ++i) sum += static_cast<double>(w[o * cols + i]) * in[r * cols + i];
      out.push_back(static_cast<float>(sum));
    }
  }
  return out;
}

double RelativeError(const float* a, const std::vector<float>& b) {
  double squares = 0, largest = 0;
  for (size_t i = 0; i < b.size(); ++i) {
    squares += static_cast<double>(b[i]) * b[i];
    const double difference = std::fabs(static_cast<double>(a[i]) - b[i]);
    if (!(difference <= largest)) largest = difference;  // NaN counts
  }
  return largest / std::sqrt(squares / static_cast<double>(b.size()));
}

}  // namespace espalier::cuda
