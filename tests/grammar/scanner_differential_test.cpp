// The machines of grammar/external_scanner.h against the C functions of the grammars' packages: the same
// verdicts, wherever a scan begins and wherever the text stops.
#include <gtest/gtest.h>

#include <algorithm>
#include <clocale>
#include <random>

#include "tests/grammar/scanner_comparison.h"
#include "tests/support/sample_sources.h"

namespace espalier {

// GoogleTest prints the parameter.
void PrintTo(const ScannerSample& sample, std::ostream* out) { *out << sample.name; }

namespace {

constexpr size_t kLongestText = 2500;  // of a piece of a file; a scan may go on to the text's end
constexpr size_t kMostStates = 200;    // that scans are begun in
constexpr size_t kMostFailures = 5;    // that are printed
constexpr int kLeastDecidedScans = 20000;

// Many scans of one language's texts, from the states that earlier ones left.
class Differential {
 public:
  Differential(const ScannerSample& sample, uint32_t seed)
      : random_(seed),
        comparison_(
            sample, [this](size_t limit) { return Below(limit); },
            [this](const std::string& difference) {
              if (failures_++ < kMostFailures) ADD_FAILURE() << difference;
            }) {}

  const ScanCounts& counts() const { return comparison_.counts(); }

  size_t Below(size_t limit) { return std::uniform_int_distribution<size_t>(0, limit - 1)(random_); }

  std::string RandomText(size_t most_pieces) { return comparison_.RandomText(most_pieces); }

  // A few insertions, deletions and replacements.
  std::string Mutated(std::string text) {
    for (size_t left = 1 + Below(8); left > 0; --left) {
      const size_t at = Below(text.size() + 1);
      const size_t deleted = Below(3) == 0 ? 0 : 1 + Below(4);
      text.replace(at, deleted, Below(3) == 0 ? "" : comparison_.RandomPiece());
    }
    return text;
  }

  // Scans from all bytes of the text, with all sets of tokens that the parser asks for and a few others.
  void ScanEverywhere(std::string_view text) {
    for (uint32_t begin = 0; begin <= text.size(); ++begin) {
      for (const uint32_t valid : comparison_.valid_sets()) Scan(text, begin, valid);
      Scan(text, begin, comparison_.RandomValidSet());
      Scan(text, begin, comparison_.RandomValidSet());
    }
  }

  void ScanSomewhere(std::string_view text, int scans) {
    for (int i = 0; i < scans; ++i) {
      const auto begin = static_cast<uint32_t>(Below(text.size() + 1));
      Scan(text, begin, Below(3) == 0 ? comparison_.RandomValidSet() : ValidSet());
    }
  }

  void ForgetStates() { states_ = {""}; }

  ScanVerdict Check(const ScanQuery& query) { return comparison_.Check(query); }

 private:
  uint32_t ValidSet() { return comparison_.valid_sets()[Below(comparison_.valid_sets().size())]; }

  void Scan(std::string_view text, uint32_t begin, uint32_t valid) {
    const std::string state = Below(2) == 0 ? "" : states_[Below(states_.size())];
    const ScanVerdict verdict = Check({text, begin, valid, state});
    if (!verdict.found) return;
    Remember(verdict.state);
    Follow(text, verdict);
  }

  void Remember(const std::string& state) {
    if (std::find(states_.begin(), states_.end(), state) != states_.end()) return;
    if (states_.size() < kMostStates) {
      states_.push_back(state);
    } else {
      states_[1 + Below(states_.size() - 1)] = state;
    }
  }

  // The scans that may come next in the text: behind the token, or behind a bracket or quote there.
  void Follow(std::string_view text, ScanVerdict last) {
    for (int tries = 0; tries < 5; ++tries) {
      const size_t begin = std::min(text.size(), last.end + Below(2));
      ScanVerdict verdict = Check({text, static_cast<uint32_t>(begin), ValidSet(), last.state});
      if (verdict.found) last = std::move(verdict);
    }
  }

  std::mt19937 random_;
  ScannerComparison comparison_;
  std::vector<std::string> states_ = {""};
  size_t failures_ = 0;
};

// The written-out texts, and pieces of files.
std::vector<std::string> Texts(const ScannerSample& sample) {
  std::vector<std::string> texts = sample.snippets;
  const std::string package = ESPALIER_SOURCE_DIR "/third_party/node_modules/" + sample.package;
  for (const std::string& path : {ESPALIER_SOURCE_DIR "/tests/data/source/" + sample.source,
                                  package + "/src/scanner.c", package + "/grammar.js"}) {
    const std::string text = ReadTextFile(path);
    EXPECT_FALSE(text.empty()) << path;
    for (size_t at = 0; at < text.size(); at += kLongestText) texts.push_back(text.substr(at, kLongestText));
  }
  return texts;
}

class ScannerDifferentialTest : public testing::TestWithParam<ScannerSample> {};

TEST_P(ScannerDifferentialTest, DecidesAsThePackageDoes) {
  Differential differential(GetParam(), 1);
  for (int round = 0; round < 4; ++round) {
    differential.ForgetStates();
    for (const std::string& text : GetParam().snippets) differential.ScanEverywhere(text);
  }
  for (const std::string& text : Texts(GetParam())) differential.ScanSomewhere(text, 1000);
  EXPECT_GE(differential.counts().decided, kLeastDecidedScans);
  EXPECT_EQ(differential.counts().tokens_found, GetParam().tokens);
  RecordProperty("decided", differential.counts().decided);
  RecordProperty("found", differential.counts().found);
}

TEST_P(ScannerDifferentialTest, DecidesAsThePackageDoesOnMutatedTexts) {
  Differential differential(GetParam(), 2);
  for (const std::string& text : Texts(GetParam())) {
    differential.ForgetStates();
    for (int i = 0; i < 30; ++i) differential.ScanSomewhere(differential.Mutated(text), 60);
  }
  EXPECT_GE(differential.counts().decided, kLeastDecidedScans);
  RecordProperty("decided", differential.counts().decided);
  RecordProperty("found", differential.counts().found);
}

TEST_P(ScannerDifferentialTest, DecidesAsThePackageDoesOnRandomTexts) {
  Differential differential(GetParam(), 3);
  for (int i = 0; i < 4000; ++i) {
    if (i % 50 == 0) differential.ForgetStates();
    differential.ScanSomewhere(differential.RandomText(30), 30);
  }
  EXPECT_GE(differential.counts().decided, kLeastDecidedScans);
  EXPECT_EQ(differential.counts().tokens_found, GetParam().tokens);
  RecordProperty("decided", differential.counts().decided);
  RecordProperty("found", differential.counts().found);
}

// What a letter or a space is, C's library decides by the locale.
TEST_P(ScannerDifferentialTest, DecidesAsThePackageDoesInAnotherLocale) {
  const std::string old_locale = std::setlocale(LC_CTYPE, nullptr);
  if (std::setlocale(LC_CTYPE, "C.UTF-8") == nullptr) GTEST_SKIP() << "no locale C.UTF-8 here";
  Differential differential(GetParam(), 4);
  for (const std::string& text : GetParam().snippets) differential.ScanEverywhere(text);
  for (int i = 0; i < 1000; ++i) differential.ScanSomewhere(differential.RandomText(30), 30);
  std::setlocale(LC_CTYPE, old_locale.c_str());
}

INSTANTIATE_TEST_SUITE_P(Languages, ScannerDifferentialTest, testing::ValuesIn(ScannerSamples()),
                         [](const auto& param_info) { return param_info.param.name; });

const ScannerSample& PythonSample() {
  const std::vector<ScannerSample>& samples = ScannerSamples();
  return *std::find_if(samples.begin(), samples.end(),
                       [](const ScannerSample& sample) { return sample.name == "Python"; });
}

// External tokens of Python's grammar, as bits.
constexpr uint32_t kIndent = 1 << 1, kDedent = 1 << 2, kStringStart = 1 << 3, kStringEnd = 1 << 6;

// Open strings and blocks fill the serialized state to its limit, and what is beyond is lost.
TEST(PythonScannerStateTest, OutgrowsItsLimitAsInThePackage) {
  Differential differential(PythonSample(), 5);
  for (const size_t strings : {0, 7, 254, 300}) {
    std::string state;
    for (size_t i = 0; i < strings; ++i) state = differential.Check({"f''", 0, kStringStart, state}).state;
    for (size_t i = 1; i < 600; ++i) {
      const std::string line = "\n" + std::string(i, ' ') + "x";
      const ScanVerdict verdict = differential.Check({line, 0, kIndent, state});
      if (verdict.found) state = verdict.state;
    }
    EXPECT_GE(state.size(), kTsSerializationSize);
    differential.Check({"\n", 0, kDedent, state});
    differential.Check({"'", 0, kStringEnd, state});
  }
}

// Indentation is counted in 16 bits.
TEST(PythonScannerStateTest, IndentationWrapsAsInThePackage) {
  Differential differential(PythonSample(), 6);
  for (const size_t tabs : {8191, 8192, 8193}) {
    for (const size_t spaces : {0, 1, 7, 8, 9}) {
      const std::string line = "\n" + std::string(tabs, '\t') + std::string(spaces, ' ') + "x";
      const ScanVerdict verdict = differential.Check({line, 0, kIndent, ""});
      EXPECT_EQ(verdict.found, (tabs * 8 + spaces) % 65536 != 0);
    }
  }
}

}  // namespace
}  // namespace espalier
