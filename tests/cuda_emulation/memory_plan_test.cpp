#include "model/cuda/memory_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace espalier::cuda {
namespace {

using testing::HasSubstr;

ModelFile Tiny() {
  auto file = OpenModelFile(std::filesystem::path(ESPALIER_SOURCE_DIR) / "tests/data/tiny/qwen2-k.gguf");
  return std::move(*file);
}

TEST(MemoryPlan, GrowsWithTheContextAlone) {
  const ModelFile file = Tiny();
  const auto part = CutModel(file, 0, 1);
  ASSERT_TRUE(part);
  const MemoryPlan small = PlanMemory(*part, {1000}), large = PlanMemory(*part, {2000});
  const HyperParameters& h = file.hparams;
  EXPECT_EQ(small.kv_cache, size_t{1008} * h.n_layers * 2 * h.kv_dim() * 2);
  EXPECT_EQ(large.kv_cache, size_t{2000} * h.n_layers * 2 * h.kv_dim() * 2);
  EXPECT_GT(PlanMemory(*part, {1000, KvType::kF16, 1, true}).unpacked, small.unpacked);
  EXPECT_GT(PlanMemory(*part, {1000, KvType::kF16, 2}).activations, small.activations);
  EXPECT_EQ(small.weights, large.weights);
  EXPECT_EQ(small.activations, large.activations);
  const auto bytes = static_cast<double>(file.files.front()->bytes().size());
  EXPECT_GT(static_cast<double>(small.weights), 0.5 * bytes);
  EXPECT_LT(static_cast<double>(small.weights), 1.5 * bytes);
}

TEST(MemoryPlan, RefusesWithNumbers) {
  const MemoryPlan plan = {size_t{3} << 30, size_t{1} << 30, 0, 0};
  EXPECT_TRUE(CheckFits(plan, size_t{5} << 30, 4096));
  const Status refused = CheckFits(plan, size_t{4} << 30, 4096);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kResourceExhausted);
  EXPECT_THAT(refused.error().message,
              testing::AllOf(HasSubstr("wants 4352 MiB"), HasSubstr("weights 3072 MiB"),
                             HasSubstr("4096 tokens 1024 MiB"), HasSubstr("4096 MiB are free")));
}

}  // namespace
}  // namespace espalier::cuda
