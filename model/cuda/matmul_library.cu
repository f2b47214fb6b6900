// cuBLAS: the matrix is unpacked to bfloat16, which many rows share the time of.
#include "model/cuda/matmul.cuh"

namespace espalier::cuda {
namespace {

constexpr unsigned kThreads = 256;

template <DataType kType>
__global__ void Unpack(DeviceMatrix w, __nv_bfloat16* out) {
  const size_t n = static_cast<size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if constexpr (IsFloatType(kType)) {
    if (n < static_cast<size_t>(w.rows) * w.cols) out[n] = __float2bfloat16_rn(LoadFloat<kType>(w, n));
  } else {  // a thread takes a word, of four neighbours
    const size_t group = n / 8;
    if (group >= static_cast<size_t>(w.rows) * w.groups()) return;
    const FourWeights four = LoadFour<kType>(w, group, static_cast<int>(n % 8));
    for (size_t i = 0; i < 4; ++i) out[n * 4 + i] = __float2bfloat16_rn(four.values[i]);
  }
}

__global__ void FillBias(ProductOut out, uint32_t cols) {
  const uint32_t o = blockIdx.x * blockDim.x + threadIdx.x;
  if (o >= cols) return;
  out.Store(blockIdx.y, o, 0.0f);
}

}  // namespace

void MultiplyByLibrary(Stream& stream, cublasHandle_t library, const DeviceMatrix& w, const Activations& in,
                       const ProductOut& out, __nv_bfloat16* unpacked) {
  if (in.rows == 0) return;
  const size_t elements = static_cast<size_t>(w.rows) * w.cols;
  ForType(w.type, [&]<DataType kType>() {
    stream.Launch("unpack", dim3(DivideUp(IsFloatType(kType) ? elements : elements / 4, kThreads)), kThreads,
                  Unpack<kType>, w, unpacked);
  });
  if (out.bias != nullptr) {
    stream.Launch("bias", dim3(DivideUp(w.rows, kThreads), in.rows), kThreads, FillBias, out, w.rows);
  }
  const float one = 1, keep = out.accumulate || out.bias != nullptr ? 1 : 0;
  // cuBLAS counts columns first: its out[o, r] is our out[r][o].
  const cublasStatus_t status =
      cublasGemmEx(library, CUBLAS_OP_T, CUBLAS_OP_N, static_cast<int>(w.rows), static_cast<int>(in.rows),
                   static_cast<int>(w.cols), &one, unpacked, CUDA_R_16BF, static_cast<int>(w.cols),
                   in.rounded, CUDA_R_16BF, static_cast<int>(in.stride), &keep, out.y, CUDA_R_32F,
                   static_cast<int>(out.stride), CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT);
  if (status != CUBLAS_STATUS_SUCCESS) {
    stream.Note(Fail(ErrorCode::kInternal, std::string("cuBLAS: ") + cublasGetStatusString(status)));
  }
}

Result<Multiplier> Multiplier::Create(Stream& stream) {
  Multiplier multiplier;
  cublasStatus_t status = cublasCreate(&multiplier.library_);
  if (status == CUBLAS_STATUS_SUCCESS) status = cublasSetStream(multiplier.library_, stream.get());
  if (status == CUBLAS_STATUS_SUCCESS) return multiplier;
  return Fail(ErrorCode::kInternal, std::string("cuBLAS does not start: ") + cublasGetStatusString(status));
}

Multiplier::Multiplier(Multiplier&& other) noexcept
    : library_(std::exchange(other.library_, nullptr)),
      unpacked_(std::move(other.unpacked_)),
      bytes_(std::move(other.bytes_)) {}

Multiplier::~Multiplier() {
  if (library_ != nullptr) cublasDestroy(library_);
}

void Multiplier::Multiply(Stream& stream, const DeviceMatrix& w, const Activations& in,
                          const ProductOut& out) const {
  if (in.rows <= kMostVectorRows) return MultiplyByWarps(stream, w, in, out);
  if (in.rows < kLeastLibraryRows && !IsFloatType(w.type)) return MultiplyByTiles(stream, w, in, out);
  if (bytes_.Fits(w, in)) return MultiplyByBytes(stream, library_, w, in, out, bytes_);
  if (static_cast<size_t>(w.rows) * w.cols >
      unpacked_.count()) {  // the vocabulary, of a whole prompt: not usual
    return IsFloatType(w.type) ? MultiplyByWarps(stream, w, in, out) : MultiplyByTiles(stream, w, in, out);
  }
  MultiplyByLibrary(stream, library_, w, in, out, unpacked_.data());
}

}  // namespace espalier::cuda
