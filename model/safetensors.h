// The safetensors container: a JSON header that names tensors, and their bytes end to end. Memory-safe
// on any bytes: the tensors must tile the data exactly, as the format demands. Immutable, thread-safe.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/file_errors.h"
#include "model/tensor.h"

namespace espalier {

struct SafeTensor {
  std::string name;
  TensorView view;  ///< dimensions before the last are folded into rows
};

/// Tensors of `bytes`, which must outlive the views, in the order of their data.
/// Errors: kCorrupt, kUnsupported (element type, misaligned data).
Result<std::vector<SafeTensor>> ParseSafetensors(std::span<const std::byte> bytes, const FileErrors& errors);

}  // namespace espalier
