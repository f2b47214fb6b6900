#include "tests/grammar/scanner_comparison.h"

#include <sstream>

#include "tests/grammar/text_lexer.h"

namespace espalier {
namespace {

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

std::ostream& operator<<(std::ostream& out, const ScanVerdict& verdict) {
  if (!verdict.found) return out << "nothing";
  return out << "token " << int{verdict.token} << " up to " << verdict.end << ", state "
             << Escaped(verdict.state);
}

std::ostream& operator<<(std::ostream& out, const ScanQuery& query) {
  return out << "valid " << std::hex << query.valid << std::dec << ", state \"" << Escaped(query.state)
             << "\", text \"" << Escaped(query.text.substr(0, query.begin)) << "\" | \""
             << Escaped(query.text.substr(query.begin, 300)) << "\"";
}

}  // namespace

ScannerComparison::ScannerComparison(const ScannerSample& sample, Choose choose, Report report)
    : sample_(sample),
      choose_(std::move(choose)),
      report_(std::move(report)),
      reference_(sample.grammar()),
      machine_(sample.machine()),
      valid_sets_(reference_.ValidSets()) {}

uint32_t ScannerComparison::RandomValidSet() {
  const uint32_t all = (1u << reference_.token_count()) - 1;
  const auto some = static_cast<uint32_t>(choose_(size_t{all} + 1));
  return choose_(2) == 0 ? some : some & static_cast<uint32_t>(choose_(size_t{all} + 1));
}

std::string ScannerComparison::RandomText(size_t most_pieces) {
  std::string text;
  for (size_t left = choose_(most_pieces + 1); left > 0; --left) text += RandomPiece();
  return text;
}

ScanVerdict ScannerComparison::Check(const ScanQuery& query, bool cut_everywhere) {
  const CScan reference = reference_.Scan(query.text, query.begin, query.valid, query.state);
  const ScanVerdict expected = VerdictOf(reference);
  const MachineScan scan = Run(query);
  Expect(scan.status != ScanStatus::kMore, "undecided at the end", query, expected, scan);
  Expect(VerdictOf(scan, query) == expected, "a different verdict", query, expected, scan);
  counts_.decided += !reference.saw_end;
  counts_.found += !reference.saw_end && reference.found;
  if (expected.found) counts_.tokens_found |= expected.Bit();
  const bool is_late = !scan.undecided.empty() && scan.undecided.back().first > reference.furthest;
  Expect(!is_late, "decides later than it could", query, expected, scan);
  for (const auto& [at, cursor] : scan.undecided) {
    Expect(machine_.Possible(cursor) & expected.Bit(), "not called possible", query, expected, scan);
    if (cut_everywhere) CheckCutShort(query, {at, cursor});
  }
  if (!cut_everywhere && !scan.undecided.empty()) {
    const size_t pick = choose_(scan.undecided.size());
    CheckCutShort(query, scan.undecided[pick]);
    CheckLoops(query, scan, pick);
  }
  CheckContinued(query, scan);
  return expected;
}

ScannerComparison::MachineScan ScannerComparison::Run(const ScanQuery& query) const {
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

ScanVerdict ScannerComparison::VerdictOf(const CScan& scan) {
  return scan.found ? ScanVerdict{true, scan.token, scan.end, scan.state} : ScanVerdict{};
}

ScanVerdict ScannerComparison::VerdictOf(const MachineScan& scan, const ScanQuery& query) const {
  if (scan.status != ScanStatus::kFound) return {};
  return {true, scan.cursor.token, scan.cursor.mark, machine_.StateAfter(query.state, scan.cursor)};
}

ScanVerdict ScannerComparison::ReferenceVerdict(const ScanQuery& query) const {
  return VerdictOf(reference_.Scan(query.text, query.begin, query.valid, query.state));
}

// Had the text ended where the machine was undecided, it would have decided as the function does there.
void ScannerComparison::CheckCutShort(const ScanQuery& query,
                                      const std::pair<uint32_t, ScanCursor>& undecided) {
  const auto& [at, cursor] = undecided;
  const ScanQuery cut = {query.text.substr(0, at), query.begin, query.valid, query.state};
  MachineScan scan{.cursor = cursor};
  scan.status = machine_.Step(scan.cursor, kScanEnd, at, 0);
  const ScanVerdict expected = ReferenceVerdict(cut);
  Expect(scan.status != ScanStatus::kMore, "undecided at the end", cut, expected, scan);
  Expect(VerdictOf(scan, cut) == expected, "a different verdict at the end", cut, expected, scan);
}

// Code points of the kinds that a cursor names change nothing about it.
void ScannerComparison::CheckLoops(const ScanQuery& query, const MachineScan& scan, size_t undecided) {
  const auto& [at, cursor] = scan.undecided[undecided];
  const CharacterKinds loops = machine_.Loops(cursor);
  const auto check = [&, at = at, &cursor = cursor](int32_t code_point, uint32_t size) {
    if (!(KindOf(code_point) & loops)) return;
    ScanCursor after = cursor;
    const bool same = machine_.Step(after, code_point, at, size) == ScanStatus::kMore && after == cursor;
    Expect(same, "does not loop as it says", query, {}, scan);
  };
  if (loops == 0) return;
  for (int32_t c = 1; c < 0x80; ++c) check(c, 1);
  for (int32_t c = 0x80; c < 0x180; ++c) check(c, 2);
  for (const int32_t c : {0x2028, 0x3000, 0x3042, 0x4E00, 0xFEFF}) check(c, 3);
  check(0x1F600, 4);
}

// Had the text gone on differently where the machine was undecided, the verdict would have been among the
// possible ones; behind its decision it makes no difference.
void ScannerComparison::CheckContinued(const ScanQuery& query, const MachineScan& scan) {
  if (scan.undecided.empty()) return;
  const size_t pick = choose_(scan.undecided.size() + 1);
  const bool is_decided = pick == scan.undecided.size();
  const uint32_t last = scan.undecided.back().first;
  if (is_decided && last == query.text.size()) return;  // it was the end that decided
  const uint32_t at = is_decided ? last + DecodeCodePoint(query.text, last).size : scan.undecided[pick].first;
  const std::string text = Continued(query.text.substr(0, at));
  const ScanQuery other = {text, query.begin, query.valid, query.state};
  const ScanVerdict verdict = ReferenceVerdict(other);
  if (is_decided) {
    Expect(VerdictOf(scan, query) == verdict, "depends on what follows", other, verdict, scan);
  } else {
    const uint32_t possible = machine_.Possible(scan.undecided[pick].second);
    Expect(possible & verdict.Bit(), "not called possible", other, verdict, scan);
  }
}

// The text and something behind it that leaves its last code point as it is.
std::string ScannerComparison::Continued(std::string_view text) {
  const std::string rest = RandomText(12);
  const bool is_inside = !rest.empty() && (rest[0] & 0xC0) == 0x80;
  return std::string(text) + (is_inside ? " " : "") + rest;
}

void ScannerComparison::Expect(bool holds, const char* what, const ScanQuery& query,
                               const ScanVerdict& expected, const MachineScan& scan) {
  if (holds) return;
  std::ostringstream difference;
  difference << sample_.name << ": " << what << "\n  " << query << "\n  the package: " << expected
             << "\n  the machine: " << VerdictOf(scan, query);
  report_(difference.str());
}

}  // namespace espalier
