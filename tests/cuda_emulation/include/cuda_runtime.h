// CUDA's execution model on a CPU, as much of it as our kernels use, so that they run where there is no GPU:
// the threads of a block are fibers of one thread, which take turns at barriers and warp operations, in an
// order that changes from block to block. What this cannot show: speed, and races between warps that the
// order of turns does not reveal. Streams do at once what they are told. Names and meaning are CUDA's
// (CUDA C++ Programming Guide, CUDA Runtime API).
#pragma once

#include <vector_types.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __shared__ static thread_local  // one block at a time on a thread

inline thread_local uint3 threadIdx, blockIdx;
inline thread_local dim3 blockDim, gridDim;

enum cudaError_t {
  cudaSuccess = 0,
  cudaErrorInvalidValue = 1,
  cudaErrorMemoryAllocation = 2,
  cudaErrorInvalidConfiguration = 9,
  cudaErrorNoDevice = 100,
  cudaErrorInvalidDevice = 101,
  cudaErrorInvalidResourceHandle = 400,
  cudaErrorStreamCaptureUnsupported = 900,
};
enum cudaMemcpyKind { cudaMemcpyHostToDevice = 1, cudaMemcpyDeviceToHost = 2, cudaMemcpyDeviceToDevice = 3 };
using cudaStream_t = struct EmulatedStream*;
inline constexpr unsigned cudaStreamNonBlocking = 1;
using cudaGraph_t = struct EmulatedGraph*;
using cudaGraphExec_t = struct EmulatedGraph*;
enum cudaStreamCaptureMode { cudaStreamCaptureModeThreadLocal = 1 };

struct cudaDeviceProp {
  char name[256];
  size_t totalGlobalMem;
  int major, minor, multiProcessorCount;
};
struct cudaLaunchAttribute;
struct cudaLaunchConfig_t {
  dim3 gridDim, blockDim;
  size_t dynamicSmemBytes = 0;
  cudaStream_t stream = nullptr;
  cudaLaunchAttribute* attrs = nullptr;
  unsigned numAttrs = 0;
};

namespace espalier::emulation {

/// Runs `thread` for every thread of the grid, or records that where the stream is recorded. REQUIRES: all
/// live threads of a block come to the same barriers, and those of a warp to the same warp operations; else
/// the process ends with a message.
cudaError_t Launch(const cudaLaunchConfig_t& config, std::function<void()> thread);

void BlockBarrier();
void WarpBarrier();
/// What the lane `source` of this warp has as `value`. All lanes take part.
uint64_t Exchange(uint64_t value, unsigned source);
unsigned Lane();

/// Bytes that the device has, for tests of what happens when they do not suffice.
void SetDeviceMemory(size_t bytes);
/// How many devices there are; they share the memory, and streams are for the one they were made on.
void SetDevices(int count);
/// Kernels that ran so far.
size_t Launches();

template <typename T>
T ExchangeAs(T value, unsigned source) {
  static_assert(sizeof(T) <= sizeof(uint64_t) && std::is_trivially_copyable_v<T>);
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(T));
  bits = Exchange(bits, source);
  std::memcpy(&value, &bits, sizeof(T));
  return value;
}

}  // namespace espalier::emulation

template <typename... Parameters, typename... Arguments>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t* config, void (*kernel)(Parameters...),
                               Arguments&&... arguments) {
  std::tuple<Parameters...> copies(arguments...);  // a graph launches them again
  return espalier::emulation::Launch(*config, [kernel, copies] { std::apply(kernel, copies); });
}

inline void __syncthreads() { espalier::emulation::BlockBarrier(); }
inline void __syncwarp(unsigned = ~0u) { espalier::emulation::WarpBarrier(); }
template <typename T>
T __shfl_sync(unsigned, T value, int source) {
  return espalier::emulation::ExchangeAs(value, static_cast<unsigned>(source) % 32);
}
template <typename T>
T __shfl_xor_sync(unsigned, T value, int mask) {
  return espalier::emulation::ExchangeAs(value, espalier::emulation::Lane() ^ static_cast<unsigned>(mask));
}
inline unsigned __ballot_sync(unsigned, int predicate) {
  unsigned votes = 0;
  for (unsigned lane = 0; lane < 32; ++lane) {
    votes |= espalier::emulation::ExchangeAs<unsigned>(predicate != 0, lane) << lane;
  }
  return votes;
}

/// Threads take turns, so that nothing comes between.
template <typename T>
T atomicAdd(T* address, T value) {
  return std::exchange(*address, *address + value);
}

/// Dot product of four bytes each.
inline int __dp4a(int a, int b, int c) {
  for (int i = 0; i < 4; ++i) {
    c += static_cast<int8_t>(static_cast<uint32_t>(a) >> (8 * i)) *
         static_cast<int8_t>(static_cast<uint32_t>(b) >> (8 * i));
  }
  return c;
}
inline float __expf(float x) { return std::exp(x); }
inline float rsqrtf(float x) { return 1.0f / std::sqrt(x); }
template <typename T>
T __ldg(const T* address) {
  return *address;
}

const char* cudaGetErrorString(cudaError_t error);
cudaError_t cudaGetLastError();
cudaError_t cudaGetDeviceCount(int* count);
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device);
cudaError_t cudaSetDevice(int device);
cudaError_t cudaDeviceSynchronize();
cudaError_t cudaMemGetInfo(size_t* free_bytes, size_t* total_bytes);
cudaError_t cudaMalloc(void** memory, size_t bytes);
cudaError_t cudaFree(void* memory);
cudaError_t cudaMallocHost(void** memory, size_t bytes);
cudaError_t cudaFreeHost(void* memory);
cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream);
/// Waits for nothing here.
cudaError_t cudaMemcpy(void* to, const void* from, size_t bytes, cudaMemcpyKind kind);
cudaError_t cudaMemcpy2DAsync(void* to, size_t to_pitch, const void* from, size_t from_pitch, size_t width,
                              size_t height, cudaMemcpyKind kind, cudaStream_t stream);
cudaError_t cudaMemsetAsync(void* memory, int value, size_t bytes, cudaStream_t stream);
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags);
cudaError_t cudaStreamDestroy(cudaStream_t stream);
cudaError_t cudaStreamSynchronize(cudaStream_t stream);
cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode);
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph);
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph, unsigned long long flags);
cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream);
cudaError_t cudaGraphDestroy(cudaGraph_t graph);
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable);
