#include "grammar/mask_walk.h"

#include <algorithm>
#include <utility>

#include "grammar/code_points.h"

namespace espalier {
namespace {

// What looks further down the stack than this is not kept with a head: it would hardly be found again.
constexpr uint32_t kShallow = 4;
// Sets of so many bytes hold few tokens.
constexpr size_t kFewBytes = 1000;
// The share of a head deep in a token is kept, too, when it is one of so many tokens.
constexpr uint32_t kWorthKeeping = 128;
// In a key, in place of the number of branches.
constexpr uint32_t kWholeHead = 0xFFFFFFFF;
constexpr std::string_view kByteOrderMarkBytes = "\xEF\xBB\xBF";

bool HaveSameLexeme(const Head& a, const Head& b) {
  if (a.phase != b.phase || a.scanner_state != b.scanner_state || a.start != b.start || a.begin != b.begin) {
    return false;
  }
  return IsExternal(a.phase) ? ExternalLexing::Of(a) == ExternalLexing::Of(b)
                             : InternalLexing::Of(a) == InternalLexing::Of(b);
}

bool Found(const LexemeReader& reader, const InternalLexing& lexing, const Head& head, FoundToken& token) {
  if (lexing.accepted == kNoSymbol) return false;
  token = reader.Accepted(head);
  return true;
}
bool Found(const LexemeReader& reader, const ExternalLexing& lexing, const Head& head, FoundToken& token) {
  return lexing.Found() && reader.AcceptExternal(head, token);
}

}  // namespace

// Rows cost most to make again.
MaskTables::MaskTables(const Grammar& grammar, const Vocabulary& vocabulary_in, size_t most_bytes)
    : vocabulary(vocabulary_in),
      most_row_bytes(most_bytes / 8 * 5),
      rows(grammar, vocabulary_in),
      heads(most_bytes / 8),
      shares(most_bytes / 4) {}

MaskWalk::MaskWalk(Recogniser& recogniser, MaskTables& tables)
    : recogniser_(recogniser),
      scanner_(recogniser.grammar().scanner()),
      hold_(scanner_),
      tables_(tables),
      nodes_(tables.vocabulary.nodes()),
      place_(recogniser.place()) {
  if (tables_.rows.Trim(tables_.most_row_bytes)) tables_.shares.Clear();  // whose keys name branches
}

MaskWalk::~MaskWalk() { recogniser_.ReturnTo(place_); }

// Rows know nothing of the text before them: where a scanner that is probed asks about that, all tokens are
// read one by one. (If the text is empty, it cannot even tell which lexeme is the first.)
void MaskWalk::Allow(TokenMask& mask) {
  mask_ = &mask;
  const bool is_probed = scanner_ != nullptr && scanner_->IsProbed();
  const TokenMask before = is_probed ? mask : TokenMask();
  const Heads heads = CurrentHeads();
  const auto has_rows = [&] { return !is_probed || (place_.text_size > 0 && !scanner_->LooksBack()); };
  if (has_rows()) {
    for (const Head& head : heads) AllowHead(head);
  }
  if (has_rows()) return;
  mask = before;
  WalkBelow(0, heads);
  ResetText();
}

// Those of the place. Scans that the scanner has forgotten are read again.
MaskWalk::Heads MaskWalk::CurrentHeads() {
  Heads heads(place_.heads, place_.heads + place_.head_count);
  if (scanner_ == nullptr) return heads;
  const auto is_forgotten = [&](const Head& head) {
    return IsExternal(head.phase) && head.scan_began && !scanner_->Knows(head.scan);
  };
  if (std::none_of(heads.begin(), heads.end(), is_forgotten)) return heads;
  Heads current;
  recogniser_.Run(heads, current, false);
  return current;
}

void MaskWalk::AllowHead(const Head& head) {
  if (head.at < place_.text_size) {  // inside of a code point
    WalkBelow(0, {head});
    ResetText();
  } else {
    IsExternal(head.phase) ? AllowLexeme<ExternalLexing>(head) : AllowLexeme<InternalLexing>(head);
    if (head.at == 0) RedoByteOrderMarks(head);
  }
}

template <typename Lexing>
void MaskWalk::AllowLexeme(const Head& head) {
  const std::string key = KeyFor(head, kWholeHead);
  Dependence dependence;
  std::shared_ptr<const KeptMask> known = tables_.heads.Find(key, head, recogniser_.text_, dependence);
  ++(known ? tables_.hits : tables_.misses);
  if (!known) {
    known = Explore<Lexing>(head, dependence.stack_depth);
    tables_.heads.Keep(key, head, recogniser_.text_, dependence, known);
  }
  known->tokens->AddTo(*mask_);
  if (known->open_groups.empty() && known->open_endings.empty()) return;
  const auto& row = tables_.rows.RowFor(LexemeRows::kAllTokens, Lexing::Of(head));
  Parts parts;
  parts_ = &parts;
  for (const uint32_t i : known->open_groups) {
    ApplyGroup<Lexing>(row.groups[i], LexemeRows::kAllTokens, {head});
  }
  for (const uint32_t i : known->open_endings) {
    ApplyEnding<Lexing>(row.endings[i], LexemeRows::kAllTokens, {head});
  }
  for (const Part& part : parts) part.tokens->AddTo(*mask_);
}

template <typename Lexing>
std::shared_ptr<const KeptMask> MaskWalk::Explore(const Head& head, uint32_t& stack_depth) {
  auto explored = std::make_shared<KeptMask>();
  TokenMask allowed(mask_->size());
  const auto& row = tables_.rows.RowFor(LexemeRows::kAllTokens, Lexing::Of(head));
  Parts parts;
  parts_ = &parts;
  const auto take = [&](uint32_t i, std::vector<uint32_t>& open, auto explore) {
    if (IsShallow(head, explore, stack_depth)) {
      for (const Part& part : parts) part.tokens->AddTo(allowed);
    } else {
      open.push_back(i);
    }
    parts.clear();
  };
  for (uint32_t i = 0; i < row.groups.size(); ++i) {
    take(i, explored->open_groups,
         [&] { ApplyGroup<Lexing>(row.groups[i], LexemeRows::kAllTokens, {head}); });
  }
  for (uint32_t i = 0; i < row.endings.size(); ++i) {
    take(i, explored->open_endings,
         [&] { ApplyEnding<Lexing>(row.endings[i], LexemeRows::kAllTokens, {head}); });
  }
  explored->tokens = tables_.heads.Intern(TokenSet::OfMask(allowed));
  return explored;
}

std::string MaskWalk::KeyFor(const Head& head, uint32_t branches) const {
  std::string key(reinterpret_cast<const char*>(&branches), sizeof branches);
  AppendLexemeKey(key, recogniser_.grammar(), recogniser_.states_, head);
  return key;
}

// Whether a part of a head's mask depends on the top of the stack alone, and not on the text.
template <typename Explored>
bool MaskWalk::IsShallow(const Head& head, Explored explore, uint32_t& stack_depth) {
  reads_back_ = false;
  recogniser_.trace_.Restart(head.node);
  explore();
  const uint32_t depth = head.node->height - recogniser_.trace_.lowest();
  if (reads_back_ || depth > kShallow) return false;
  stack_depth = std::max(stack_depth, depth);
  return true;
}

// Here and below, the recogniser's text is the one before the token. Heads stand at its end, wherever in the
// token the branches begin: the lexeme behaves the same, and the parser does not look at places. Heads with
// the same lexeme go on together, so that readings that meet again are merged.
void MaskWalk::Apply(uint32_t branches, Heads heads) {
  while (!heads.empty()) {
    const Head first = heads.front();
    const auto others = std::stable_partition(heads.begin(), heads.end(),
                                              [&](const Head& head) { return HaveSameLexeme(head, first); });
    const Heads same(heads.begin(), others);
    heads.erase(heads.begin(), others);
    IsExternal(first.phase) ? ApplyRow<ExternalLexing>(branches, same)
                            : ApplyRow<InternalLexing>(branches, same);
  }
}

template <typename Lexing>
void MaskWalk::ApplyRow(uint32_t branches, const Heads& heads) {
  const LexemeRow<Lexing>& row = tables_.rows.RowFor(branches, Lexing::Of(heads.front()));
  for (const auto& group : row.groups) ApplyGroup<Lexing>(group, branches, heads);
  for (const auto& ending : row.endings) ApplyEnding<Lexing>(ending, branches, heads);
}

template <typename Lexing>
void MaskWalk::ApplyGroup(const typename LexemeRow<Lexing>::Group& group, uint32_t branches,
                          const Heads& heads) {
  const Lexing base = Lexing::Of(heads.front());
  const Lexing lexing = group.lexing.ReadFrom(base, kRowOrigin);
  Next next;
  recogniser_.anew_ = &next.again;
  const bool may = std::any_of(heads.begin(), heads.end(), [&](const Head& head) {
    return recogniser_.MayBecomeToken(lexing.In(head), 0);
  });
  recogniser_.anew_ = nullptr;
  if (may) {
    parts_->push_back({&group.tokens, nullptr});
    return;
  }
  if (next.again.empty() && !group.may_end_at_start) return;
  const uint32_t restricted = tables_.rows.Restrict(branches, group.tokens);
  if (group.may_end_at_start) {
    for (const Head& head : heads) End(base, true, head, next);
  }
  GoOn(restricted, next.behind);
  GoOn(restricted, next.again);
}

template <typename Lexing>
void MaskWalk::ApplyEnding(const typename LexemeRow<Lexing>::Ending& ending, uint32_t branches,
                           const Heads& heads) {
  const Lexing lexing = ending.lexing.ReadFrom(Lexing::Of(heads.front()), kRowOrigin);
  Next next;
  for (const Head& head : heads) End(lexing, ending.before_row, head, next);
  GoOn(ending.branches, next.behind);
  if (next.again.empty()) return;
  const bool from_there = ending.before_row;  // already
  GoOn(from_there ? ending.branches : tables_.rows.BeginAgain(branches, ending.branches), next.again);
}

// The lexeme of `head` ends as `lexing` has it.
template <typename Lexing>
void MaskWalk::End(const Lexing& lexing, bool before_row, const Head& head, Next& next) {
  FoundToken token;
  if (!Found(recogniser_.reader_, lexing, lexing.In(head), token)) {
    Head other = head;
    if (recogniser_.reader_.NextPhase(other)) next.again.push_back(other);
    return;
  }
  ShiftOutcome outcome;
  recogniser_.shifter_.Shift(head.node, token.lookahead, outcome);
  const uint32_t start = before_row ? token.end : place_.text_size;
  for (const StackNode* node : outcome.shifted) {
    recogniser_.AddFresh(next.behind, node, start, token.scanner_state);
  }
  for (const StackNode* node : outcome.relexed) {
    recogniser_.AddFresh(next.again, node, head.start, head.scanner_state);
  }
}

// Heads that begin to read before the token first read the text up to it.
void MaskWalk::GoOn(uint32_t branches, Heads& work) {
  for (const Head& head : work) reads_back_ |= head.at < place_.text_size;
  Heads survivors;
  recogniser_.Run(work, survivors, false);
  if (is_deep_ && tables_.rows.TokenCount(branches) < kWorthKeeping) {
    return Apply(branches, std::move(survivors));
  }
  for (const Head& head : survivors) AddKept(branches, head);
}

void MaskWalk::AddKept(uint32_t branches, const Head& head) {
  const std::string key = KeyFor(head, branches);
  Dependence dependence;
  const auto known = tables_.shares.Find(key, head, recogniser_.text_, dependence);
  if (known) {
    reads_back_ |= dependence.on_text;
    recogniser_.trace_.Merge(head.node->height - std::min(head.node->height, dependence.stack_depth));
  }
  const auto tokens = known ? known->tokens : ExploreAndKeep(branches, head, key);
  parts_->push_back({tokens.get(), tokens});
}

std::shared_ptr<const TokenSet> MaskWalk::ExploreAndKeep(uint32_t branches, const Head& head,
                                                         const std::string& key) {
  Parts parts;
  Parts* const outer_parts = std::exchange(parts_, &parts);
  const bool outer_is_deep = std::exchange(is_deep_, true);
  const bool outer_reads_back = std::exchange(reads_back_, false);
  const uint32_t outer_lowest = recogniser_.trace_.Restart(head.node);
  Apply(branches, {head});
  const Dependence dependence = {.stack_depth = head.node->height - recogniser_.trace_.lowest(),
                                 .on_text = reads_back_};
  auto tokens = Union(parts);
  tables_.shares.Keep(key, head, recogniser_.text_, dependence,
                      std::make_shared<const KeptMask>(KeptMask{tokens, {}, {}}));
  recogniser_.trace_.Merge(outer_lowest);
  reads_back_ |= outer_reads_back;
  is_deep_ = outer_is_deep;
  parts_ = outer_parts;
  return tokens;
}

std::shared_ptr<const TokenSet> MaskWalk::Union(const Parts& parts) {
  if (parts.size() == 1 && parts[0].held) return parts[0].held;
  size_t bytes = 0;
  for (const Part& part : parts) bytes += part.tokens->bytes();
  if (bytes > kFewBytes) {
    TokenMask mask(mask_->size());
    for (const Part& part : parts) part.tokens->AddTo(mask);
    return tables_.shares.Intern(TokenSet::OfMask(mask));
  }
  std::vector<uint32_t> ids;
  for (const Part& part : parts) part.tokens->ForEach([&](uint32_t id) { ids.push_back(id); });
  return tables_.shares.Intern(TokenSet::OfIds(std::move(ids)));
}

// A byte order mark that begins the text is no part of any lexeme.
void MaskWalk::RedoByteOrderMarks(const Head& head) {
  const Vocabulary& vocabulary = tables_.vocabulary;
  for (uint32_t rank = vocabulary.FirstRankFrom(kByteOrderMarkBytes); rank < vocabulary.rank_count();
       ++rank) {
    const std::string_view bytes = vocabulary.BytesOf(rank);
    if (!bytes.starts_with(kByteOrderMarkBytes)) return;
    const bool allowed = AllowsText(head, bytes);
    for (const uint32_t id : vocabulary.IdsOf(rank)) SetBit(*mask_, id, allowed);
  }
}

bool MaskWalk::AllowsText(const Head& head, std::string_view token) {
  SetText(token);
  Heads work = {head}, survivors;
  recogniser_.Run(work, survivors, false);
  const bool viable = recogniser_.HeadsViable(survivors.data(), survivors.size());
  ResetText();
  return viable;
}

// Byte by byte: the tokens that end at `node` or below it, up to which the text is set and the heads have
// read.
void MaskWalk::WalkBelow(uint32_t node, const Heads& heads) {
  if (heads.empty()) return;
  if (nodes_[node].rank != Vocabulary::kNoRank && recogniser_.HeadsViable(heads.data(), heads.size())) {
    for (const uint32_t id : tables_.vocabulary.IdsOf(nodes_[node].rank)) SetBit(*mask_, id);
  }
  for (uint32_t child = node + 1; child < nodes_[node].end; child = nodes_[child].end) {
    const uint32_t rank = tables_.vocabulary.RankBelow(child);
    SetText(tables_.vocabulary.BytesOf(rank).substr(0, nodes_[child].depth));
    if (DecodeAt(recogniser_.text_, heads.front().at, false).value == kScanInvalid) continue;
    Heads work = heads, survivors;
    recogniser_.Run(work, survivors, false);
    WalkBelow(child, survivors);
  }
}

void MaskWalk::SetText(std::string_view token) {
  ResetText();
  recogniser_.text_ += token;
}

}  // namespace espalier
