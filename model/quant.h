// The meaning of every quantization format, written plainly: these functions are the reference that
// all packed and vectorised kernels are compared with. Formats: ggml's block layouts (GGUF spec).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "model/tensor.h"

namespace espalier {

float HalfToFloat(uint16_t half);
uint16_t FloatToHalf(float value);  ///< Round to nearest even.
float Bfloat16ToFloat(uint16_t value);
uint16_t FloatToBfloat16(float value);  ///< Round to nearest even.

/// Expands out.size() elements of one row starting at `row`. REQUIRES: whole blocks.
void DequantizeRow(DataType type, const std::byte* row, std::span<float> out);

/// A whole vector as floats; empty when the view is.
std::vector<float> ToFloats(const TensorView& vector);

/// Quantizes `row` into `out` (RowBytes(type, row.size()) bytes), for test models and the KV cache.
/// REQUIRES: whole blocks of finite values; type is one of F32, F16, BF16, Q4_0, Q5_0, Q5_1, Q8_0, Q4_K,
/// Q5_K, Q6_K. Quality is the plain round-to-nearest of each format, not an importance-weighted search.
void QuantizeRow(DataType type, std::span<const float> row, std::byte* out);

}  // namespace espalier
