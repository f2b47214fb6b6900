// What all device code shares: launches, memory, errors. Internal to model/cuda; plain CUDA Runtime API, so
// that the same sources run under tests/cuda_emulation.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include "base/result.h"

namespace espalier::cuda {

inline constexpr unsigned kLanes = 32;
inline constexpr unsigned kAllLanes = 0xffffffffu;

__device__ __forceinline__ float WarpSum(float value) {
  for (int step = 16; step > 0; step /= 2) value += __shfl_xor_sync(kAllLanes, value, step);
  return value;
}
__device__ __forceinline__ int WarpSum(int value) {
  for (int step = 16; step > 0; step /= 2) value += __shfl_xor_sync(kAllLanes, value, step);
  return value;
}
__device__ __forceinline__ float WarpMax(float value) {
  for (int step = 16; step > 0; step /= 2) value = fmaxf(value, __shfl_xor_sync(kAllLanes, value, step));
  return value;
}

/// What `combine` makes of the values of all warps of a block, known to all its threads. `value` is the same
/// in all lanes of a warp.
template <unsigned kWarps, typename T, typename Combine>
__device__ T BlockCombine(T value, const Combine& combine) {
  __shared__ T parts[kWarps];
  __syncthreads();  // what was read the time before
  if (threadIdx.x % kLanes == 0) parts[threadIdx.x / kLanes] = value;
  __syncthreads();
  value = parts[0];
  for (unsigned i = 1; i < kWarps; ++i) value = combine(value, parts[i]);
  return value;
}
template <unsigned kWarps>
__device__ float BlockSum(float value) {
  return BlockCombine<kWarps>(WarpSum(value), [](float a, float b) { return a + b; });
}
template <unsigned kWarps>
__device__ float BlockMax(float value) {
  return BlockCombine<kWarps>(WarpMax(value), [](float a, float b) { return fmaxf(a, b); });
}

/// "copy to the device: out of memory".
inline Status CheckCuda(cudaError_t error, const char* what) {
  if (error == cudaSuccess) return {};
  const ErrorCode code =
      error == cudaErrorMemoryAllocation ? ErrorCode::kResourceExhausted : ErrorCode::kInternal;
  return Fail(code, std::string(what) + ": " + cudaGetErrorString(error));
}

/// One stream of work and the first thing that went wrong in it; after that nothing is launched any more.
/// One thread at a time.
class Stream {
 public:
  static Result<Stream> Create() {
    Stream stream;
    ESPALIER_RETURN_IF_ERROR(
        CheckCuda(cudaStreamCreateWithFlags(&stream.stream_, cudaStreamNonBlocking), "CUDA stream"));
    stream.owned_ = true;
    return stream;
  }
  Stream(Stream&& other) noexcept
      : stream_(other.stream_),
        owned_(std::exchange(other.owned_, false)),
        status_(std::move(other.status_)) {}
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() {
    if (owned_) cudaStreamDestroy(stream_);
  }

  /// `name` is for errors.
  template <typename... Parameters>
  void Launch(const char* name, dim3 grid, unsigned threads, void (*kernel)(Parameters...),
              std::type_identity_t<Parameters>... arguments) {
    if (!status_) return;
    cudaLaunchConfig_t config = {};
    config.gridDim = grid;
    config.blockDim = dim3(threads);
    config.stream = stream_;
    Note(cudaLaunchKernelEx(&config, kernel, std::move(arguments)...), name);
  }
  void Copy(void* to, const void* from, size_t bytes, cudaMemcpyKind kind) {
    if (status_ && bytes > 0) Note(cudaMemcpyAsync(to, from, bytes, kind, stream_), "CUDA copy");
  }
  template <typename T>
  struct Pitched {
    T* data;
    size_t stride;  ///< elements
  };
  /// `rows` rows of `width` elements, within the device.
  void CopyRows(Pitched<float> to, Pitched<const float> from, size_t width, size_t rows) {
    constexpr size_t kBytes = sizeof(float);
    if (!status_ || width * rows == 0) return;
    Note(cudaMemcpy2DAsync(to.data, to.stride * kBytes, from.data, from.stride * kBytes, width * kBytes, rows,
                           cudaMemcpyDeviceToDevice, stream_),
         "CUDA copy");
  }
  void Note(cudaError_t error, const char* what) {
    if (status_) status_ = CheckCuda(error, what);
  }
  void Note(Status status) {
    if (status_) status_ = std::move(status);
  }

  /// Waits until all is done.
  void Wait() { Note(cudaStreamSynchronize(stream_), "CUDA"); }
  /// The same; gives the first error, and forgets it.
  Status Finish() {
    Wait();
    return std::exchange(status_, Status());
  }
  cudaStream_t get() const { return stream_; }

 private:
  Stream() = default;
  cudaStream_t stream_ = nullptr;
  bool owned_ = false;
  Status status_;
};

/// Memory on the device, or of the host where the device can read it by itself. Grows, and forgets what was
/// in it then.
template <typename T, bool kHost = false>
class Memory {
 public:
  Memory() = default;
  Memory(Memory&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), count_(std::exchange(other.count_, 0)) {}
  Memory& operator=(Memory&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(count_, other.count_);
    return *this;
  }
  ~Memory() { Release(); }

  /// Room for `count`. Errors: kResourceExhausted. REQUIRES: nothing is under way that uses it.
  Status Reserve(size_t count) {
    if (count <= count_) return {};
    Release();
    void* memory = nullptr;
    const size_t bytes = count * sizeof(T);
    ESPALIER_RETURN_IF_ERROR(CheckCuda(kHost ? cudaMallocHost(&memory, bytes) : cudaMalloc(&memory, bytes),
                                       kHost ? "memory for transfers" : "memory of the GPU"));
    data_ = static_cast<T*>(memory);
    count_ = count;
    return {};
  }
  T* data() const { return data_; }
  size_t count() const { return count_; }

 private:
  void Release() {
    if (data_ == nullptr) return;
    if (kHost) {
      cudaFreeHost(data_);
    } else {
      cudaFree(data_);
    }
    data_ = nullptr;
    count_ = 0;
  }
  T* data_ = nullptr;
  size_t count_ = 0;
};

inline unsigned DivideUp(size_t value, size_t unit) {
  return static_cast<unsigned>((value + unit - 1) / unit);
}

}  // namespace espalier::cuda
