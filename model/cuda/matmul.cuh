// Products of weights and rows: out[r][o] = sum_i w[o][i] * in[r][i]. Three ways, by the number of rows: a
// warp for each row of weights (the weights' bytes are what takes time), tensor cores on unpacked integers,
// and cuBLAS on weights that were unpacked to bfloat16 (large prompts; floats), or to bytes where that is
// asked for.
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

/// Where products of bytes are prepared.
class ByteRoom {
 public:
  /// For matrices of `matrix` elements at most, with up to so many outputs and columns, and for `rows`
  /// inputs. Errors: kResourceExhausted.
  Status Reserve(size_t matrix, uint32_t outputs, uint32_t cols, uint32_t rows);
  /// Whether a product has room, and a shape that cuBLAS takes as bytes.
  bool Fits(const DeviceMatrix& w, const Activations& in) const;

  int8_t* weights() const { return weights_.data(); }             ///< [outputs, cols]
  float* weight_scales() const { return weight_scales_.data(); }  ///< [outputs]
  int8_t* inputs() const { return inputs_.data(); }               ///< [rows, cols]
  float* input_scales() const { return input_scales_.data(); }    ///< [rows]
  int32_t* sums() const { return sums_.data(); }                  ///< [rows, outputs]

 private:
  Memory<int8_t> weights_, inputs_;
  Memory<float> weight_scales_, input_scales_;
  Memory<int32_t> sums_;
};

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
  /// Room for products of bytes, which are taken instead of cuBLAS' bfloat16 from now on.
  ByteRoom& bytes() { return bytes_; }

  void Multiply(Stream& stream, const DeviceMatrix& w, const Activations& in, const ProductOut& out) const;
  cublasHandle_t library() const { return library_; }

 private:
  Multiplier() = default;
  cublasHandle_t library_ = nullptr;
  Memory<__nv_bfloat16> unpacked_;
  ByteRoom bytes_;
};

// The ways, for tests and measurements. REQUIRES, for grouped types: in.cols == w.cols, whole groups.

void MultiplyByWarps(Stream& stream, const DeviceMatrix& w, const Activations& in, const ProductOut& out);
void MultiplyByTiles(Stream& stream, const DeviceMatrix& w, const Activations& in, const ProductOut& out);
/// `unpacked` has room for the matrix.
void MultiplyByLibrary(Stream& stream, cublasHandle_t library, const DeviceMatrix& w, const Activations& in,
                       const ProductOut& out, __nv_bfloat16* unpacked);
/// REQUIRES: room.Fits(w, in).
void MultiplyByBytes(Stream& stream, cublasHandle_t library, const DeviceMatrix& w, const Activations& in,
                     const ProductOut& out, const ByteRoom& room);

}  // namespace espalier::cuda
