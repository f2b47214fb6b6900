// The whole forward pass against Hugging Face transformers in float32 (golden files: see
// tests/data/golden/README.md). Tiny models always; the Qwen models where they are installed.
#include "evals/bench/golden_logits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <limits>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "model/backend.h"
#include "model/model.h"
#include "model/model_store.h"
#include "tests/support/temporary_folder.h"

namespace espalier {
namespace {

const std::filesystem::path kData = std::filesystem::path(ESPALIER_SOURCE_DIR) / "tests" / "data";

// What a backend rounds that the reference does not, relative to the rounded value: the KV cache keeps
// halves; the fast paths also round activations to 8 bits, at worst half a step of 127.
constexpr double kHalfRounding = 1.0 / 2048;
constexpr double kInt8Rounding = 0.5 / 127;

// A rounding error reaches the logits through a few layers of sums, which add independent errors like
// sqrt(n): these factors allow for 8 roundings of the same size in the mean and for a tail of 8 times that.
constexpr double kRmsFactor = 8;
constexpr double kTailFactor = 8;

GoldenLogits ReadGolden(const std::filesystem::path& name) {
  auto golden = ReadGoldenLogits(kData / "golden" / name);
  if (!golden) throw std::runtime_error(golden.error().message);
  return std::move(*golden);
}

/// The model on `backend`, or null with a skipped test when this machine cannot run that backend.
std::unique_ptr<Model> LoadOrSkip(const std::filesystem::path& path, BackendKind backend) {
  auto model = Model::Load(path, {.backend = backend, .threads = 2, .context_tokens = 1024});
  if (model) return std::move(*model);
  if (model.error().code != ErrorCode::kUnsupported) throw std::runtime_error(model.error().message);
  [&] { GTEST_SKIP() << model.error().message; }();
  return nullptr;
}

LogitsAgreement Compare(Model& model, std::span<const GoldenWindow> windows, size_t step_tokens) {
  LogitsAgreement agreement;
  for (const GoldenWindow& window : windows) {
    const Status status = CompareWindow(model, window, step_tokens, agreement);
    if (!status) throw std::runtime_error(status.error().message);
  }
  return agreement;
}

void ExpectWithinRounding(const LogitsAgreement& agreement, double rounding) {
  SCOPED_TRACE(agreement.Summary());
  EXPECT_LE(agreement.rms_difference(), kRmsFactor * rounding * agreement.rms_reference());
  EXPECT_LE(agreement.max_difference(), kTailFactor * kRmsFactor * rounding * agreement.rms_reference());
  EXPECT_LE(agreement.max_log_sum_exp_difference(),
            kTailFactor * kRmsFactor * rounding * agreement.rms_reference());
}

struct TinyModel {
  std::string file;
  bool quantized;  ///< the fast paths keep unquantized weights, and so activations, in float
};

void PrintTo(const TinyModel& model, std::ostream* out) { *out << model.file; }

using TinyCase = std::tuple<TinyModel, BackendKind, size_t>;

class TinyGolden : public testing::TestWithParam<TinyCase> {};

TEST_P(TinyGolden, LogitsWithinRoundingOfTheReference) {
  const auto& [tiny, backend, step_tokens] = GetParam();
  const auto golden = ReadGolden("tiny-" + std::filesystem::path(tiny.file).stem().string() + ".logits");
  const auto model = LoadOrSkip(kData / "tiny" / tiny.file, backend);
  if (!model) return;
  const auto agreement = Compare(*model, golden.windows, step_tokens);
  EXPECT_GE(agreement.positions(), 100u);
  const bool exact = backend == BackendKind::kScalar || !tiny.quantized;
  ExpectWithinRounding(agreement, exact ? kHalfRounding : kInt8Rounding);
  EXPECT_GE(agreement.mean_cosine(), exact ? 0.9999 : 0.999);
}

// One row, a few rows, and more rows than a KV page takes different kernels.
INSTANTIATE_TEST_SUITE_P(
    Models, TinyGolden,
    testing::Combine(testing::Values(TinyModel{"qwen2-legacy.gguf", true}, TinyModel{"qwen2-k.gguf", true},
                                     TinyModel{"llama.gguf", true}, TinyModel{"qwen2-hf", false}),
                     testing::Values(BackendKind::kScalar, BackendKind::kAvx2, BackendKind::kAvxVnni,
                                     BackendKind::kAvx512),
                     testing::Values(1, 5, 40)),
    [](const auto& test) {
      std::string name = std::get<0>(test.param).file + "_" +
                         std::string(BackendKindName(std::get<1>(test.param))) + "_by_" +
                         std::to_string(std::get<2>(test.param));
      for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
      return name;
    });

/// A directory that holds the tiny model's weights beside another config.json; removed at the end.
class VariantDirectory {
 public:
  explicit VariantDirectory(const std::filesystem::path& config) {
    for (const char* shared : {"model.safetensors", "tokenizer.json", "tokenizer_config.json"}) {
      std::filesystem::create_symlink(kData / "tiny" / "qwen2-hf" / shared, path() / shared);
    }
    std::filesystem::copy_file(config, path() / "config.json");
  }
  const std::filesystem::path& path() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
};

class RopeGolden : public testing::TestWithParam<std::string> {};

TEST_P(RopeGolden, ScalingFieldsOfConfigJsonMeanWhatTransformersMakesOfThem) {
  const auto golden = ReadGolden("rope/" + GetParam() + ".logits");
  const VariantDirectory directory(kData / "golden" / "rope" / (GetParam() + ".json"));
  const auto model = LoadOrSkip(directory.path(), BackendKind::kScalar);
  ASSERT_NE(model, nullptr);
  const auto agreement = Compare(*model, golden.windows, 64);
  ExpectWithinRounding(agreement, kHalfRounding);
  EXPECT_GE(agreement.top1_share(), 0.99);
}

INSTANTIATE_TEST_SUITE_P(Scalings, RopeGolden, testing::Values("linear", "llama3", "yarn", "yarn-parameters"),
                         [](const auto& test) { return test.index == 3 ? "yarn_parameters" : test.param; });

struct QwenModel {
  std::string name;  ///< in the model list
  std::string golden;
};

void PrintTo(const QwenModel& model, std::ostream* out) { *out << model.name; }

class QwenGolden : public testing::TestWithParam<QwenModel> {
 protected:
  /// The installed model on `backend`; null with a skipped test when there is none.
  std::unique_ptr<Model> LoadInstalled(BackendKind backend) {
    const KnownModel* known = FindKnownModel(GetParam().name);
    if (known == nullptr) throw std::runtime_error("no model is called " + GetParam().name);
    if (IsInstalled(*known)) return LoadOrSkip(InstalledPath(*known), backend);
    [&] { GTEST_SKIP() << InstalledPath(*known) << " is not installed (espalier model pull)"; }();
    return nullptr;
  }
  GoldenLogits golden_ = ReadGolden(GetParam().golden);
};

size_t ScalarWindows() {
  const char* windows = std::getenv("ESPALIER_GOLDEN_SCALAR_WINDOWS");
  return windows == nullptr ? 1 : std::strtoul(windows, nullptr, 10);
}

// The scalar backend needs about a minute of processor time for 500 positions of the smaller model, so only
// the first window runs unless ESPALIER_GOLDEN_SCALAR_WINDOWS asks for more (12 = all 2,112 positions).
TEST_P(QwenGolden, ScalarLogitsEqualTheReference) {
  const auto model = LoadInstalled(BackendKind::kScalar);
  if (!model) return;
  const auto windows = std::span(golden_.windows).first(std::min(ScalarWindows(), golden_.windows.size()));
  const auto agreement = Compare(*model, windows, 64);
  std::cout << agreement.Summary() << "\n";
  EXPECT_GE(agreement.mean_cosine(), 0.9999);
  EXPECT_GE(agreement.min_cosine(), 0.999);
  EXPECT_GE(agreement.top1_share(), 0.99);
}

TEST_P(QwenGolden, FastLogitsAreCloseAndChooseTheSameToken) {
  const auto model = LoadInstalled(BackendKind::kAuto);
  if (!model) return;
  const auto agreement = Compare(*model, golden_.windows, 128);
  std::cout << model->backend_name() << ": " << agreement.Summary() << "\n";
  EXPECT_GE(agreement.positions(), 2000u);
  EXPECT_GE(agreement.mean_cosine(), 0.999);
  EXPECT_GE(agreement.min_cosine(), 0.99);
  EXPECT_GE(agreement.top1_share(), 0.99);
}

// Decoding (one row) and verification of drafts (a few rows) use other kernels than prefill.
TEST_P(QwenGolden, FastLogitsOfFewRowsAreCloseToo) {
  const auto model = LoadInstalled(BackendKind::kAuto);
  if (!model) return;
  const size_t last = golden_.windows.size() - 1;
  for (const auto& [window, step_tokens] : {std::pair<size_t, size_t>{0, 1}, {last / 2, 4}, {last, 8}}) {
    const auto agreement = Compare(*model, std::span(golden_.windows).subspan(window, 1), step_tokens);
    std::cout << step_tokens << " rows: " << agreement.Summary() << "\n";
    EXPECT_GE(agreement.mean_cosine(), 0.999);
    EXPECT_GE(agreement.min_cosine(), 0.99);
    EXPECT_GE(agreement.top1_share(), 0.97);  // of 176 positions, so a few near-ties weigh more
  }
}

INSTANTIATE_TEST_SUITE_P(Coder, QwenGolden,
                         testing::Values(QwenModel{"qwen2.5-coder-0.5b", "qwen2.5-coder-0.5b.logits"},
                                         QwenModel{"qwen2.5-coder-1.5b", "qwen2.5-coder-1.5b.logits"}),
                         [](const auto& test) { return test.index == 0 ? "half_b" : "one_and_a_half_b"; });

TEST(GoldenFile, DamageIsAnError) {
  std::ifstream whole(kData / "golden" / "tiny-llama.logits", std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(whole), {});
  const TemporaryFolder folder;
  const auto path = folder.path() / "damaged.logits";
  const auto read = [&](const std::string& content) {
    std::ofstream(path, std::ios::binary) << content;
    return ReadGoldenLogits(path);
  };
  EXPECT_TRUE(read(bytes));
  std::string other_token = bytes;
  other_token[8 + 28 + 8 + 3 * 4 + 3] = 0x7f;  // the first token id's highest byte
  for (const std::string& damaged : {std::string(), bytes.substr(0, 20), bytes.substr(0, bytes.size() - 1),
                                     bytes + "x", "XXXXXXXX" + bytes.substr(8), other_token}) {
    const auto golden = read(damaged);
    ASSERT_FALSE(golden);
    EXPECT_EQ(golden.error().code, ErrorCode::kCorrupt);
  }
}

TEST(LogitsAgreement, CountsANanAsADifference) {
  LogitsAgreement agreement;
  const GoldenPosition golden{1.0f, 0.0f, {1}, {2.0f}};
  agreement.Add(golden, std::vector<float>{0.0f, std::numeric_limits<float>::quiet_NaN()});
  agreement.Add(golden, std::vector<float>{0.0f, 2.0f});
  EXPECT_TRUE(std::isinf(agreement.max_difference()));
}

}  // namespace
}  // namespace espalier
