// The machines of grammar/external_scanner.h against the C functions of the grammars' packages: the same
// verdicts, wherever a scan begins and wherever the text stops.
#include <gtest/gtest.h>

#include <algorithm>
#include <clocale>
#include <random>

#include "tests/grammar/c_scanner.h"
#include "tests/grammar/scanner_samples.h"
#include "tests/support/sample_sources.h"

namespace espalier {

// GoogleTest prints the parameter.
void PrintTo(const ScannerSample& sample, std::ostream* out) { *out << sample.name; }

namespace {

constexpr size_t kLongestText = 2500;  // of a piece of a file; a scan may go on to the text's end
constexpr size_t kMostStates = 200;    // that scans are begun in
constexpr size_t kMostFailures = 5;    // that are printed
constexpr int kLeastDecidedScans = 20000;

struct Query {
  std::string_view text;
  uint32_t begin;
  uint32_t valid;
  std::string_view state;
};

struct Verdict {
  bool found = false;
  uint8_t token = 0;
  uint32_t end = 0;
  std::string state{};

  bool operator==(const Verdict&) const = default;
  uint32_t Bit() const { return found ? 1u << token : ExternalScanner::kMayFindNothing; }
};

std::string Escaped(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    const auto value = static_cast<uint8_t>(byte);
    const bool is_plain = value >= ' ' && value < 0x7F && byte != '\\';
    constexpr std::string_view kHex = "0123456789abcdef";
    text += is_plain ? std::string{byte} : std::string{'\\', 'x', kHex[value >> 4], kHex[value & 15]};
  }
  return text;
}

std::ostream& operator<<(std::ostream& out, const Verdict& verdict) {
  if (!verdict.found) return out << "nothing";
  return out << "token " << int{verdict.token} << " up to " << verdict.end << ", state "
             << Escaped(verdict.state);
}

std::ostream& operator<<(std::ostream& out, const Query& query) {
  return out << "valid " << std::hex << query.valid << std::dec << ", state \"" << Escaped(query.state)
             << "\", text \"" << Escaped(query.text.substr(0, query.begin)) << "\" | \""
             << Escaped(query.text.substr(query.begin, 300)) << "\"";
}

// The machine's way through a text.
struct MachineScan {
  ScanStatus status = ScanStatus::kMore;
  ScanCursor cursor{};
  std::vector<std::pair<uint32_t, ScanCursor>> undecided{};  // and the byte where it was so
};

class Differential {
 public:
  Differential(const ScannerSample& sample, uint32_t seed)
      : sample_(sample),
        reference_(sample.grammar()),
        machine_(sample.machine()),
        valid_sets_(reference_.ValidSets()),
        random_(seed) {}

  int decided() const { return decided_; }  // scans whose verdict the end of the text had no part in
  int found() const { return found_; }      // those of them that found a token
  uint32_t tokens_found() const { return tokens_found_; }

  size_t Below(size_t limit) { return std::uniform_int_distribution<size_t>(0, limit - 1)(random_); }

  std::string RandomText(size_t most_pieces) {
    std::string text;
    for (size_t left = Below(most_pieces + 1); left > 0; --left) text += RandomPiece();
    return text;
  }

  // A few insertions, deletions and replacements.
  std::string Mutated(std::string text) {
    for (size_t left = 1 + Below(8); left > 0; --left) {
      const size_t at = Below(text.size() + 1);
      const size_t deleted = Below(3) == 0 ? 0 : 1 + Below(4);
      text.replace(at, deleted, Below(3) == 0 ? "" : RandomPiece());
    }
    return text;
  }

  // Scans from all bytes of the text, with all sets of tokens that the parser asks for and a few others.
  void ScanEverywhere(std::string_view text) {
    for (uint32_t begin = 0; begin <= text.size(); ++begin) {
      for (const uint32_t valid : valid_sets_) Scan(text, begin, valid);
      Scan(text, begin, RandomValidSet());
      Scan(text, begin, RandomValidSet());
    }
  }

  void ScanSomewhere(std::string_view text, int scans) {
    for (int i = 0; i < scans; ++i) {
      const auto begin = static_cast<uint32_t>(Below(text.size() + 1));
      Scan(text, begin, Below(3) == 0 ? RandomValidSet() : valid_sets_[Below(valid_sets_.size())]);
    }
  }

  void ForgetStates() { states_ = {""}; }

  // One scan, with all that is to be compared about it; what it finds.
  Verdict Check(const Query& query) {
    const CScan reference = reference_.Scan(query.text, query.begin, query.valid, query.state);
    const Verdict expected = VerdictOf(reference);
    const MachineScan scan = Run(query);
    Expect(scan.status != ScanStatus::kMore, "undecided at the end", query, expected, scan);
    Expect(VerdictOf(scan, query) == expected, "a different verdict", query, expected, scan);
    decided_ += !reference.saw_end;
    found_ += !reference.saw_end && reference.found;
    if (expected.found) tokens_found_ |= expected.Bit();
    const bool is_late = !scan.undecided.empty() && scan.undecided.back().first > reference.furthest;
    Expect(!is_late, "decides later than it could", query, expected, scan);
    for (const auto& [at, cursor] : scan.undecided) {
      Expect(machine_.Possible(cursor) & expected.Bit(), "not called possible", query, expected, scan);
    }
    CheckCutShort(query, scan);
    CheckContinued(query, scan);
    return expected;
  }

 private:
  const std::string& RandomPiece() { return sample_.alphabet[Below(sample_.alphabet.size())]; }

  uint32_t RandomValidSet() {
    const uint32_t all = (1u << reference_.token_count()) - 1;
    const uint32_t some = static_cast<uint32_t>(random_()) & all;
    return Below(2) == 0 ? some : some & static_cast<uint32_t>(random_());
  }

  void Scan(std::string_view text, uint32_t begin, uint32_t valid) {
    const std::string state = Below(2) == 0 ? "" : states_[Below(states_.size())];
    const Verdict verdict = Check({text, begin, valid, state});
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
  void Follow(std::string_view text, Verdict last) {
    for (int tries = 0; tries < 5; ++tries) {
      const size_t begin = std::min(text.size(), last.end + Below(2));
      const uint32_t valid = valid_sets_[Below(valid_sets_.size())];
      Verdict verdict = Check({text, static_cast<uint32_t>(begin), valid, last.state});
      if (verdict.found) last = std::move(verdict);
    }
  }

  MachineScan Run(const Query& query) const {
    MachineScan scan;
    scan.status = machine_.Begin(query.state, query.valid, query.begin, scan.cursor);
    for (uint32_t at = query.begin; scan.status == ScanStatus::kMore;) {
      scan.undecided.emplace_back(at, scan.cursor);
      const bool at_end = at == query.text.size();
      const CodePoint point = at_end ? CodePoint{kScanEnd, at, 0} : DecodeCodePoint(query.text, at);
      scan.status = machine_.Step(scan.cursor, point.value, point.at, point.size);
      if (at_end) break;
      at += point.size;
    }
    return scan;
  }

  static Verdict VerdictOf(const CScan& scan) {
    return scan.found ? Verdict{true, scan.token, scan.end, scan.state} : Verdict{};
  }

  Verdict VerdictOf(const MachineScan& scan, const Query& query) const {
    if (scan.status != ScanStatus::kFound) return {};
    return {true, scan.cursor.token, scan.cursor.mark, machine_.StateAfter(query.state, scan.cursor)};
  }

  // Had the text ended where the machine was undecided, it would have decided as the function does there.
  void CheckCutShort(const Query& query, const MachineScan& whole) {
    if (whole.undecided.empty()) return;
    const auto& [at, cursor] = whole.undecided[Below(whole.undecided.size())];
    const Query cut = {query.text.substr(0, at), query.begin, query.valid, query.state};
    MachineScan scan{.cursor = cursor};
    scan.status = machine_.Step(scan.cursor, kScanEnd, at, 0);
    const Verdict expected = VerdictOf(reference_.Scan(cut.text, cut.begin, cut.valid, cut.state));
    Expect(scan.status != ScanStatus::kMore, "undecided at the end", cut, expected, scan);
    Expect(VerdictOf(scan, cut) == expected, "a different verdict at the end", cut, expected, scan);
  }

  // Had the text gone on differently where the machine was undecided, the verdict would have been among
  // the possible ones; behind its decision it makes no difference.
  void CheckContinued(const Query& query, const MachineScan& scan) {
    if (scan.undecided.empty()) return;
    const size_t pick = Below(scan.undecided.size() + 1);
    const bool is_decided = pick == scan.undecided.size();
    const uint32_t last = scan.undecided.back().first;
    if (is_decided && last == query.text.size()) return;  // it was the end that decided
    const uint32_t at =
        is_decided ? last + DecodeCodePoint(query.text, last).size : scan.undecided[pick].first;
    const std::string text = Continued(query.text.substr(0, at));
    const Query other = {text, query.begin, query.valid, query.state};
    const Verdict verdict = VerdictOf(reference_.Scan(text, query.begin, query.valid, query.state));
    if (is_decided) {
      Expect(VerdictOf(scan, query) == verdict, "depends on what follows", other, verdict, scan);
    } else {
      const uint32_t possible = machine_.Possible(scan.undecided[pick].second);
      Expect(possible & verdict.Bit(), "not called possible", other, verdict, scan);
    }
  }

  // The text and something behind it that leaves its last code point as it is.
  std::string Continued(std::string_view text) {
    const std::string rest = RandomText(12);
    const bool is_inside = !rest.empty() && (rest[0] & 0xC0) == 0x80;
    return std::string(text) + (is_inside ? " " : "") + rest;
  }

  void Expect(bool holds, const char* what, const Query& query, const Verdict& expected,
              const MachineScan& scan) {
    if (holds || failures_ == kMostFailures) return;
    ++failures_;
    ADD_FAILURE() << sample_.name << ": " << what << "\n  " << query << "\n  the package: " << expected
                  << "\n  the machine: " << VerdictOf(scan, query);
  }

  const ScannerSample& sample_;
  const CScanner reference_;
  const ExternalScanner& machine_;
  const std::vector<uint32_t> valid_sets_;
  std::mt19937 random_;
  std::vector<std::string> states_ = {""};
  int decided_ = 0;
  int found_ = 0;
  uint32_t tokens_found_ = 0;
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
  EXPECT_GE(differential.decided(), kLeastDecidedScans);
  EXPECT_EQ(differential.tokens_found(), GetParam().tokens);
  RecordProperty("decided", differential.decided());
  RecordProperty("found", differential.found());
}

TEST_P(ScannerDifferentialTest, DecidesAsThePackageDoesOnMutatedTexts) {
  Differential differential(GetParam(), 2);
  for (const std::string& text : Texts(GetParam())) {
    differential.ForgetStates();
    for (int i = 0; i < 30; ++i) differential.ScanSomewhere(differential.Mutated(text), 60);
  }
  EXPECT_GE(differential.decided(), kLeastDecidedScans);
  RecordProperty("decided", differential.decided());
  RecordProperty("found", differential.found());
}

TEST_P(ScannerDifferentialTest, DecidesAsThePackageDoesOnRandomTexts) {
  Differential differential(GetParam(), 3);
  for (int i = 0; i < 4000; ++i) {
    if (i % 50 == 0) differential.ForgetStates();
    differential.ScanSomewhere(differential.RandomText(30), 30);
  }
  EXPECT_GE(differential.decided(), kLeastDecidedScans);
  EXPECT_EQ(differential.tokens_found(), GetParam().tokens);
  RecordProperty("decided", differential.decided());
  RecordProperty("found", differential.found());
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
      const Verdict verdict = differential.Check({line, 0, kIndent, state});
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
      const Verdict verdict = differential.Check({line, 0, kIndent, ""});
      EXPECT_EQ(verdict.found, (tabs * 8 + spaces) % 65536 != 0);
    }
  }
}

}  // namespace
}  // namespace espalier
