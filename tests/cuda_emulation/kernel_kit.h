// What tests of kernels share: arrays on the device, random numbers, activations in all forms. The tests are
// built twice: for the emulated device, and, where there is a CUDA toolkit, for a GPU.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "model/cuda/activations.cuh"
#include "model/cuda/unpack.cuh"
#include "model/tensor.h"

namespace espalier::cuda {

inline Stream MakeStream() {
  auto stream = Stream::Create();
  if (!stream) throw std::runtime_error(stream.error().message);
  return std::move(*stream);
}

void Must(const Status& status);

/// Is there when it returns, for every stream.
void CopyToDevice(void* to, const void* from, size_t bytes);

/// `values` in device memory.
template <typename T>
Memory<T> OnDevice(const std::vector<T>& values) {
  Memory<T> memory;
  Must(memory.Reserve(std::max<size_t>(values.size(), 1)));
  CopyToDevice(memory.data(), values.data(), values.size() * sizeof(T));
  return memory;
}

/// `count` values of device memory, after all that was launched.
template <typename T>
std::vector<T> ToHost(const T* device, size_t count) {
  std::vector<T> values(count);
  Must(CheckCuda(cudaMemcpy(values.data(), device, count * sizeof(T), cudaMemcpyDeviceToHost), "copy"));
  return values;
}
template <typename T>
std::vector<T> ToHost(const Memory<T>& memory) {
  return ToHost(memory.data(), memory.count());
}

/// Rows of several matrices of `rows` rows, side by side.
std::vector<float> SideBySide(const std::vector<std::vector<float>>& matrices, size_t rows);

/// Why kernels cannot run here; empty when they can.
std::string ReasonNotToRun();

/// Normally distributed.
std::vector<float> RandomFloats(size_t count, unsigned seed);

/// A random matrix as a file has it, as the device has it, and in floats.
class TestMatrix {
 public:
  TestMatrix(DataType type, size_t rows, size_t cols, unsigned seed);
  DeviceMatrix device() const;
  TensorView view() const { return {type_, rows_, cols_, file_.data()}; }
  const std::vector<float>& values() const { return values_; }

 private:
  DataType type_;
  size_t rows_, cols_;
  std::vector<std::byte> file_;
  Memory<uint8_t> memory_;
  std::vector<float> values_;
};

/// `x` in all forms.
class TestActivations {
 public:
  TestActivations(const std::vector<float>& x, uint32_t rows, uint32_t cols);
  const Activations& view() const { return view_; }
  std::vector<float> x() const;  ///< [rows, stride]
  /// What the codes stand for, [rows, cols].
  std::vector<float> FromCodes() const;
  std::vector<float> Rounded() const;

 private:
  ActivationMemory memory_;
  Activations view_;
};

/// out[r][o] = sum_i w[o][i] * in[r][i], in double precision.
std::vector<float> NaiveProduct(const std::vector<float>& w, const std::vector<float>& in, size_t outputs,
                                size_t rows, size_t cols);

/// The largest |a - b| over the root mean square of b, of b's length.
double RelativeError(const float* a, const std::vector<float>& b);
inline double RelativeError(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() < b.size() ? INFINITY : RelativeError(a.data(), b);
}

inline constexpr DataType kAllTypes[] = {DataType::kF32,  DataType::kF16,  DataType::kBF16, DataType::kQ4_0,
                                         DataType::kQ5_0, DataType::kQ5_1, DataType::kQ8_0, DataType::kQ4_K,
                                         DataType::kQ5_K, DataType::kQ6_K};

}  // namespace espalier::cuda
