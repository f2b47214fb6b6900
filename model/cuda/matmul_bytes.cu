// cuBLAS on bytes: weights with a scale for each of their rows, activations with one for each of theirs
// (W8A8: Dettmers et al. 2022, "LLM.int8()", without its outlier columns). Twice the rate of bfloat16 on
// tensor cores, and less exact.
#include "model/cuda/matmul.cuh"

namespace espalier::cuda {
namespace {

constexpr unsigned kThreads = 256;
constexpr unsigned kWarps = kThreads / kLanes;
constexpr float kMost = 127.0f;

__device__ int8_t Code(float value, float largest) {
  return static_cast<int8_t>(largest > 0 ? static_cast<int>(rintf(value * (kMost / largest))) : 0);
}

/// Calls visit(column, weight) for the columns of row `o` that are this thread's.
template <DataType kType, typename Visit>
__device__ void ForWeights(const DeviceMatrix& w, size_t o, const Visit& visit) {
  if constexpr (IsFloatType(kType)) {
    for (uint32_t i = threadIdx.x; i < w.cols; i += kThreads) visit(i, LoadFloat<kType>(w, o * w.cols + i));
  } else {
    const uint32_t words = w.cols / 4;  // a thread takes a word, of four neighbours
    for (uint32_t n = threadIdx.x; n < words; n += kThreads) {
      const FourWeights four = LoadFour<kType>(w, o * w.groups() + n / 8, static_cast<int>(n % 8));
      for (uint32_t i = 0; i < 4; ++i) visit(n * 4 + i, four.values[i]);
    }
  }
}

template <DataType kType>
__global__ void PackWeightRow(DeviceMatrix w, int8_t* codes, float* scales) {
  float largest = 0;
  ForWeights<kType>(w, blockIdx.x, [&](uint32_t, float weight) { largest = fmaxf(largest, fabsf(weight)); });
  largest = BlockMax<kWarps>(largest);
  int8_t* row = codes + static_cast<size_t>(blockIdx.x) * w.cols;
  ForWeights<kType>(w, blockIdx.x, [&](uint32_t i, float weight) { row[i] = Code(weight, largest); });
  if (threadIdx.x == 0) scales[blockIdx.x] = largest / kMost;
}

__global__ void PackInputRow(Activations in, int8_t* codes, float* scales) {
  const float* x = in.x + static_cast<size_t>(blockIdx.x) * in.stride;
  float largest = 0;
  for (uint32_t i = threadIdx.x; i < in.cols; i += kThreads) largest = fmaxf(largest, fabsf(x[i]));
  largest = BlockMax<kWarps>(largest);
  int8_t* row = codes + static_cast<size_t>(blockIdx.x) * in.cols;
  for (uint32_t i = threadIdx.x; i < in.cols; i += kThreads) row[i] = Code(x[i], largest);
  if (threadIdx.x == 0) scales[blockIdx.x] = largest / kMost;
}

__global__ void StoreSums(const int32_t* sums, const float* weight_scales, const float* scales, uint32_t cols,
                          ProductOut out) {
  const uint32_t o = blockIdx.x * kThreads + threadIdx.x;
  if (o >= cols) return;
  const size_t row = blockIdx.y;
  out.Store(row, o, static_cast<float>(sums[row * cols + o]) * scales[row] * weight_scales[o]);
}

}  // namespace

Status ByteRoom::Reserve(size_t matrix, uint32_t outputs, uint32_t cols, uint32_t rows) {
  ESPALIER_RETURN_IF_ERROR(weights_.Reserve(matrix));
  ESPALIER_RETURN_IF_ERROR(weight_scales_.Reserve(outputs));
  ESPALIER_RETURN_IF_ERROR(inputs_.Reserve(size_t{rows} * cols));
  ESPALIER_RETURN_IF_ERROR(input_scales_.Reserve(rows));
  return sums_.Reserve(size_t{rows} * outputs);
}

bool ByteRoom::Fits(const DeviceMatrix& w, const Activations& in) const {
  return w.cols % 16 == 0 && w.rows % 4 == 0 && size_t{w.rows} * w.cols <= weights_.count() &&
         w.rows <= weight_scales_.count() && size_t{in.rows} * in.cols <= inputs_.count() &&
         in.rows <= input_scales_.count() && size_t{in.rows} * w.rows <= sums_.count();
}

void MultiplyByBytes(Stream& stream, cublasHandle_t library, const DeviceMatrix& w, const Activations& in,
                     const ProductOut& out, const ByteRoom& room) {
  if (in.rows == 0) return;
  ForType(w.type, [&]<DataType kType>() {
    stream.Launch("pack weights", dim3(w.rows), kThreads, PackWeightRow<kType>, w, room.weights(),
                  room.weight_scales());
  });
  stream.Launch("pack", dim3(in.rows), kThreads, PackInputRow, in, room.inputs(), room.input_scales());
  const int32_t one = 1, zero = 0;
  const auto outputs = static_cast<int>(w.rows), cols = static_cast<int>(w.cols);
  // cuBLAS counts columns first: its out[o, r] is our out[r][o].
  const cublasStatus_t status =
      cublasGemmEx(library, CUBLAS_OP_T, CUBLAS_OP_N, outputs, static_cast<int>(in.rows), cols, &one,
                   room.weights(), CUDA_R_8I, cols, room.inputs(), CUDA_R_8I, cols, &zero, room.sums(),
                   CUDA_R_32I, outputs, CUBLAS_COMPUTE_32I, CUBLAS_GEMM_DEFAULT);
  if (status != CUBLAS_STATUS_SUCCESS) {
    stream.Note(Fail(ErrorCode::kInternal, std::string("cuBLAS: ") + cublasGetStatusString(status)));
  }
  stream.Launch("scale", dim3(DivideUp(w.rows, kThreads), in.rows), kThreads, StoreSums, room.sums(),
                room.weight_scales(), room.input_scales(), w.rows, out);
}

}  // namespace espalier::cuda
