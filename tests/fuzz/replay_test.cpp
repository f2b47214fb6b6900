// Runs a fuzz target without a fuzzer: over its committed corpus, and over many mutants of it that are
// the same in every run. A failure is a crash, or a sanitizer's report.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tests/fuzz/fuzz_check.h"

namespace espalier {
namespace {

constexpr int kMutants = ESPALIER_FUZZ_MUTANTS;
constexpr size_t kLargestSeedBytes = 16384;

using Input = std::string;

std::vector<Input> ReadCorpus() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(ESPALIER_CORPUS_DIR))
    paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<Input> corpus;
  for (const auto& path : paths) {
    std::ifstream in(path, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return corpus;
}

/// Runs the target on a copy that ends exactly where its allocation ends.
void RunTarget(const Input& input) {
  const std::vector<uint8_t> exact(input.begin(), input.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

class Mutator {
 public:
  explicit Mutator(const std::vector<Input>& seeds) : seeds_(seeds) {}

  Input Next() {
    Input input = seeds_[Below(seeds_.size())];
    for (size_t edits = 1 + Below(4); edits > 0 && !input.empty(); --edits) Edit(input);
    return input;
  }

 private:
  size_t Below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(rng_); }

  void Edit(Input& input) {
    const size_t at = Below(input.size());
    switch (Below(7)) {
      case 0:
        input[at] = static_cast<char>(input[at] ^ 1 << Below(8));
        break;
      case 1:
        input[at] = static_cast<char>(Below(256));
        break;
      case 2:
        input.resize(at);
        break;
      case 3:
        input.erase(at, 1 + Below(16));
        break;
      case 4:
        input.insert(at, input.substr(Below(input.size()), 1 + Below(64)));
        break;
      case 5:
        Splice(input, at);
        break;
      case 6:
        SetInteger(input, at);
        break;
    }
  }

  void Splice(Input& input, size_t at) {
    const Input& other = seeds_[Below(seeds_.size())];
    if (!other.empty()) input = input.substr(0, at) + other.substr(Below(other.size()));
  }

  /// Overwrites eight or four bytes, as if they were a count or a length.
  void SetInteger(Input& input, size_t at) {
    constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();
    const uint64_t values[] = {0,          1,          kMax,       kMax - 1,   kMax - 31,    1ull << 63,
                               1ull << 62, 1ull << 61, 1ull << 32, 1ull << 31, input.size(), Below(1000)};
    const uint64_t value = values[Below(std::size(values))];
    const size_t width = Below(2) == 0 ? 4 : 8;
    std::memcpy(input.data() + at, &value, std::min(width, input.size() - at));
  }

  const std::vector<Input>& seeds_;
  std::mt19937_64 rng_{20240607};
};

TEST(FuzzReplayTest, CorpusSurvives) {
  const std::vector<Input> corpus = ReadCorpus();
  ASSERT_FALSE(corpus.empty());
  for (const Input& input : corpus) RunTarget(input);
}

TEST(FuzzReplayTest, MutantsSurvive) {
  std::vector<Input> seeds = ReadCorpus();
  std::erase_if(seeds, [](const Input& seed) { return seed.size() > kLargestSeedBytes; });
  ASSERT_FALSE(seeds.empty());
  Mutator mutator(seeds);
  for (int i = 0; i < kMutants; ++i) RunTarget(mutator.Next());
}

}  // namespace
}  // namespace espalier
