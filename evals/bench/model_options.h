// The flags that every benchmark of the runtime shares, and how they become ModelOptions.
#pragma once

#include <map>
#include <string>

#include "model/model.h"

namespace espalier {

/// Names of --backend.
inline const std::map<std::string, BackendKind>& BackendNames() {
  static const std::map<std::string, BackendKind> names = {
      {"auto", BackendKind::kAuto},        {"scalar", BackendKind::kScalar}, {"avx2", BackendKind::kAvx2},
      {"avx-vnni", BackendKind::kAvxVnni}, {"avx512", BackendKind::kAvx512}, {"cuda", BackendKind::kCuda}};
  return names;
}

/// Names of --kv.
inline const std::map<std::string, KvType>& KvTypeNames() {
  static const std::map<std::string, KvType> names = {{"f16", KvType::kF16}, {"q8", KvType::kQ8}};
  return names;
}

}  // namespace espalier
