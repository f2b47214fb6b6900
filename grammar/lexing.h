// Internal to grammar/: the part of a lexeme under way (Head, lexeme.h) that changes from code point to code
// point, split in two by who reads: the grammar's lexer or the external scanner. Small, since a walk over a
// vocabulary copies one for each byte. Plain data.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

#include "grammar/lexeme.h"

namespace espalier {

/// Offset at which the text of a row (lexeme_rows.h) begins. Smaller offsets in its lexemes are those of the
/// lexeme that the row is used for (ReadFrom), but for marks of scanners that are probed.
inline constexpr uint32_t kRowOrigin = 1u << 24;

struct InternalLexing {
  uint32_t at = 0, token_begin = 0, accepted_end = 0;
  uint16_t state = 0, keyword_state = kLexNone, accepted = kNoSymbol, accepted_keyword = kNoSymbol;

  bool operator==(const InternalLexing&) const = default;

  static InternalLexing Of(const Head& head) {
    return {head.at,       head.token_begin,     head.accepted_end, head.state, head.keyword_state,
            head.accepted, head.accepted_keyword};
  }
  /// `head` with this in it.
  Head In(Head head) const {
    head.at = at;
    head.token_begin = token_begin;
    head.accepted_end = accepted_end;
    head.state = state;
    head.keyword_state = keyword_state;
    head.accepted = accepted;
    head.accepted_keyword = accepted_keyword;
    return head;
  }

  /// Reads a code point; false where the lexeme ends before it.
  bool Step(const Grammar& grammar, int32_t code_point, uint32_t size) {
    const Lexer& lexer = grammar.lexer();
    const uint16_t cls = lexer.ClassOf(code_point);
    const uint16_t next = lexer.words().Next(state, cls);
    if (next == kLexNone) return false;
    state = next & kLexStateMask;
    at += size;
    if (next & kLexSkip) {
      token_begin = at;
      keyword_state = lexer.FirstKeyword();
    } else if (keyword_state != kLexNone) {
      keyword_state = lexer.NextKeyword(keyword_state, cls);
    }
    const uint16_t accepts = lexer.words().Accepts(state);
    if (accepts == kNoSymbol) return true;
    accepted = accepts;
    accepted_end = at;
    accepted_keyword = keyword_state == kLexNone ? kNoSymbol : lexer.keywords().Accepts(keyword_state);
    return true;
  }

  /// Whether code points of these kinds change nothing but where the lexeme has come to.
  bool StaysFor(const Grammar& grammar, CharacterKinds kinds) const {
    return keyword_state == kLexNone && (kinds & ~grammar.lexer().Loops(state)) == 0 &&
           !EndsEarlyInRow(grammar);
  }
  /// What a lexeme may still become, as long as it does not end early: equal for equal keys.
  uint32_t Key(const Grammar&) const { return uint32_t{state} << 16 | keyword_state; }
  /// Whether it may also end as a token that is shorter than the text, with more behind it: one that was
  /// found since MovedTo, or (if there is one) before.
  bool EndsEarlyInRow(const Grammar& grammar) const { return accepted != kNoSymbol && MayEndEarly(grammar); }
  bool MayEndAtStart(const Grammar& grammar) const { return accepted == kNoSymbol && MayEndEarly(grammar); }

  /// After Step was false: whether a token was found, and where it ends; false, too, when only the lexeme
  /// that this was read on from (ReadFrom) knows.
  bool Found() const { return accepted != kNoSymbol; }
  uint32_t FoundEnd() const { return accepted_end; }
  /// Equal for the same token in the parser's eyes.
  std::array<uint32_t, 2> FoundKey() const {
    const bool empty = accepted_end == token_begin;
    return {uint32_t{accepted} << 16 | accepted_keyword, empty};
  }

  /// A lexeme whose reading begins at byte `at` of some text, in the state of this one.
  InternalLexing MovedTo(uint32_t new_at) const {
    return {.at = new_at, .state = state, .keyword_state = keyword_state};
  }
  /// This, which was read on from base.MovedTo(origin), as if it had been read on from `base`.
  InternalLexing ReadFrom(const InternalLexing& base, uint32_t origin) const {
    InternalLexing moved = *this;
    moved.at += base.at - origin;
    moved.token_begin = token_begin < origin ? base.token_begin : token_begin + (base.at - origin);
    moved.accepted_end += base.at - origin;
    if (accepted != kNoSymbol) return moved;
    moved.accepted = base.accepted;
    moved.accepted_keyword = base.accepted_keyword;
    moved.accepted_end = base.accepted_end;
    return moved;
  }

 private:
  bool MayEndEarly(const Grammar& grammar) const {
    return accepted_end != at && grammar.lexer().words().CanEnd(state);
  }
};

struct ExternalLexing {
  uint32_t at = 0;
  ScanCursor scan = {};
  ScanStatus status = ScanStatus::kMore;

  bool operator==(const ExternalLexing&) const = default;

  static ExternalLexing Of(const Head& head) { return {.at = head.at, .scan = head.scan}; }
  Head In(Head head) const {
    head.at = at;
    head.scan = scan;
    return head;
  }

  bool Step(const Grammar& grammar, int32_t code_point, uint32_t size) {
    status = grammar.scanner()->Step(scan, code_point, at, size);
    if (status != ScanStatus::kMore) return false;
    at += size;
    return true;
  }

  bool StaysFor(const Grammar& grammar, CharacterKinds kinds) const {
    return (kinds & ~grammar.scanner()->Loops(scan)) == 0;
  }
  uint32_t Key(const Grammar& grammar) const {
    const uint32_t possible = grammar.scanner()->Possible(scan) & ~ExternalScanner::kMayFindNothing;
    return possible | (scan.mark <= scan.begin ? ExternalScanner::kMayFindNothing : 0);
  }
  bool EndsEarlyInRow(const Grammar&) const { return false; }
  bool MayEndAtStart(const Grammar& grammar) const {
    return grammar.scanner()->Possible(scan) & ExternalScanner::kMayFindNothing;
  }

  bool Found() const { return status == ScanStatus::kFound; }
  uint32_t FoundEnd() const { return scan.mark; }
  std::array<uint32_t, 7> FoundKey() const {
    if (status == ScanStatus::kNothing) return {};
    const uint32_t mark = scan.mark == 0 ? 2 : IsMarkBeforeRow() ? scan.mark + 1 : 1;
    std::array<uint32_t, 7> key = {uint32_t{scan.flags} << 16 | uint32_t{scan.phase} << 8 | scan.token, mark};
    std::copy(std::begin(scan.words), std::end(scan.words), key.begin() + 2);
    return key;
  }

  ExternalLexing MovedTo(uint32_t new_at) const {
    ExternalLexing moved{.at = new_at, .scan = scan};
    moved.scan.begin = 0;
    moved.scan.mark = scan.mark <= scan.begin ? 0 : 1;  // and any mark that is set from here on is larger
    return moved;
  }
  ExternalLexing ReadFrom(const ExternalLexing& base, uint32_t origin) const {
    ExternalLexing moved = *this;
    moved.at += base.at - origin;
    moved.scan.begin = base.scan.begin;
    moved.scan.mark = IsMarkOfBase() ? base.scan.mark : scan.mark + (base.at - origin);
    return moved;
  }

 private:
  // What MovedTo leaves of a mark. A scanner that is probed marks any place, once it has decided.
  bool IsMarkOfBase() const { return scan.mark <= 1; }
  bool IsMarkBeforeRow() const { return !IsMarkOfBase() && scan.mark < kRowOrigin; }
};

}  // namespace espalier
