// Python: layout (newlines, indentation) and strings, whose content depends on how they were opened.
//
// Serialized state: a byte that tells whether the innermost string is an f-string under way, the number of
// open strings, a byte of DelimiterFlags for each, then the indentations of the open blocks as 16-bit numbers
// (the outermost, 0, is left out).
#include "grammar/scanners/python_machine.h"

namespace espalier::python {
namespace {

constexpr size_t kMaxDelimiters = 255;
constexpr size_t kMaxState = 1024;

struct State {
  bool inside_interpolated = false;
  std::string_view delimiters{};
  std::string_view indents{};  // two bytes each, low byte first
};

State ParseState(std::string_view bytes) {
  if (bytes.size() < 2) return {};
  const std::string_view delimiters = bytes.substr(2, static_cast<uint8_t>(bytes[1]));
  const std::string_view indents = bytes.substr(2 + delimiters.size());
  return {bytes[0] != 0, delimiters, indents.substr(0, indents.size() & ~size_t{1})};
}

// What does not fit is lost, as in the package. It may write one byte over the limit, and so does this.
std::string Serialize(const State& state) {
  const std::string_view delimiters = state.delimiters.substr(0, kMaxDelimiters);
  std::string bytes = {static_cast<char>(state.inside_interpolated), static_cast<char>(delimiters.size())};
  bytes += delimiters;
  const size_t room = (kMaxState - bytes.size() + 1) / 2 * 2;
  bytes += state.indents.substr(0, room);
  return bytes;
}

uint32_t InnermostIndent(const State& state) {
  if (state.indents.empty()) return 0;
  const auto low = static_cast<uint8_t>(state.indents[state.indents.size() - 2]);
  const auto high = static_cast<uint8_t>(state.indents.back());
  return low | uint32_t{high} << 8;
}

Phase FirstPhase(const ScanCursor& cursor, bool in_string) {
  if (!in_string || InErrorRecovery(cursor)) return kWhitespace;
  const bool is_format = cursor.words[kDelimiterWord] & kFormat;
  if (is_format && IsValid(cursor, kEscapeInterpolation)) return kFirstInFormat;
  return IsValid(cursor, kStringContent) ? kContent : kWhitespace;
}

class PythonMachine final : public ExternalScanner {
 public:
  ScanStatus Begin(std::string_view bytes, uint32_t valid, uint32_t begin,
                   ScanCursor& cursor) const override {
    const State state = ParseState(bytes);
    cursor = {.valid = valid, .begin = begin, .mark = begin};
    if (state.inside_interpolated) cursor.flags = kInsideInterpolated;
    if (!state.delimiters.empty()) {
      cursor.words[kDelimiterWord] = static_cast<uint8_t>(state.delimiters.back());
    }
    cursor.words[kBlockIndentWord] = InnermostIndent(state);
    cursor.words[kCommentIndentWord] = kNoComment;
    cursor.phase = FirstPhase(cursor, !state.delimiters.empty());
    return Possible(cursor) == kMayFindNothing ? ScanStatus::kNothing : ScanStatus::kMore;
  }

  ScanStatus Step(ScanCursor& cursor, int32_t code_point, uint32_t at, uint32_t size) const override {
    const ScanInput in = {code_point, at, size};
    return cursor.phase < kWhitespace ? StepString(cursor, in) : StepLayout(cursor, in);
  }

  uint32_t Possible(const ScanCursor& cursor) const override {
    return cursor.phase < kWhitespace ? PossibleInString(cursor) : PossibleInLayout(cursor);
  }

  CharacterKinds Loops(const ScanCursor& cursor) const override {
    constexpr CharacterKinds kText = kWordOrBlank | kBeyondAscii;
    if (cursor.phase == kCommentText) return kText | kOtherPrintable;
    return cursor.phase == kContent && cursor.flags & kHasContent ? kText : CharacterKinds{0};
  }

  std::string StateAfter(std::string_view bytes, const ScanCursor& cursor) const override {
    const State before = ParseState(bytes);
    std::string delimiters(before.delimiters), indents(before.indents);
    bool inside_interpolated = before.inside_interpolated;
    const uint32_t delimiter = cursor.words[kDelimiterWord];
    const uint32_t indent = cursor.words[kIndentWord];
    if (cursor.token == kIndent) indents += {static_cast<char>(indent), static_cast<char>(indent >> 8)};
    if (cursor.token == kDedent) indents.resize(indents.size() - 2);
    if (cursor.token == kStringStart) {
      delimiters += static_cast<char>(delimiter);
      inside_interpolated = delimiter & kFormat;
    } else if (cursor.token == kStringEnd) {
      delimiters.pop_back();
      inside_interpolated = false;
    }
    return Serialize({inside_interpolated, delimiters, indents});
  }
};

}  // namespace
}  // namespace espalier::python

namespace espalier {

const ExternalScanner& PythonScanner() {
  static const python::PythonMachine machine;
  return machine;
}

}  // namespace espalier
