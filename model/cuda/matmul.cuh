// Products of weights and rows: out[r][o] = sum_i w[o][i] * in[r][i]. Three ways, by the number of rows: a
// warp for each row of weights (the weights' bytes are what takes time), tensor cores on unpacked integers,
// and cuBLAS on weights that were unpacked to bfloat16 (large prompts; floats).
#pragma once

#include <cublas_v2.h>

#include "model/cuda/activations.cuh"
#include "model/cuda/unpack.cuh"

namespace espalier::cuda {

/// Where a product goes: [rows, stride] floats.
struct ProductOut {
  float* y = nullptr;
  uint32_t stride = 0;
  const float* bias = nullptr;  ///< [w.rows], or null
  bool accumulate = false;      ///< y += instead of y =

  __device__ void Store(size_t row, uint32_t o, float sum) const {
    float* to = y + row * stride + o;
    *to = sum + (bias == nullptr ? 0.0f : bias[o]) + (accumulate ? *to : 0.0f);
  }
};

/// From so many rows on, cuBLAS; up to kMostVectorRows, a warp a row.
inline constexpr uint32_t kMostVectorRows = 8;
inline constexpr uint32_t kLeastLibraryRows = 128;

class Multiplier {
 public:
  /// Errors: kInternal (cuBLAS).
  static Result<Multiplier> Create(Stream& stream);
  Multiplier(Multiplier&& other) noexcept;
  Multiplier(const Multiplier&) = delete;
  Multiplier& operator=(const Multiplier&) = delete;
  ~Multiplier();

  /// Room for the largest matrix that is unpacked: `elements`. Errors: kResourceExhausted.
  Status Reserve(size_t elements) { return unpacked_.Reserve(elements); }

  void Multiply(Stream& stream, const DeviceMatrix& w, const Activations& in, const ProductOut& out) const;
  cublasHandle_t library() const { return library_; }

 private:
  Multiplier() = default;
  cublasHandle_t library_ = nullptr;
  Memory<__nv_bfloat16> unpacked_;
};

// The three ways, for tests and measurements. REQUIRES, for grouped types: in.cols == w.cols, whole groups.

void MultiplyByWarps(Stream& stream, const DeviceMatrix& w, const Activations& in, const ProductOut& out);
void MultiplyByTiles(Stream& stream, const DeviceMatrix& w, const Activations& in, const ProductOut& out);
/// `unpacked` has room for the matrix.
void MultiplyByLibrary(Stream& stream, cublasHandle_t library, const DeviceMatrix& w, const Activations& in,
                       const ProductOut& out, __nv_bfloat16* unpacked);

}  // namespace espalier::cuda
