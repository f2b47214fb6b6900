#include <cublas_v2.h>
#include <cuda_bf16.h>
#include <cuda_runtime.h>

#include <boost/context/fiber.hpp>
#include <boost/context/pooled_fixedsize_stack.hpp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

struct EmulatedGraph {
  std::vector<std::function<cudaError_t()>> nodes;
};
struct EmulatedStream {
  int device = 0;
  bool recording = false;
  EmulatedGraph recorded;
};

namespace espalier::emulation {
namespace {

namespace context = boost::context;

constexpr unsigned kLanes = 32;
constexpr size_t kStackBytes = 64 * 1024;

/// A place where a group of threads waits for each other.
struct Barrier {
  unsigned members = 0, arrived = 0;
  uint64_t opened = 0;

  bool Complete() {
    if (members == 0 || arrived < members) return false;
    arrived = 0;
    ++opened;
    return true;
  }
};

struct Warp {
  Barrier barrier;
  uint64_t values[kLanes] = {};
  bool live[kLanes] = {};
};

struct Thread {
  context::fiber fiber;   // where it goes on
  context::fiber caller;  // where it goes when it waits
  uint3 index;
  bool done = false;
};

struct Block {
  std::vector<Thread> threads;
  std::vector<Warp> warps;
  Barrier barrier;
  uint64_t progress = 0;  // grows whenever a thread gets on
};

thread_local Block* block = nullptr;
thread_local unsigned current = 0;  // in block->threads
size_t device_bytes = size_t{8} << 30;
size_t launches = 0;
int devices = 0;  // 0: as $ESPALIER_EMULATED_GPUS says
thread_local int device = 0;

int Devices() {
  const char* count = std::getenv("ESPALIER_EMULATED_GPUS");
  return devices > 0 ? devices : count != nullptr ? std::atoi(count) : 1;
}

[[noreturn]] void Give(const char* what) {
  std::fprintf(stderr, "CUDA emulation: %s\n", what);
  std::abort();
}

void Yield() {
  Thread& self = block->threads[current];
  self.caller = std::move(self.caller).resume();
}

void Wait(Barrier& barrier) {
  ++barrier.arrived;
  if (barrier.Complete()) {
    ++block->progress;
    return;
  }
  for (const uint64_t seen = barrier.opened; barrier.opened == seen;) Yield();
  ++block->progress;
}

/// A thread that has ended is waited for no more.
void Leave(Barrier& barrier) {
  --barrier.members;
  barrier.Complete();
}

uint3 IndexOf(unsigned number, const dim3& size) {
  return {number % size.x, number / size.x % size.y, number / (size.x * size.y)};
}

void MakeThread(Block& b, unsigned number, const dim3& size, const std::function<void()>& body,
                context::pooled_fixedsize_stack& stacks) {
  Thread& thread = b.threads[number];
  thread.index = IndexOf(number, size);
  Warp& warp = b.warps[number / kLanes];
  warp.live[number % kLanes] = true;
  ++warp.barrier.members;
  ++b.barrier.members;
  thread.fiber =
      context::fiber(std::allocator_arg, stacks, [&b, &thread, &warp, &body, number](context::fiber&& from) {
        thread.caller = std::move(from);
        body();
        thread.done = true;
        warp.live[number % kLanes] = false;
        Leave(warp.barrier);
        Leave(b.barrier);
        ++b.progress;
        return std::move(thread.caller);
      });
}

/// All threads take turns until all are done.
void RunBlock(Block& b, std::mt19937& random) {
  block = &b;
  std::vector<unsigned> order(b.threads.size());
  for (unsigned i = 0; i < order.size(); ++i) order[i] = i;
  std::shuffle(order.begin(), order.end(), random);
  for (size_t done = 0; done < order.size();) {
    const uint64_t before = b.progress;
    done = 0;
    for (const unsigned number : order) {
      Thread& thread = b.threads[number];
      if (!thread.done) {
        current = number;
        threadIdx = thread.index;
        thread.fiber = std::move(thread.fiber).resume();
      }
      done += thread.done;
    }
    if (done < order.size() && b.progress == before)
      Give("threads wait for each other at different barriers");
  }
  block = nullptr;
}

cudaError_t RunGrid(const cudaLaunchConfig_t& config, const std::function<void()>& thread) {
  const dim3 grid = config.gridDim, size = config.blockDim;
  const unsigned threads = size.x * size.y * size.z;
  if (threads == 0 || threads > 1024 || grid.x == 0 || grid.y == 0 || grid.z == 0 || grid.y > 65535 ||
      grid.z > 65535) {
    return cudaErrorInvalidConfiguration;
  }
  ++launches;
  static thread_local context::pooled_fixedsize_stack stacks(kStackBytes);
  std::mt19937 random(static_cast<unsigned>(launches));
  blockDim = size;
  gridDim = grid;
  for (unsigned number = 0; number < grid.x * grid.y * grid.z; ++number) {
    Block b;
    b.threads.resize(threads);
    b.warps.resize((threads + kLanes - 1) / kLanes);
    for (unsigned i = 0; i < threads; ++i) MakeThread(b, i, size, thread, stacks);
    blockIdx = IndexOf(number, grid);
    RunBlock(b, random);
  }
  return cudaSuccess;
}

/// Now, or when the graph that is being recorded is launched.
cudaError_t Do(cudaStream_t stream, std::function<cudaError_t()> what) {
  if (stream != nullptr && stream->device != device) return cudaErrorInvalidResourceHandle;
  if (stream == nullptr || !stream->recording) return what();
  stream->recorded.nodes.push_back(std::move(what));
  return cudaSuccess;
}

}  // namespace

cudaError_t Launch(const cudaLaunchConfig_t& config, std::function<void()> thread) {
  return Do(config.stream, [config, thread = std::move(thread)] { return RunGrid(config, thread); });
}

unsigned Lane() { return current % kLanes; }
void BlockBarrier() { Wait(block->barrier); }
void WarpBarrier() { Wait(block->warps[current / kLanes].barrier); }

uint64_t Exchange(uint64_t value, unsigned source) {
  Warp& warp = block->warps[current / kLanes];
  warp.values[Lane()] = value;
  Wait(warp.barrier);
  if (!warp.live[source]) Give("a value was asked of a thread that has ended");
  value = warp.values[source];
  Wait(warp.barrier);
  return value;
}

void SetDeviceMemory(size_t bytes) { device_bytes = bytes; }
void SetDevices(int count) { devices = count; }
size_t Launches() { return launches; }

}  // namespace espalier::emulation

const char* cudaGetErrorString(cudaError_t error) {
  switch (error) {
    case cudaSuccess:
      return "no error";
    case cudaErrorMemoryAllocation:
      return "out of memory";
    case cudaErrorInvalidConfiguration:
      return "invalid configuration argument";
    case cudaErrorStreamCaptureUnsupported:
      return "operation not permitted when stream is capturing";
    case cudaErrorInvalidDevice:
      return "invalid device ordinal";
    case cudaErrorInvalidResourceHandle:
      return "invalid resource handle";
    case cudaErrorNoDevice:
      return "no CUDA-capable device is detected";
    default:
      return "invalid argument";
  }
}
cudaError_t cudaGetLastError() { return cudaSuccess; }
cudaError_t cudaGetDeviceCount(int* count) {
  *count = espalier::emulation::Devices();
  return cudaSuccess;
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int) {
  *properties = {};
  std::strcpy(properties->name, "emulated device");
  properties->totalGlobalMem = espalier::emulation::device_bytes;
  properties->major = 8;
  properties->multiProcessorCount = 4;
  return cudaSuccess;
}
cudaError_t cudaSetDevice(int number) {
  if (number < 0 || number >= espalier::emulation::Devices()) return cudaErrorInvalidDevice;
  espalier::emulation::device = number;
  return cudaSuccess;
}
cudaError_t cudaMemGetInfo(size_t* free_bytes, size_t* total_bytes) {
  *free_bytes = *total_bytes = espalier::emulation::device_bytes;
  return cudaSuccess;
}
cudaError_t cudaMalloc(void** memory, size_t bytes) {
  if (bytes > espalier::emulation::device_bytes) return cudaErrorMemoryAllocation;
  *memory = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
  if (*memory == nullptr) return cudaErrorMemoryAllocation;
  std::memset(*memory, 0xee, bytes);  // whoever reads what was not written sees it
  return cudaSuccess;
}
cudaError_t cudaFree(void* memory) {
  std::free(memory);
  return cudaSuccess;
}
cudaError_t cudaMallocHost(void** memory, size_t bytes) { return cudaMalloc(memory, bytes); }
cudaError_t cudaFreeHost(void* memory) { return cudaFree(memory); }
cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, cudaMemcpyKind, cudaStream_t stream) {
  return espalier::emulation::Do(stream, [=] {
    std::memcpy(to, from, bytes);
    return cudaSuccess;
  });
}
cudaError_t cudaMemcpy2DAsync(void* to, size_t to_pitch, const void* from, size_t from_pitch, size_t width,
                              size_t height, cudaMemcpyKind, cudaStream_t stream) {
  return espalier::emulation::Do(stream, [=] {
    for (size_t row = 0; row < height; ++row) {
      std::memcpy(static_cast<char*>(to) + row * to_pitch, static_cast<const char*>(from) + row * from_pitch,
                  width);
    }
    return cudaSuccess;
  });
}
cudaError_t cudaDeviceSynchronize() { return cudaSuccess; }
cudaError_t cudaMemcpy(void* to, const void* from, size_t bytes, cudaMemcpyKind kind) {
  return cudaMemcpyAsync(to, from, bytes, kind, nullptr);
}
cudaError_t cudaMemsetAsync(void* memory, int value, size_t bytes, cudaStream_t) {
  std::memset(memory, value, bytes);
  return cudaSuccess;
}
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  *stream = new EmulatedStream;
  (*stream)->device = espalier::emulation::device;
  return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  delete stream;
  return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  return stream->recording ? cudaErrorStreamCaptureUnsupported : cudaSuccess;
}
cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode) {
  if (stream->recording) return cudaErrorStreamCaptureUnsupported;
  stream->recording = true;
  return cudaSuccess;
}
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  if (!stream->recording) return cudaErrorStreamCaptureUnsupported;
  *graph = new EmulatedGraph(std::exchange(stream->recorded, {}));
  stream->recording = false;
  return cudaSuccess;
}
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph, unsigned long long) {
  *executable = new EmulatedGraph(*graph);
  return cudaSuccess;
}
cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t) {
  for (const auto& node : executable->nodes) {
    if (const cudaError_t error = node(); error != cudaSuccess) return error;
  }
  return cudaSuccess;
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  delete graph;
  return cudaSuccess;
}
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) {
  delete executable;
  return cudaSuccess;
}

struct EmulatedCublas {
  cudaStream_t stream = nullptr;
};

cublasStatus_t cublasCreate(cublasHandle_t* handle) {
  *handle = new EmulatedCublas;
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasDestroy(cublasHandle_t handle) {
  delete handle;
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasSetStream(cublasHandle_t handle, cudaStream_t stream) {
  handle->stream = stream;
  return CUBLAS_STATUS_SUCCESS;
}
const char* cublasGetStatusString(cublasStatus_t status) {
  return status == CUBLAS_STATUS_SUCCESS ? "success" : "not supported by the emulation";
}
namespace {

/// c[n][m] = scale * sum_i a[m][i] * b[n][i] + keep * c, all row by row.
struct Product {
  size_t m, n, k;
  const __nv_bfloat16 *a, *b;
  size_t a_stride, b_stride;
  float scale, keep;
  float* c;
  size_t c_stride;

  void Run() const {
    for (size_t row = 0; row < n; ++row) {
      for (size_t column = 0; column < m; ++column) {
        double sum = 0;
        for (size_t i = 0; i < k; ++i) {
          sum += __bfloat162float(a[column * a_stride + i]) * __bfloat162float(b[row * b_stride + i]);
        }
        float& value = c[row * c_stride + column];
        value = scale * static_cast<float>(sum) + (keep == 0 ? 0 : keep * value);
      }
    }
  }
};

}  // namespace

namespace {

/// The same of bytes.
void MultiplyBytes(int m, int n, int k, const int8_t* a, int a_stride, const int8_t* b, int b_stride,
                   int32_t* c, int c_stride) {
  for (int row = 0; row < n; ++row) {
    for (int column = 0; column < m; ++column) {
      int32_t sum = 0;
      for (int i = 0; i < k; ++i) sum += a[column * a_stride + i] * b[row * b_stride + i];
      c[row * c_stride + column] = sum;
    }
  }
}

}  // namespace

cublasStatus_t cublasGemmEx(cublasHandle_t handle, cublasOperation_t op_a, cublasOperation_t op_b, int m,
                            int n, int k, const void* alpha, const void* a, cudaDataType_t type_a, int lda,
                            const void* b, cudaDataType_t type_b, int ldb, const void* beta, void* c,
                            cudaDataType_t type_c, int ldc, cublasComputeType_t compute, cublasGemmAlgo_t) {
  if (op_a != CUBLAS_OP_T || op_b != CUBLAS_OP_N || type_a != type_b) return CUBLAS_STATUS_NOT_SUPPORTED;
  if (type_a == CUDA_R_8I && type_c == CUDA_R_32I && compute == CUBLAS_COMPUTE_32I) {
    if (lda % 4 != 0 || ldb % 4 != 0 || *static_cast<const int32_t*>(alpha) != 1 ||
        *static_cast<const int32_t*>(beta) != 0) {
      return CUBLAS_STATUS_NOT_SUPPORTED;
    }
    espalier::emulation::Do(handle->stream, [=] {
      MultiplyBytes(m, n, k, static_cast<const int8_t*>(a), lda, static_cast<const int8_t*>(b), ldb,
                    static_cast<int32_t*>(c), ldc);
      return cudaSuccess;
    });
    return CUBLAS_STATUS_SUCCESS;
  }
  if (type_a != CUDA_R_16BF || type_c != CUDA_R_32F || compute != CUBLAS_COMPUTE_32F) {
    return CUBLAS_STATUS_NOT_SUPPORTED;
  }
  const Product product = {static_cast<size_t>(m),
                           static_cast<size_t>(n),
                           static_cast<size_t>(k),
                           static_cast<const __nv_bfloat16*>(a),
                           static_cast<const __nv_bfloat16*>(b),
                           static_cast<size_t>(lda),
                           static_cast<size_t>(ldb),
                           *static_cast<const float*>(alpha),
                           *static_cast<const float*>(beta),
                           static_cast<float*>(c),
                           static_cast<size_t>(ldc)};
  espalier::emulation::Do(handle->stream, [product] {
    product.Run();
    return cudaSuccess;
  });
  return CUBLAS_STATUS_SUCCESS;
}
