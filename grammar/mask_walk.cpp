#include "grammar/mask_walk.h"

#include <algorithm>

#include "grammar/code_points.h"

namespace espalier {
namespace {

bool HasEarlierToken(const InternalLexing& lexing) { return lexing.accepted != kNoSymbol; }
bool HasEarlierToken(const ExternalLexing&) { return true; }

bool Found(const LexemeReader& reader, const InternalLexing& lexing, const Head& head, FoundToken& token) {
  if (lexing.accepted == kNoSymbol) return false;
  token = reader.Accepted(head);
  return true;
}
bool Found(const LexemeReader& reader, const ExternalLexing& lexing, const Head& head, FoundToken& token) {
  return lexing.Found() && reader.AcceptExternal(head, token);
}

}  // namespace

MaskWalk::MaskWalk(Recogniser& recogniser, const Vocabulary& vocabulary, LexemeRows& rows)
    : recogniser_(recogniser),
      vocabulary_(vocabulary),
      nodes_(vocabulary.nodes()),
      rows_(rows),
      place_(recogniser.place()),
      lowest_(place_.text_size) {}

MaskWalk::~MaskWalk() {
  recogniser_.trace_.End();
  recogniser_.ReturnTo(place_);
}

void MaskWalk::Allow(const Head& head, TokenMask& mask) {
  mask_ = &mask;
  origin_ = head;
  recogniser_.trace_.Begin(recogniser_.graph_.next_id());
  recogniser_.trace_.AddTop(head.node);
  const bool inside_code_point = head.at < place_.text_size;
  if (inside_code_point) NoteStarts({head});
  inside_code_point ? WalkBelow(0, {head}) : Apply(LexemeRows::kAllTokens, head);
  if (head.at == 0) RedoByteOrderMarks();
  ResetText();
}

// A byte order mark that begins the text is no part of any lexeme.
void MaskWalk::RedoByteOrderMarks() {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  std::vector<uint32_t> ids;
  for (uint32_t rank = 0; rank < vocabulary_.rank_count(); ++rank) {
    const std::string_view bytes = vocabulary_.BytesOf(rank);
    if (!bytes.starts_with(kMark)) continue;
    for (const uint32_t id : vocabulary_.IdsOf(rank)) ids.push_back(id);
  }
  for (const uint32_t id : ids) (*mask_)[id / 64] &= ~(uint64_t{1} << id % 64);
  AddViable(SparseBitsOf(std::move(ids)));
}

// Here and below, the recogniser's text is the one before the token. Heads stand at its end, wherever in the
// token the branches begin: the lexeme behaves the same, and the parser does not look at places.
void MaskWalk::Apply(uint32_t branches, const Head& head) {
  IsExternal(head.phase) ? ApplyRow<ExternalLexing>(branches, head) : ApplyRow<InternalLexing>(branches, head);
}

template <typename Lexing>
void MaskWalk::ApplyRow(uint32_t branches, const Head& head) {
  const LexemeRow<Lexing>& row = rows_.RowFor(branches, Lexing::Of(head));
  for (const auto& group : row.groups) ApplyGroup<Lexing>(group, branches, head);
  for (const auto& ending : row.endings) ApplyEnding<Lexing>(ending, head);
}

template <typename Lexing>
void MaskWalk::ApplyGroup(const typename LexemeRow<Lexing>::Group& group, uint32_t branches, const Head& head) {
  const Lexing lexing = group.lexing.ReadFrom(Lexing::Of(head), kRowOrigin);
  Heads anew;
  recogniser_.anew_ = &anew;
  const bool may = recogniser_.MayBecomeToken(lexing.In(head), 0);
  recogniser_.anew_ = nullptr;
  if (may) {
    for (const auto& [word, tokens] : group.tokens) (*mask_)[word] |= tokens;
    return;
  }
  if (!anew.empty()) {
    NoteStarts(anew);
    GoOn(rows_.Restrict(branches, group.tokens), anew);
  }
  if (group.may_end_early && HasEarlierToken(lexing)) AddViable(group.tokens);
}

template <typename Lexing>
void MaskWalk::ApplyEnding(const typename LexemeRow<Lexing>::Ending& ending, const Head& head) {
  const Lexing lexing = ending.lexing.ReadFrom(Lexing::Of(head), kRowOrigin);
  Heads work = {head}, again;
  FoundToken token;
  if (!Found(recogniser_.reader_, lexing, lexing.In(head), token)) {
    if (recogniser_.reader_.NextPhase(work.front())) GoOn(ending.again, work);
    return;
  }
  ShiftOutcome outcome;
  recogniser_.shifter_.Shift(head.node, token.lookahead, outcome);
  work.clear();
  const uint32_t start = ending.before_row ? token.end : place_.text_size;
  for (const StackNode* node : outcome.shifted) recogniser_.AddFresh(work, node, start, token.scanner_state);
  for (const StackNode* node : outcome.relexed) {
    recogniser_.AddFresh(again, node, head.start, head.scanner_state);
  }
  NoteStarts(work);
  NoteStarts(again);
  GoOn(ending.branches, work);
  GoOn(ending.again, again);
}

// What the other lexers make of the lexeme that is under way is known (mask_key.h); what begins anew reads
// the text.
void MaskWalk::NoteStarts(const Heads& heads) {
  for (const Head& head : heads) lowest_ = std::min(lowest_, head.start);
}

void MaskWalk::GoOn(uint32_t branches, Heads& work) {
  Heads survivors;
  recogniser_.Run(work, survivors, false);
  for (const Head& head : survivors) Apply(branches, head);
}

// Each token by itself, from the beginning.
void MaskWalk::AddViable(const SparseBits& tokens) {
  lowest_ = std::min(lowest_, origin_.start);
  ForEachBit(tokens, [&](uint32_t id) {
    SetText(vocabulary_.RankOf(id), UINT32_MAX);
    Heads work = {origin_}, survivors;
    recogniser_.Run(work, survivors, false);
    if (recogniser_.HeadsViable(survivors.data(), survivors.size())) SetBit(*mask_, id);
  });
  ResetText();
}

// Byte by byte: the tokens that end at `node` or below it, up to which the text is set and the heads have read.
void MaskWalk::WalkBelow(uint32_t node, const Heads& heads) {
  if (heads.empty()) return;
  if (nodes_[node].rank != Vocabulary::kNoRank && recogniser_.HeadsViable(heads.data(), heads.size())) {
    for (const uint32_t id : vocabulary_.IdsOf(nodes_[node].rank)) SetBit(*mask_, id);
  }
  for (uint32_t child = node + 1; child < nodes_[node].end; child = nodes_[child].end) {
    SetTextTo(child);
    if (DecodeAt(recogniser_.text_, heads.front().at, false).value == kScanInvalid) continue;
    Heads work = heads, survivors;
    recogniser_.Run(work, survivors, false);
    WalkBelow(child, survivors);
  }
}

void MaskWalk::SetText(uint32_t rank, uint32_t bytes) {
  recogniser_.text_.resize(place_.text_size);
  recogniser_.text_.append(vocabulary_.BytesOf(rank).substr(0, bytes));
}

// The bytes of a node begin every token below it.
void MaskWalk::SetTextTo(uint32_t node) { SetText(vocabulary_.RankBelow(node), nodes_[node].depth); }

}  // namespace espalier
