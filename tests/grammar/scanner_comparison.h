// A machine of grammar/external_scanner.h beside the C function of the grammar's package: one scan of a text
// is compared in every way that should not matter to its verdict. For tests and fuzzers, which bring the
// texts and decide what happens on a difference.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/grammar/c_scanner.h"
#include "tests/grammar/scanner_samples.h"

namespace espalier {

struct ScanQuery {
  std::string_view text;
  uint32_t begin;
  uint32_t valid;
  std::string_view state;
};

struct ScanVerdict {
  bool found = false;
  uint8_t token = 0;
  uint32_t end = 0;
  std::string state{};

  bool operator==(const ScanVerdict&) const = default;
  uint32_t Bit() const { return found ? 1u << token : ExternalScanner::kMayFindNothing; }
};

/// What a comparison found; undecided scans that ended with the text are in none of the counts.
struct ScanCounts {
  int decided = 0;            ///< scans whose verdict the end of the text had no part in
  int found = 0;              ///< those of them that found a token
  uint32_t tokens_found = 0;  ///< as bits, those at the end of a text as well
};

class ScannerComparison {
 public:
  /// A number below a limit; decides where texts are cut and how they go on.
  using Choose = std::function<size_t(size_t limit)>;
  /// Told about each difference.
  using Report = std::function<void(const std::string& difference)>;

  /// `sample` must outlive the comparison.
  ScannerComparison(const ScannerSample& sample, Choose choose, Report report);

  /// One scan, with all that is to be compared about it; what the package's function finds. The text is cut
  /// short at one of the places where the machine was undecided, or at all of them.
  ScanVerdict Check(const ScanQuery& query, bool cut_everywhere = false);

  const ScanCounts& counts() const { return counts_; }
  /// The sets of tokens that the parser asks for, and any others.
  const std::vector<uint32_t>& valid_sets() const { return valid_sets_; }
  uint32_t RandomValidSet();
  const std::string& RandomPiece() { return sample_.alphabet[choose_(sample_.alphabet.size())]; }
  std::string RandomText(size_t most_pieces);

 private:
  // The machine's way through a text.
  struct MachineScan {
    ScanStatus status = ScanStatus::kMore;
    ScanCursor cursor{};
    std::vector<std::pair<uint32_t, ScanCursor>> undecided{};  // and the byte where it was so
  };

  MachineScan Run(const ScanQuery& query) const;
  static ScanVerdict VerdictOf(const CScan& scan);
  ScanVerdict VerdictOf(const MachineScan& scan, const ScanQuery& query) const;
  ScanVerdict ReferenceVerdict(const ScanQuery& query) const;
  void CheckCutShort(const ScanQuery& query, const std::pair<uint32_t, ScanCursor>& undecided);
  void CheckLoops(const ScanQuery& query, const MachineScan& scan, size_t undecided);
  void CheckContinued(const ScanQuery& query, const MachineScan& scan);
  std::string Continued(std::string_view text);
  void Expect(bool holds, const char* what, const ScanQuery& query, const ScanVerdict& expected,
              const MachineScan& scan);

  const ScannerSample& sample_;
  const Choose choose_;
  const Report report_;
  const CScanner reference_;
  const ExternalScanner& machine_;
  const std::vector<uint32_t> valid_sets_;
  ScanCounts counts_;
};

}  // namespace espalier
