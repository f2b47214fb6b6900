// The machines of grammar/external_scanner.h beside the C functions of the grammars' packages, on any bytes.
// An input is a language ('0' to '5', others wrap around), four bytes with the set of valid tokens, one that
// decides on all else, and the text. It is scanned to its end, token by token, each scan stopped everywhere.
#include <algorithm>
#include <cstdio>
#include <random>
#include <string>
#include <string_view>

#include "tests/fuzz/fuzz_check.h"
#include "tests/grammar/scanner_comparison.h"

namespace espalier {
namespace {

constexpr size_t kHeader = 6;
constexpr size_t kLongest = 600;  // each scan is repeated for each place where it may stop
constexpr int kMostScans = 12;

void Report(const std::string& difference) {
  std::fprintf(stderr, "%s\n", difference.c_str());
  FuzzCheck(false);
}

class Scans {
 public:
  Scans(const ScannerSample& sample, uint32_t seed)
      : random_(seed),
        comparison_(
            sample, [this](size_t limit) { return Below(limit); }, Report) {}

  void Run(std::string_view text, uint32_t valid) {
    ScanVerdict last;
    uint32_t begin = 0;
    for (int scans = 0; scans < kMostScans && begin <= text.size(); ++scans) {
      ScanVerdict verdict = comparison_.Check({text, begin, valid, last.state}, true);
      const uint32_t next = verdict.found ? verdict.end : begin;
      if (verdict.found) last = std::move(verdict);
      begin = next + static_cast<uint32_t>(Below(3));
      valid = Below(4) == 0 ? comparison_.RandomValidSet() : SomeValidSet();
    }
  }

  /// One that the parser asks for, or just the one that is given.
  uint32_t ValidSet(uint32_t bits) {
    const auto& sets = comparison_.valid_sets();
    const uint32_t all = sets.front();  // that of error recovery
    return bits >> 31 ? sets[bits % sets.size()] : bits & all;
  }

 private:
  size_t Below(size_t limit) { return std::uniform_int_distribution<size_t>(0, limit - 1)(random_); }
  uint32_t SomeValidSet() { return comparison_.valid_sets()[Below(comparison_.valid_sets().size())]; }

  std::minstd_rand random_;
  ScannerComparison comparison_;
};

}  // namespace
}  // namespace espalier

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace espalier;
  if (size < kHeader || size > kLongest) return 0;
  const auto& samples = ScannerSamples();
  const size_t language = (data[0] + samples.size() * 48 - '0') % samples.size();
  uint32_t bits = 0;
  for (int i = 1; i <= 4; ++i) bits = bits << 8 | data[i];
  Scans scans(samples[language], data[5] + 1u);
  scans.Run(FuzzText(data + kHeader, size - kHeader), scans.ValidSet(bits));
  return 0;
}
