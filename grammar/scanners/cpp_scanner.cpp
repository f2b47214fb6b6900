// C++: raw strings, R"delimiter(content)delimiter". The delimiter is a token of its own, twice; in between
// the serialized state is the delimiter. A raw string without one needs no tokens but its content.
#include <cwctype>

#include "grammar/scanners/cpp_delimiter.h"
#include "grammar/scanners/scan_step.h"

namespace espalier {
namespace {

enum Token : uint8_t { kRawStringDelimiter, kRawStringContent };

enum Phase : uint8_t {
  kOpening,    // in the first delimiter; the progress counts its code points
  kClosing,    // in the second one
  kContent,    // between them
  kCandidate,  // behind a ')' and the part of the delimiter that the progress tells
};

ScanStatus StepOpening(ScanCursor& cursor, const ScanInput& in) {
  const uint32_t length = DelimiterProgress(cursor);
  if (in.AtEnd() || in.code_point == '\\' || std::iswspace(static_cast<wint_t>(in.code_point))) {
    return ScanStatus::kNothing;
  }
  if (in.code_point == '(') {
    return length > 0 ? FoundUpTo(cursor, kRawStringDelimiter, in.at) : ScanStatus::kNothing;
  }
  StoreDelimiter(cursor, LoadDelimiter(cursor) + DelimiterBytes(in.code_point));
  SetDelimiterProgress(cursor, length + 1);
  return length + 1 < kMaxDelimiterLength ? ScanStatus::kMore : ScanStatus::kNothing;
}

// Takes the code point as the next one of the delimiter, if it is that.
bool MatchNext(ScanCursor& cursor, const std::string& delimiter, int32_t code_point) {
  const std::string bytes = DelimiterBytes(code_point);
  const uint32_t progress = DelimiterProgress(cursor);
  if (delimiter.compare(progress, bytes.size(), bytes) != 0) return false;
  SetDelimiterProgress(cursor, progress + static_cast<uint32_t>(bytes.size()));
  return true;
}

// NULs of the delimiter count as matched at the end of the text.
ScanStatus StepClosing(ScanCursor& cursor, const ScanInput& in) {
  const std::string delimiter = LoadDelimiter(cursor);
  do {
    if (!MatchNext(cursor, delimiter, in.Lookahead())) return ScanStatus::kNothing;
  } while (in.AtEnd() && DelimiterProgress(cursor) < delimiter.size());
  if (DelimiterProgress(cursor) < delimiter.size()) return ScanStatus::kMore;
  return FoundUpTo(cursor, kRawStringDelimiter, in.Next());
}

// Whether the code point makes the content's end behind a ')' certain; if it contradicts, that was no end.
bool ConfirmsEnd(ScanCursor& cursor, int32_t code_point) {
  const std::string delimiter = LoadDelimiter(cursor);
  if (DelimiterProgress(cursor) == delimiter.size()) {
    cursor.phase = kContent;
    return code_point == '"';
  }
  if (!MatchNext(cursor, delimiter, code_point)) cursor.phase = kContent;
  return false;
}

// Content that is never closed ends with the text.
ScanStatus StepContent(ScanCursor& cursor, const ScanInput& in) {
  if (in.AtEnd()) return FoundUpTo(cursor, kRawStringContent, in.at);
  if (cursor.phase == kCandidate && ConfirmsEnd(cursor, in.code_point)) {
    return Found(cursor, kRawStringContent);
  }
  if (cursor.phase == kContent && in.code_point == ')') {
    cursor.mark = in.at;
    SetDelimiterProgress(cursor, 0);
    cursor.phase = kCandidate;
  }
  return ScanStatus::kMore;
}

class CppMachine final : public ExternalScanner {
 public:
  ScanStatus Begin(std::string_view state, uint32_t valid, uint32_t begin,
                   ScanCursor& cursor) const override {
    cursor = {.valid = valid, .begin = begin, .mark = begin};
    const bool may_be_delimiter = valid & 1u << kRawStringDelimiter;
    const bool may_be_content = valid & 1u << kRawStringContent;
    if (may_be_delimiter == may_be_content) return ScanStatus::kNothing;  // both: recovery from an error
    StoreDelimiter(cursor, DelimiterFromState(state));
    if (may_be_content) return GoOn(cursor, kContent);
    return GoOn(cursor, state.empty() ? kOpening : kClosing);
  }

  ScanStatus Step(ScanCursor& cursor, int32_t code_point, uint32_t at, uint32_t size) const override {
    const ScanInput in = {code_point, at, size};
    if (cursor.phase == kOpening) return StepOpening(cursor, in);
    return cursor.phase == kClosing ? StepClosing(cursor, in) : StepContent(cursor, in);
  }

  uint32_t Possible(const ScanCursor& cursor) const override {
    const bool in_content = cursor.phase == kContent || cursor.phase == kCandidate;
    return in_content ? 1u << kRawStringContent : 1u << kRawStringDelimiter | kMayFindNothing;
  }

  std::string StateAfter(std::string_view state, const ScanCursor& cursor) const override {
    if (cursor.token == kRawStringContent) return std::string(state);
    return cursor.phase == kOpening ? DelimiterToState(LoadDelimiter(cursor)) : std::string();
  }
};

}  // namespace

const ExternalScanner& CppScanner() {
  static const CppMachine machine;
  return machine;
}

}  // namespace espalier
