// Loops that do nothing but one thing as fast as the processor can: read memory, or multiply and add
// from registers. Their rates are the floor that the runtime's speed is compared with. Stateless; each
// function may run on several threads at once.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace espalier {

/// Multiplies and adds in registers.
struct ArithmeticKernel {
  std::string_view name;
  double operations;  ///< of one iteration; a multiply-add counts as two
  void (*run)(size_t iterations);
};

/// Reads a range once. REQUIRES: `data` and `bytes` are multiples of 512.
struct ReadKernel {
  std::string_view name;
  void (*run)(const std::byte* data, size_t bytes);
};

/// Adds the kernels of an instruction set, if this processor has it.
void AddAvx2Kernels(std::vector<ArithmeticKernel>& arithmetic, std::vector<ReadKernel>& read);
void AddAvx512Kernels(std::vector<ArithmeticKernel>& arithmetic, std::vector<ReadKernel>& read);

}  // namespace espalier
