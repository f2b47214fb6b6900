#include "grammar/mask_walk.h"

#include <algorithm>
#include <optional>

#include "grammar/code_points.h"

namespace espalier {
namespace {

// The part of a lexeme under way that changes from code point to code point, while the grammar's lexer runs.
struct InternalLexing {
  uint32_t at, token_begin, accepted_end;
  uint16_t state, keyword_state, accepted, accepted_keyword;

  InternalLexing() = default;
  InternalLexing(const Head& head)  // NOLINT(google-explicit-constructor)
      : at(head.at),
        token_begin(head.token_begin),
        accepted_end(head.accepted_end),
        state(head.state),
        keyword_state(head.keyword_state),
        accepted(head.accepted),
        accepted_keyword(head.accepted_keyword) {}

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

  // False where the lexeme ends.
  bool Step(const Grammar& grammar, int32_t code_point, uint32_t size) {
    const Lexer& lexer = grammar.lexer();
    const uint16_t cls = lexer.ClassOf(code_point);
    const uint16_t next = lexer.words().Next(state, cls);
    if (next == kLexNone) return false;
    state = next & kLexStateMask;
    at += size;
    if (next & kLexSkip) {
      token_begin = at;
    } else if (keyword_state != kLexNone) {
      keyword_state = lexer.keywords().Next(keyword_state, cls);
    }
    const uint16_t accepts = lexer.words().Accepts(state);
    if (accepts == kNoSymbol) return true;
    accepted = accepts;
    accepted_end = at;
    accepted_keyword = keyword_state == kLexNone ? kNoSymbol : lexer.keywords().Accepts(keyword_state);
    return true;
  }

  // Lexemes with the same key (and on the same stack) are equally viable; nullopt: it depends on more.
  std::optional<uint32_t> Key(const Grammar& grammar) const {
    const bool ended_before = accepted != kNoSymbol && accepted_end != at;
    if (ended_before && grammar.lexer().words().CanEnd(state)) return std::nullopt;
    return uint32_t{state} << 16 | keyword_state;
  }
};

// The same, while the external scanner runs.
struct ExternalLexing {
  uint32_t at;
  ScanCursor scan;

  ExternalLexing() = default;
  ExternalLexing(const Head& head) : at(head.at), scan(head.scan) {}  // NOLINT(google-explicit-constructor)

  Head In(Head head) const {
    head.at = at;
    head.scan = scan;
    return head;
  }

  bool Step(const Grammar& grammar, int32_t code_point, uint32_t size) {
    if (grammar.scanner()->Step(scan, code_point, at, size) != ScanStatus::kMore) return false;
    at += size;
    return true;
  }

  std::optional<uint32_t> Key(const Grammar& grammar) const {
    const uint32_t possible = grammar.scanner()->Possible(scan);
    if (possible & ExternalScanner::kMayFindNothing) return std::nullopt;
    return possible | (scan.mark <= scan.begin ? ExternalScanner::kMayFindNothing : 0);
  }
};

}  // namespace

MaskWalk::MaskWalk(Recogniser& recogniser, const Vocabulary& vocabulary)
    : recogniser_(recogniser), nodes_(vocabulary.nodes()), place_(recogniser.place()) {}

MaskWalk::~MaskWalk() { recogniser_.ReturnTo(place_); }

void MaskWalk::Allow(const Head& head, RankBits& bits) {
  bits_ = &bits;
  WalkBelow(0, {head});
}

void MaskWalk::SetText(uint32_t depth) {
  recogniser_.text_.resize(place_.text_size);
  recogniser_.text_.append(path_, 0, depth);
}

// The tokens below `node`, whose bytes the heads have read.
void MaskWalk::WalkBelow(uint32_t node, const Heads& heads) {
  if (nodes_[node].end == node + 1) return;
  if (heads.size() > 1) {
    WalkHeads(node, heads);
  } else if (IsExternal(heads.front().phase)) {
    WalkLexeme<ExternalLexing>(node, heads.front());
  } else {
    WalkLexeme<InternalLexing>(node, heads.front());
  }
}

// Byte by byte, for heads that may meet again.
void MaskWalk::WalkHeads(uint32_t node, const Heads& heads) {
  for (uint32_t child = node + 1; child < nodes_[node].end; child = nodes_[child].end) {
    ++visited_;
    path_.resize(nodes_[child].depth);
    path_.back() = static_cast<char>(nodes_[child].byte);
    SetText(nodes_[child].depth);
    Heads work = heads, survivors;
    recogniser_.Run(work, survivors, false);
    Arrive(child, survivors);
  }
}

template <typename Lexing>
void MaskWalk::WalkLexeme(uint32_t node, const Head& head) {
  const Grammar& grammar = recogniser_.grammar();
  const uint32_t root_depth = nodes_[node].depth;
  const uint32_t base = place_.text_size;
  std::vector<Lexing> lexings(1, Lexing(head));  // by depth below `node`
  path_.resize(root_depth);
  for (uint32_t i = node + 1; i < nodes_[node].end;) {
    const Node& at = nodes_[i];
    const uint32_t depth = at.depth - root_depth;
    ++visited_;
    path_.resize(at.depth);
    path_.back() = static_cast<char>(at.byte);
    if (lexings.size() <= depth) lexings.resize(depth + 1);
    Lexing& lexing = lexings[depth] = lexings[depth - 1];
    const uint32_t known = base + at.depth - lexing.at;  // bytes of the code point, 1 if it is ASCII
    DecodedPoint point = {at.byte, 1};
    if (at.byte >= 0x80 || known > 1) {
      SetText(at.depth);
      point = DecodeAt(recogniser_.text_, lexing.at, false);
    }
    if (point.value == kScanInvalid) {
      i = at.end;  // never produced
      continue;
    }
    if (point.size > 0 && !lexing.Step(grammar, point.value, point.size)) {
      SetText(at.depth);
      Cross(i, lexings[depth - 1].In(head));
      i = at.end;
      continue;
    }
    if (at.rank != Vocabulary::kNoRank) Visit(i, head, lexing);
    ++i;
  }
}

// A token ends inside of the lexeme.
template <typename Lexing>
void MaskWalk::Visit(uint32_t node, const Head& head, const Lexing& lexing) {
  const bool whole = lexing.at == place_.text_size + nodes_[node].depth;  // no code point is cut off
  const auto state = whole ? lexing.Key(recogniser_.grammar()) : std::nullopt;
  const uint64_t key = head.node->id << 33 | uint64_t{IsExternal(head.phase)} << 32 | state.value_or(0);
  if (state) {
    if (const auto known = viable_.find(key); known != viable_.end()) {
      if (known->second) SetBit(nodes_[node].rank);
      return;
    }
  }
  SetText(nodes_[node].depth);
  recogniser_.lexed_anew_ = false;
  const bool viable = AnyViable({lexing.In(head)});
  if (viable) SetBit(nodes_[node].rank);
  if (state && !recogniser_.lexed_anew_) viable_.emplace(key, viable);
}

// The lexeme ended before the last code point of `node`.
void MaskWalk::Cross(uint32_t node, const Head& head) {
  Heads work = {head}, survivors;
  recogniser_.Run(work, survivors, false);
  Arrive(node, survivors);
}

void MaskWalk::Arrive(uint32_t node, const Heads& heads) {
  if (heads.empty()) return;
  if (nodes_[node].rank != Vocabulary::kNoRank && AnyViable(heads)) SetBit(nodes_[node].rank);
  WalkBelow(node, heads);
}

bool MaskWalk::AnyViable(const Heads& heads) {
  return recogniser_.HeadsViable(heads.data(), heads.size());
}

}  // namespace espalier
