// Reading groups of weights in the layout of weight_layout.h, on the device.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include "model/cuda/device.cuh"
#include "model/cuda/weight_layout.h"

namespace espalier::cuda {

/// A matrix in device memory, passed to kernels by value.
struct DeviceMatrix {
  DataType type = DataType::kF32;
  uint32_t rows = 0, cols = 0;
  const uint8_t *low = nullptr, *high = nullptr, *scales = nullptr, *super = nullptr;

  __host__ __device__ uint32_t groups() const { return cols / kGroup; }  ///< of a row, when grouped
};

/// `matrix` as it was packed to `base` in device memory.
inline DeviceMatrix ViewOf(const TensorView& matrix, const WeightLayout& layout, const uint8_t* base) {
  return {matrix.type,
          static_cast<uint32_t>(matrix.rows),
          static_cast<uint32_t>(matrix.cols),
          base,
          base + layout.high,
          base + layout.scales,
          base + layout.super};
}

/// w = scale * q - minimum; the first 16 weights of a group may have another scale than the last 16.
struct GroupScales {
  float low, high, minimum;
};

/// Words of four signed bytes: `low` of weights 4j to 4j + 3, `high` of weights 16 + 4j to 16 + 4j + 3. These
/// are what a lane of a tensor core's product holds.
struct WordPair {
  int low, high;
};

/// Bit k of a nibble becomes bit 4 of byte k.
__device__ __forceinline__ uint32_t SpreadBits(uint32_t nibble) {
  return ((nibble * 0x00204081u) & 0x01010101u) << 4;
}

/// Bits 2k, 2k + 1 of a byte become bits 4, 5 of byte k.
__device__ __forceinline__ uint32_t SpreadPairs(uint32_t byte) {
  return ((byte & 0x03u) | (byte & 0x0cu) << 6 | (byte & 0x30u) << 12 | (byte & 0xc0u) << 18) << 4;
}

/// Six-bit codes less 32, as signed bytes.
__device__ __forceinline__ uint32_t Less32(uint32_t codes) {
  const uint32_t turned = codes ^ 0x20202020u, sign = turned & 0x20202020u;
  return turned | sign << 1 | sign << 2;
}

template <typename T>
__device__ __forceinline__ T Load(const uint8_t* plane, size_t index) {
  return reinterpret_cast<const T*>(plane)[index];
}

/// Word j (0 to 3) of the nibbles and the bits above them.
template <DataType kType>
__device__ __forceinline__ WordPair JoinBits(uint32_t nibbles, uint2 above, int j) {
  uint32_t low = nibbles & 0x0f0f0f0fu, high = nibbles >> 4 & 0x0f0f0f0fu;
  if constexpr (kType == DataType::kQ5_0 || kType == DataType::kQ5_1 || kType == DataType::kQ5_K) {
    low |= SpreadBits(above.x >> (4 * j) & 15);
    high |= SpreadBits(above.x >> (16 + 4 * j) & 15);
  }
  if constexpr (kType == DataType::kQ6_K) {
    low = Less32(low | SpreadPairs(above.x >> (8 * j) & 255));
    high = Less32(high | SpreadPairs(above.y >> (8 * j) & 255));
  }
  return {static_cast<int>(low), static_cast<int>(high)};
}

template <DataType kType>
__device__ __forceinline__ uint2 LoadAbove(const DeviceMatrix& w, size_t group) {
  if constexpr (kType == DataType::kQ6_K) return Load<uint2>(w.high, group);
  if constexpr (kType == DataType::kQ5_0 || kType == DataType::kQ5_1 || kType == DataType::kQ5_K) {
    return uint2{Load<uint32_t>(w.high, group), 0};
  }
  return uint2{0, 0};
}

/// `group` counts from the first row on.
template <DataType kType>
__device__ __forceinline__ WordPair LoadWords(const DeviceMatrix& w, size_t group, int j) {
  if constexpr (kType == DataType::kQ8_0) {
    return {Load<int>(w.low, group * 8 + static_cast<size_t>(j)),
            Load<int>(w.low, group * 8 + 4 + static_cast<size_t>(j))};
  }
  return JoinBits<kType>(Load<uint32_t>(w.low, group * 4 + static_cast<size_t>(j)),
                         LoadAbove<kType>(w, group), j);
}

template <DataType kType>
__device__ __forceinline__ GroupScales LoadScales(const DeviceMatrix& w, size_t group) {
  if constexpr (kType == DataType::kQ4_K || kType == DataType::kQ5_K) {
    const uchar2 s = Load<uchar2>(w.scales, group);
    const float2 d = __half22float2(Load<__half2>(w.super, group / kSuperGroups));
    const float scale = d.x * static_cast<float>(s.x);
    return {scale, scale, d.y * static_cast<float>(s.y)};
  }
  if constexpr (kType == DataType::kQ6_K) {
    const char2 s = Load<char2>(w.scales, group);
    const float d = __half2float(Load<__half>(w.super, group / kSuperGroups));
    return {d * static_cast<float>(s.x), d * static_cast<float>(s.y), 0.0f};
  }
  if constexpr (kType == DataType::kQ5_1) {
    const float2 d = __half22float2(Load<__half2>(w.scales, group));
    return {d.x, d.x, -d.y};
  }
  const float d = __half2float(Load<__half>(w.scales, group));
  const float offset = kType == DataType::kQ4_0 ? 8.0f : kType == DataType::kQ5_0 ? 16.0f : 0.0f;
  return {d, d, offset * d};
}

/// All 32 weights of a group: words 0 to 3 are `low`, 4 to 7 `high` of LoadWords.
template <DataType kType>
__device__ __forceinline__ void LoadGroup(const DeviceMatrix& w, size_t group, int (&words)[8]) {
  if constexpr (kType == DataType::kQ8_0) {
    const int4 first = Load<int4>(w.low, group * 2), second = Load<int4>(w.low, group * 2 + 1);
    words[0] = first.x, words[1] = first.y, words[2] = first.z, words[3] = first.w;
    words[4] = second.x, words[5] = second.y, words[6] = second.z, words[7] = second.w;
  } else {
    const uint4 nibbles = Load<uint4>(w.low, group);
    const uint2 above = LoadAbove<kType>(w, group);
    const uint32_t parts[4] = {nibbles.x, nibbles.y, nibbles.z, nibbles.w};
    for (int j = 0; j < 4; ++j) {
      const WordPair pair = JoinBits<kType>(parts[j], above, j);
      words[j] = pair.low;
      words[j + 4] = pair.high;
    }
  }
}

struct FourWeights {
  float values[4];
};

/// Weights 4j to 4j + 3 of a group, j below 8.
template <DataType kType>
__device__ __forceinline__ FourWeights LoadFour(const DeviceMatrix& w, size_t group, int j) {
  const WordPair words = LoadWords<kType>(w, group, j % 4);
  const GroupScales scales = LoadScales<kType>(w, group);
  const auto word = static_cast<uint32_t>(j < 4 ? words.low : words.high);
  const float scale = j < 4 ? scales.low : scales.high;
  FourWeights four;
  for (int i = 0; i < 4; ++i) {
    const auto code = static_cast<int8_t>(word >> (8 * i));
    four.values[i] = scale * static_cast<float>(code) - scales.minimum;
  }
  return four;
}

/// Element i of a row of floats.
template <DataType kType>
__device__ __forceinline__ float LoadFloat(const DeviceMatrix& w, size_t index) {
  if constexpr (kType == DataType::kF16) return __half2float(Load<__half>(w.low, index));
  if constexpr (kType == DataType::kBF16) return __bfloat162float(Load<__nv_bfloat16>(w.low, index));
  return Load<float>(w.low, index);
}

/// Calls `call.template operator()<type>()` with the matrix' type as a constant.
template <typename Call>
void ForType(DataType type, const Call& call) {
  switch (type) {
    case DataType::kF32:
      return call.template operator()<DataType::kF32>();
    case DataType::kF16:
      return call.template operator()<DataType::kF16>();
    case DataType::kBF16:
      return call.template operator()<DataType::kBF16>();
    case DataType::kQ4_0:
      return call.template operator()<DataType::kQ4_0>();
    case DataType::kQ5_0:
      return call.template operator()<DataType::kQ5_0>();
    case DataType::kQ5_1:
      return call.template operator()<DataType::kQ5_1>();
    case DataType::kQ8_0:
      return call.template operator()<DataType::kQ8_0>();
    case DataType::kQ4_K:
      return call.template operator()<DataType::kQ4_K>();
    case DataType::kQ5_K:
      return call.template operator()<DataType::kQ5_K>();
    case DataType::kQ6_K:
      return call.template operator()<DataType::kQ6_K>();
  }
}

constexpr bool IsFloatType(DataType type) {
  return type == DataType::kF32 || type == DataType::kF16 || type == DataType::kBF16;
}

}  // namespace espalier::cuda
