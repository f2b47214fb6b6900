#include "model/tensor.h"

#include <iterator>

namespace espalier {
namespace {

constexpr DataTypeInfo kDataTypes[] = {
    {"F32", 1, 4},    {"F16", 1, 2},    {"BF16", 1, 2},     {"Q4_0", 32, 18},   {"Q5_0", 32, 22},
    {"Q5_1", 32, 24}, {"Q8_0", 32, 34}, {"Q4_K", 256, 144}, {"Q5_K", 256, 176}, {"Q6_K", 256, 210},
};
static_assert(std::size(kDataTypes) == static_cast<size_t>(DataType::kQ6_K) + 1);

}  // namespace

const DataTypeInfo& InfoOf(DataType type) { return kDataTypes[static_cast<size_t>(type)]; }

}  // namespace espalier
