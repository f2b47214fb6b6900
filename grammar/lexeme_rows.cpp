#include "grammar/lexeme_rows.h"

#include <algorithm>
#include <map>
#include <type_traits>

#include "grammar/code_points.h"

namespace espalier {
namespace {

constexpr size_t kRowEntryBytes = 48;  // of a table, beside key and row

std::string_view BytesOf(const std::vector<Branch>& branches) {
  return {reinterpret_cast<const char*>(branches.data()), branches.size() * sizeof(Branch)};
}

}  // namespace

/// Builds rows, one at a time; its memory is used again for the next one.
template <typename Lexing>
class RowBuilder {
 public:
  explicit RowBuilder(LexemeRows& rows)
      : rows_(rows),
        grammar_(rows.grammar_),
        nodes_(rows.vocabulary_.nodes()),
        lexings_(rows.vocabulary_.longest() + 1) {}

  std::unique_ptr<LexemeRow<Lexing>> Build(uint32_t branches, const Lexing& lexing) {
    row_ = std::make_unique<Row>();
    group_of_.clear();
    ending_of_.clear();
    lexings_[0] = lexing.MovedTo(kRowOrigin);
    for (const Branch& branch : rows_.BranchesOf(branches)) AddBranch(branch);
    return Finish();
  }

 private:
  using Row = LexemeRow<Lexing>;
  using EndingKey = std::pair<decltype(Lexing().FoundKey()), bool>;  // and before_row

  /// Tokens in the order of their bytes, from one rank to another.
  struct Run {
    uint32_t first, last;
  };

  void AddBranch(const Branch& branch) {
    from_ = branch.from;
    if (!ReadBranch(branch)) return;
    AddToken(branch);
    if (branch.only_token) return;
    for (uint32_t i = branch.node + 1; i < nodes_[branch.node].end;) {
      const Branch below = {i, branch.from, false, 0};
      const bool goes_on = ReadNode(below);
      if (goes_on) AddToken(below);
      i = goes_on && !AddAllBelow(i) ? i + 1 : nodes_[i].end;
    }
  }

  // Adds the tokens below a node that was read, if all of them stay where it led to.
  bool AddAllBelow(uint32_t node_index) {
    const Vocabulary::Node& node = nodes_[node_index];
    const Lexing& lexing = lexings_[node.depth - from_];
    if (node.code_point == Vocabulary::kInside || !lexing.StaysFor(grammar_, node.kinds_below)) return false;
    if (node_index + 1 < node.end) {
      AddRun({rows_.vocabulary_.RankBelow(node_index + 1), nodes_[node.end - 1].rank}, lexing);
    }
    return true;
  }

  // Reads up to the branch's node. False when the lexeme ends before, or the bytes are no UTF-8.
  bool ReadBranch(const Branch& branch) {
    const uint32_t depth = nodes_[branch.node].depth;
    const std::string_view text =
        rows_.vocabulary_.BytesOf(rows_.vocabulary_.RankBelow(branch.node)).substr(0, depth);
    Lexing& lexing = lexings_[depth - from_] = lexings_[0];
    for (uint32_t at = from_; at < depth;) {
      const DecodedPoint point = DecodeAt(text, at, false);
      if (point.value == kScanInvalid) return false;
      if (point.size == 0) break;
      if (!Step(lexing, point.value, point.size, branch)) return false;
      at += point.size;
    }
    return true;
  }

  // The same for the byte of a node behind what was read.
  bool ReadNode(const Branch& branch) {
    const Vocabulary::Node& node = nodes_[branch.node];
    const uint32_t index = node.depth - from_;
    Lexing& lexing = lexings_[index] = lexings_[index - 1];
    if (node.code_point == Vocabulary::kInside) return true;
    if (node.code_point == kScanInvalid) return false;
    return Step(lexing, node.code_point, kRowOrigin + index - lexing.at, branch);
  }

  bool Step(Lexing& lexing, int32_t code_point, uint32_t size, const Branch& branch) {
    if (lexing.Step(grammar_, code_point, size)) return true;
    AddEnding(lexing, branch);
    return false;
  }

  void AddToken(const Branch& branch) {
    const Vocabulary::Node& node = nodes_[branch.node];
    if (node.rank == Vocabulary::kNoRank) return;
    const Lexing& lexing = lexings_[node.depth - from_];
    const uint32_t at = from_ + (lexing.at - kRowOrigin);
    if (at == node.depth) return AddEnd(lexing, branch);
    if (branch.completed != 0) return AddCompleted(lexing, branch);
    for (const int32_t code_point : rows_.CompletionsOf(rows_.vocabulary_.BytesOf(node.rank).substr(at))) {
      AddCompleted(lexing, {branch.node, branch.from, true, code_point});
    }
  }

  void AddCompleted(Lexing lexing, const Branch& branch) {
    const auto size = static_cast<uint32_t>(EncodeUtf8(branch.completed).size());
    if (lexing.Step(grammar_, branch.completed, size)) {
      AddEnd(lexing, branch);
    } else {
      AddEnding(lexing, branch);
    }
  }

  // A token ends inside of the lexeme.
  void AddEnd(const Lexing& lexing, const Branch& branch) {
    AddRun({nodes_[branch.node].rank, nodes_[branch.node].rank}, lexing);
    if (lexing.EndsEarlyInRow(grammar_))
      AddEnding(lexing, {branch.node, branch.from, true, branch.completed});
  }

  void AddRun(const Run& run, const Lexing& lexing) {
    std::vector<Run>& runs = runs_[GroupOf(lexing)];
    if (!runs.empty() && runs.back().last + 1 == run.first) {
      runs.back().last = run.last;
    } else {
      runs.push_back(run);
    }
  }

  size_t GroupOf(const Lexing& lexing) {
    const bool may_end_at_start = lexing.MayEndAtStart(grammar_);
    const uint64_t key = uint64_t{lexing.Key(grammar_)} << 1 | uint64_t{may_end_at_start};
    if (key == last_key_ && !row_->groups.empty()) return last_group_;
    const auto [entry, is_new] = group_of_.emplace(key, row_->groups.size());
    if (is_new) {
      row_->groups.push_back({lexing, may_end_at_start, {}});
      Begin(runs_, row_->groups.size());
    }
    last_key_ = key;
    last_group_ = entry->second;
    return last_group_;
  }

  void AddEnding(const Lexing& lexing, Branch branch) {
    const size_t ending = EndingOf(lexing);
    if (!row_->endings[ending].before_row) {
      const uint32_t from = from_ + (lexing.FoundEnd() - kRowOrigin);  // behind the node: inside a code point
      branch.from = std::min(nodes_[branch.node].depth, static_cast<uint16_t>(from));
    }
    branches_[ending].push_back(branch);
  }

  size_t EndingOf(const Lexing& lexing) {
    const bool before_row = !lexing.Found() || lexing.FoundEnd() < kRowOrigin;
    const EndingKey key = {lexing.FoundKey(), before_row};
    if (!row_->endings.empty() && key == last_ending_key_) return last_ending_;
    const auto [entry, is_new] = ending_of_.emplace(key, row_->endings.size());
    if (is_new) {
      row_->endings.push_back({lexing, before_row, 0});
      Begin(branches_, row_->endings.size());
    }
    last_ending_key_ = key;
    last_ending_ = entry->second;
    return last_ending_;
  }

  // Of the first `count` lists, the last one begins.
  template <typename List>
  static void Begin(std::vector<List>& lists, size_t count) {
    if (lists.size() < count) lists.emplace_back();
    lists[count - 1].clear();
  }

  std::unique_ptr<Row> Finish() {
    row_->bytes = sizeof(Row);
    for (size_t i = 0; i < row_->endings.size(); ++i) {
      row_->endings[i].branches = rows_.NumberOf(branches_[i]);
      row_->bytes += sizeof(row_->endings[0]);
    }
    for (size_t i = 0; i < row_->groups.size(); ++i) {
      auto& group = row_->groups[i];
      group.tokens = TokensOf(runs_[i]);
      row_->bytes += sizeof group + group.tokens.bytes();
    }
    return std::move(row_);
  }

  TokenSet TokensOf(const std::vector<Run>& runs) const {
    size_t count = 0;
    for (const Run& run : runs) count += run.last - run.first + 1;
    std::vector<uint32_t> ids;
    ids.reserve(count);
    for (const Run& run : runs) {
      const auto more = rows_.vocabulary_.IdsOf(run.first, run.last);
      ids.insert(ids.end(), more.begin(), more.end());
    }
    return TokenSet::OfIds(std::move(ids));
  }

  LexemeRows& rows_;
  const Grammar& grammar_;
  std::span<const Vocabulary::Node> nodes_;
  std::unique_ptr<Row> row_;
  uint32_t from_ = 0;
  std::vector<Lexing> lexings_;  // by bytes read
  std::unordered_map<uint64_t, size_t> group_of_;
  std::vector<std::vector<Run>> runs_;  // of the tokens of each group
  std::map<EndingKey, size_t> ending_of_;
  std::vector<std::vector<Branch>> branches_;  // of each ending
  EndingKey last_ending_key_ = {};
  size_t last_ending_ = 0;
  uint64_t last_key_ = 0;
  size_t last_group_ = 0;
};

LexemeRows::LexemeRows(const Grammar& grammar, const Vocabulary& vocabulary)
    : grammar_(grammar),
      vocabulary_(vocabulary),
      build_internal_(std::make_unique<RowBuilder<InternalLexing>>(*this)),
      build_external_(std::make_unique<RowBuilder<ExternalLexing>>(*this)) {
  NumberOf({{0, 0, 0, 0}});
}

LexemeRows::~LexemeRows() = default;

uint32_t LexemeRows::NumberOf(const std::vector<Branch>& branches) {
  const auto known = branch_numbers_.find(BytesOf(branches));
  if (known != branch_numbers_.end()) return known->second;
  branches_.push_back(std::make_unique<const BranchList>(BranchList{branches, CountTokens(branches)}));
  const auto number = static_cast<uint32_t>(branches_.size() - 1);
  const std::string_view bytes = BytesOf(BranchesOf(number));
  branch_numbers_.emplace(bytes, number);
  bytes_ += bytes.size() + sizeof(BranchList);
  return number;
}

uint32_t LexemeRows::CountTokens(const std::vector<Branch>& branches) const {
  uint32_t count = 0;
  for (const Branch& branch : branches) {
    count += branch.only_token ? 1 : vocabulary_.nodes()[branch.node].end - branch.node;
  }
  return count;
}

const std::vector<int32_t>& LexemeRows::CompletionsOf(std::string_view begun) {
  const auto [entry, is_new] = completions_.try_emplace(std::string(begun));
  if (is_new) {
    const auto [first, last] = CodePointsFrom(begun);
    entry->second = grammar_.lexer().Representatives(first, last);
  }
  return entry->second;
}

uint32_t LexemeRows::Restrict(uint32_t branches, const TokenSet& tokens) {
  const auto [entry, is_new] = restricted_.try_emplace({branches, &tokens}, 0);
  if (is_new) entry->second = NumberOf(Restricted(branches, tokens));
  return entry->second;
}

uint32_t LexemeRows::BeginAgain(uint32_t row_branches, uint32_t ending_branches) {
  const auto [entry, is_new] = begun_again_.try_emplace({row_branches, ending_branches}, 0);
  if (!is_new) return entry->second;
  std::vector<Branch> again = BranchesOf(ending_branches);
  auto whole = BranchesOf(row_branches).begin();
  for (Branch& branch : again) {
    while (!Holds(*whole, branch)) ++whole;
    branch.from = whole->from;
  }
  return entry->second = NumberOf(again);
}

// Branches come in the order of their nodes, and none lies below another; there is one for each end of a cut
// code point.
bool LexemeRows::Holds(const Branch& branch, const Branch& part) const {
  const bool is_below = branch.node < part.node && part.node < vocabulary_.nodes()[branch.node].end;
  return (branch.node == part.node || (is_below && !branch.only_token)) &&
         (branch.completed == 0 || part.completed == 0 || branch.completed == part.completed);
}

std::vector<Branch> LexemeRows::Restricted(uint32_t branches, const TokenSet& tokens) const {
  const std::vector<Branch>& all = BranchesOf(branches);
  std::vector<uint32_t> wanted;
  tokens.ForEach([&](uint32_t id) { wanted.push_back(vocabulary_.NodeOf(vocabulary_.RankOf(id))); });
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  std::vector<Branch> restricted;
  auto branch = all.begin();
  for (const uint32_t node : wanted) {
    const Branch part = {node, 0, true, 0};
    while (!Holds(*branch, part)) ++branch;
    for (auto at = branch; at != all.end() && Holds(*at, part); ++at) {
      restricted.push_back({node, at->from, true, at->completed});
    }
  }
  return restricted;
}

template <typename Key>
size_t LexemeRows::BytesHash::operator()(const Key& key) const {
  static_assert(std::has_unique_object_representations_v<Key>);
  return std::hash<std::string_view>()({reinterpret_cast<const char*>(&key), sizeof key});
}

const LexemeRow<InternalLexing>& LexemeRows::RowFor(uint32_t branches, const InternalLexing& lexing) {
  return Find(internal_, {branches, lexing.state, lexing.keyword_state}, lexing, *build_internal_);
}

const LexemeRow<ExternalLexing>& LexemeRows::RowFor(uint32_t branches, const ExternalLexing& lexing) {
  return Find(external_, {branches, lexing.MovedTo(kRowOrigin).scan}, lexing, *build_external_);
}

template <typename Key, typename Lexing>
const LexemeRow<Lexing>& LexemeRows::Find(Rows<Key, Lexing>& rows, const Key& key, const Lexing& lexing,
                                          RowBuilder<Lexing>& builder) {
  std::unique_ptr<LexemeRow<Lexing>>& row = rows[key];
  if (!row) {
    row = builder.Build(key.branches, lexing);
    bytes_ += row->bytes + sizeof key + kRowEntryBytes;
  }
  return *row;
}

bool LexemeRows::Trim(size_t most_bytes) {
  if (bytes_ <= most_bytes) return false;
  internal_.clear();
  external_.clear();
  restricted_.clear();
  begun_again_.clear();
  branch_numbers_.clear();
  branches_.clear();
  bytes_ = 0;
  NumberOf({{0, 0, 0, 0}});
  return true;
}

}  // namespace espalier
