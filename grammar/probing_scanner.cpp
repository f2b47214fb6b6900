#include "grammar/probing_scanner.h"

#include <array>

#include "grammar/probe_lexer.h"

namespace espalier {
namespace {

// What the words of the cursor hold. What has been decided does not depend on the first two of these any more.
enum Word {
  kTextWord,        // what has been read, a node of the memory
  kStateWord,       // the state in which the scan began, a number in the memory
  kGenerationWord,  // of the memory
  kAfterWord,       // the state behind the token that was found
};

// Some packages write a byte more than they have been promised.
constexpr size_t kSpareBytes = 64;
constexpr size_t kMostTokens = 32;  // bits of a set of them

}  // namespace

struct ProbingScanner::Probe {
  bool found = false;
  uint8_t token = 0;
  uint32_t end = 0;   // of the token, in the text that was probed
  std::string state;  // behind it
  bool saw_end = false;
};

ProbingScanner::ProbingScanner(const TsTables& tables, Limits limits)
    : tables_(tables), limits_(limits), memory_(std::make_unique<ScanMemory>()) {}

ScanStatus ProbingScanner::Begin(std::string_view state, uint32_t valid, uint32_t begin,
                                 ScanCursor& cursor) const {
  const std::lock_guard lock(mutex_);
  cursor = {.valid = valid, .begin = begin, .mark = begin};
  cursor.words[kTextWord] = ScanMemory::kNoText;
  cursor.words[kStateWord] = memory_->NumberOfState(state);
  cursor.words[kGenerationWord] = generation_;
  return ScanStatus::kMore;
}

// As tree-sitter does it, but that each scan has a payload of its own: what one leaves behind in it beyond the
// serialized state has no effect on others.
ProbingScanner::Probe ProbingScanner::Run(const ScanCursor& cursor, const ProbeText& text) const {
  const auto& scanner = tables_.external_scanner;
  std::array<bool, kMostTokens> valid{};
  for (uint32_t i = 0; i < tables_.external_token_count; ++i) valid[i] = cursor.valid >> i & 1;
  const std::string_view state = memory_->State(cursor.words[kStateWord]);
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
  if (memory_->bytes() > limits_.most) return ScanStatus::kGaveUp;
  cursor.token = probe.token;
  cursor.mark = end;
  cursor.words[kTextWord] = cursor.words[kStateWord] = 0;
  cursor.words[kAfterWord] = memory_->NumberOfState(probe.state);
  return ScanStatus::kFound;
}

ScanStatus ProbingScanner::Step(ScanCursor& cursor, int32_t code_point, uint32_t at, uint32_t size) const {
  const std::lock_guard lock(mutex_);
  if (cursor.words[kGenerationWord] != generation_ || memory_->bytes() > limits_.most) {
    return ScanStatus::kGaveUp;
  }
  uint32_t& node = cursor.words[kTextWord];
  const bool final = code_point == kScanEnd;
  if (!final) node = memory_->Longer(node, code_point, size);
  const uint32_t begin = at + size - memory_->SizeOf(node);
  const Probe probe = Run(cursor, {memory_->TextOf(node), 0, final, false});
  return probe.saw_end ? ScanStatus::kMore : Decided(cursor, probe, begin + probe.end);
}

ScanStatus ProbingScanner::Read(ScanCursor& cursor, uint32_t& at, std::string_view text, bool final) const {
  if (at >= text.size() && !final) return ScanStatus::kMore;
  const std::lock_guard lock(mutex_);
  const Probe probe = Run(cursor, {text, cursor.begin, final, true});
  if (!probe.saw_end) return Decided(cursor, probe, probe.end);
  return Remember(cursor, text, at) ? ScanStatus::kMore : ScanStatus::kGaveUp;
}

// The text from `at` on, up to its end or a code point that it cuts off.
bool ProbingScanner::Remember(ScanCursor& cursor, std::string_view text, uint32_t& at) const {
  while (at < text.size()) {
    const DecodedPoint point = DecodeAt(text, at, false);
    if (point.size == 0) break;
    if (memory_->bytes() > limits_.most) return false;
    cursor.words[kTextWord] = memory_->Longer(cursor.words[kTextWord], point.value, point.size);
    at += point.size;
  }
  return true;
}

uint32_t ProbingScanner::Possible(const ScanCursor& cursor) const { return cursor.valid | kMayFindNothing; }

std::string ProbingScanner::StateAfter(std::string_view /*state*/, const ScanCursor& cursor) const {
  const std::lock_guard lock(mutex_);
  return std::string(memory_->State(cursor.words[kAfterWord]));
}

void ProbingScanner::Hold() const {
  const std::lock_guard lock(mutex_);
  if (holders_++ > 0 || memory_->bytes() <= limits_.most_kept) return;
  memory_ = std::make_unique<ScanMemory>();
  ++generation_;
}

void ProbingScanner::Release() const {
  const std::lock_guard lock(mutex_);
  --holders_;
}

bool ProbingScanner::Knows(const ScanCursor& cursor) const {
  const std::lock_guard lock(mutex_);
  return cursor.words[kGenerationWord] == generation_;
}

bool ProbingScanner::LooksBack() const {
  const std::lock_guard lock(mutex_);
  return looks_back_;
}

size_t ProbingScanner::bytes() const {
  const std::lock_guard lock(mutex_);
  return memory_->bytes();
}

}  // namespace espalier
