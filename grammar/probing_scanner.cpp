#include "grammar/probing_scanner.h"

#include <array>

#include "grammar/lexing.h"
#include "grammar/probe_lexer.h"

namespace espalier {
namespace {

// What the words of the cursor hold.
enum Word {
  kTextWord,             // what has been read, a node of the texts; none any more when the scan has decided
  kTextGenerationWord,   // of the texts; 0 with no text
  kStateWord,            // a number of a state: of the one in which the scan began, or behind the token found
  kStateGenerationWord,  // of the states
};

// A flag of the cursor: the scan begins where the text does.
constexpr uint16_t kAtStart = 1;

// Some packages write a byte more than they have been promised.
constexpr size_t kSpareBytes = 64;
constexpr size_t kMostTokens = 32;                 // bits of a set of them
constexpr uint32_t kLongestText = kRowOrigin / 2;  // in bytes, so that rows have room for it before them

}  // namespace

struct ProbingScanner::Probe {
  bool found = false;
  uint8_t token = 0;
  uint32_t end = 0;   // of the token, in the text that was probed
  std::string state;  // behind it
  bool saw_end = false;
};

ProbingScanner::ProbingScanner(const TsTables& tables, Limits limits) : tables_(tables), limits_(limits) {}

ScanStatus ProbingScanner::Begin(std::string_view state, uint32_t valid, uint32_t begin,
                                 ScanCursor& cursor) const {
  const std::lock_guard lock(mutex_);
  cursor = {.valid = valid, .begin = begin, .mark = begin};
  cursor.flags = begin == 0 ? kAtStart : 0;
  cursor.words[kTextWord] = ScanTexts::kNoText;
  cursor.words[kStateWord] = states_.memory->NumberOf(state);
  cursor.words[kStateGenerationWord] = states_.generation;
  return ScanStatus::kMore;
}

// As tree-sitter does it, but that each scan has a payload of its own: what one leaves behind in it beyond
// the serialized state has no effect on others.
ProbingScanner::Probe ProbingScanner::Run(const ScanCursor& cursor, const ProbeText& text) const {
  const auto& scanner = tables_.external_scanner;
  std::array<bool, kMostTokens> valid{};
  for (uint32_t i = 0; i < tables_.external_token_count; ++i) valid[i] = cursor.valid >> i & 1;
  const std::string_view state = (*states_.memory)[cursor.words[kStateWord]];
  void* payload = scanner.create();
  scanner.deserialize(payload, state.data(), static_cast<unsigned>(state.size()));
  ProbeLexer lexer(text);
  Probe probe;
  probe.found = scanner.scan(payload, &lexer, valid.data());
  probe.saw_end = lexer.saw_end();
  looks_back_ |= lexer.looked_back();
  if (probe.found && !probe.saw_end) {
    std::array<char, kTsSerializationSize + kSpareBytes> buffer;
    probe.state.assign(buffer.data(), scanner.serialize(payload, buffer.data()));
    probe.token = static_cast<uint8_t>(lexer.result_symbol);
    probe.end = lexer.token_end();
  }
  scanner.destroy(payload);
  return probe;
}

ScanStatus ProbingScanner::Decided(ScanCursor& cursor, const Probe& probe, uint32_t end) const {
  if (!probe.found) return ScanStatus::kNothing;
  if (states_.memory->bytes() > limits_.most) return ScanStatus::kGaveUp;
  cursor.token = probe.token;
  cursor.mark = end;
  cursor.flags = 0;
  cursor.words[kTextWord] = ScanTexts::kNoText;
  cursor.words[kTextGenerationWord] = 0;
  cursor.words[kStateWord] = states_.memory->NumberOf(probe.state);
  return ScanStatus::kFound;
}

// False when there is no memory for it.
bool ProbingScanner::Lengthen(ScanCursor& cursor, int32_t code_point, uint32_t size) const {
  const bool is_too_long = texts_.memory->SizeOf(cursor.words[kTextWord]) > kLongestText;
  if (is_too_long || texts_.memory->bytes() > limits_.most) return false;
  cursor.words[kTextWord] = texts_.memory->Longer(cursor.words[kTextWord], code_point, size);
  cursor.words[kTextGenerationWord] = texts_.generation;
  return true;
}

ScanStatus ProbingScanner::Step(ScanCursor& cursor, int32_t code_point, uint32_t at, uint32_t size) const {
  const std::lock_guard lock(mutex_);
  if (!KnowsLocked(cursor)) return ScanStatus::kGaveUp;
  const bool final = code_point == kScanEnd;
  if (!final && !Lengthen(cursor, code_point, size)) return ScanStatus::kGaveUp;
  const uint32_t node = cursor.words[kTextWord];
  const bool is_start = cursor.flags & kAtStart;
  const uint32_t begin = at + size - texts_.memory->SizeOf(node);
  const Probe probe = Run(cursor, {texts_.memory->TextOf(node), 0, final, false, is_start});
  return probe.saw_end ? ScanStatus::kMore : Decided(cursor, probe, begin + probe.end);
}

ScanStatus ProbingScanner::Read(ScanCursor& cursor, uint32_t& at, std::string_view text, bool final) const {
  if (at >= text.size() && !final) return ScanStatus::kMore;
  const std::lock_guard lock(mutex_);
  const Probe probe = Run(cursor, {text, cursor.begin, final, true, false});
  if (!probe.saw_end) return Decided(cursor, probe, probe.end);
  return Remember(cursor, text, at) ? ScanStatus::kMore : ScanStatus::kGaveUp;
}

// The text from `at` on, up to its end or a code point that it cuts off. False when there is no memory for
// it.
bool ProbingScanner::Remember(ScanCursor& cursor, std::string_view text, uint32_t& at) const {
  while (at < text.size()) {
    const DecodedPoint point = DecodeAt(text, at, false);
    if (point.size == 0) break;
    if (!Lengthen(cursor, point.value, point.size)) return false;
    at += point.size;
  }
  return true;
}

uint32_t ProbingScanner::Possible(const ScanCursor& cursor) const { return cursor.valid | kMayFindNothing; }

std::string ProbingScanner::StateAfter(std::string_view /*state*/, const ScanCursor& cursor) const {
  const std::lock_guard lock(mutex_);
  return std::string((*states_.memory)[cursor.words[kStateWord]]);
}

void ProbingScanner::Hold() const {
  const std::lock_guard lock(mutex_);
  if (holders_++ > 0) return;
  texts_.ForgetBeyond(limits_.most_kept);
  states_.ForgetBeyond(limits_.most_kept);
}

void ProbingScanner::Release() const {
  const std::lock_guard lock(mutex_);
  --holders_;
}

bool ProbingScanner::Knows(const ScanCursor& cursor) const {
  const std::lock_guard lock(mutex_);
  return KnowsLocked(cursor);
}

bool ProbingScanner::KnowsLocked(const ScanCursor& cursor) const {
  const bool has_text = cursor.words[kTextWord] != ScanTexts::kNoText;
  return cursor.words[kStateGenerationWord] == states_.generation &&
         (!has_text || cursor.words[kTextGenerationWord] == texts_.generation);
}

bool ProbingScanner::LooksBack() const {
  const std::lock_guard lock(mutex_);
  return looks_back_;
}

size_t ProbingScanner::bytes() const {
  const std::lock_guard lock(mutex_);
  return texts_.memory->bytes() + states_.memory->bytes();
}

}  // namespace espalier
