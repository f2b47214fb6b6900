// Internal to grammar/: where lexemes take the tokens of a vocabulary. Which tokens stay inside of a lexeme
// and to which state of it they lead, and which leave it and where, depends on the lexer alone and not on the
// parser's stack. So it is worked out once for each state of a lexeme and kept as a row; a mask then asks the
// parser about each group of a row, not about each token. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "grammar/lexing.h"
#include "grammar/token_mask.h"
#include "grammar/vocabulary.h"

namespace espalier {

/// Tokens that are to be read on from the same state: those that end at `node` or below it, or the one that
/// ends at it, from the byte `from` of the node's bytes on. If that one ends inside of a code point,
/// `completed` is what this becomes. `from` lies between code points.
struct Branch {
  uint32_t node;
  uint16_t from;
  uint16_t only_token;
  int32_t completed;

  bool operator==(const Branch&) const = default;
};

template <typename Lexing>
struct LexemeRow {
  /// Tokens that stay inside of the lexeme and lead to the same state.
  struct Group {
    Lexing lexing;          // of one of them
    bool may_end_at_start;  // the lexeme may still end before the row's text, or be nothing for this lexer
    TokenSet tokens;
  };
  /// Tokens with which the lexeme ends in the same way.
  struct Ending {
    Lexing lexing;      // of one of them, when it ends
    bool before_row;    // the token that is found, if any, ends before the row's text begins
    uint32_t branches;  // from where the next lexeme begins, but not before the row's text does
  };

  // A token that ends inside of a code point is in all groups and endings that this may lead to; so is one
  // behind which the lexeme may turn out to be shorter.
  std::vector<Group> groups;
  std::vector<Ending> endings;
  size_t bytes = 0;
};

template <typename Lexing>
class RowBuilder;

class LexemeRows {
 public:
  /// Number of the branches that hold the whole vocabulary.
  static constexpr uint32_t kAllTokens = 0;

  LexemeRows(const Grammar& grammar, const Vocabulary& vocabulary);
  ~LexemeRows();

  const std::vector<Branch>& BranchesOf(uint32_t number) const { return branches_[number]->branches; }
  /// How many tokens they hold, more or less.
  uint32_t TokenCount(uint32_t number) const { return branches_[number]->token_count; }

  /// The row for a lexeme that goes on with some branches. Valid until the next Trim.
  const LexemeRow<InternalLexing>& RowFor(uint32_t branches, const InternalLexing& lexing);
  const LexemeRow<ExternalLexing>& RowFor(uint32_t branches, const ExternalLexing& lexing);

  /// Number of the branches that hold some tokens of others alone. `tokens` are those of a row's group.
  uint32_t Restrict(uint32_t branches, const TokenSet& tokens);

  /// Number of an ending's branches, from where those of its row begin.
  uint32_t BeginAgain(uint32_t row_branches, uint32_t ending_branches);

  /// Forgets everything when more than `most_bytes` are held, and says so: the numbers of branches begin
  /// anew.
  bool Trim(size_t most_bytes);
  size_t bytes() const { return bytes_; }

 private:
  template <typename Lexing>
  friend class RowBuilder;
  // What a row depends on.
  struct InternalKey {
    uint32_t branches;
    uint16_t state, keyword_state;
    bool operator==(const InternalKey&) const = default;
  };
  struct ExternalKey {
    uint32_t branches;
    ScanCursor scan;
    bool operator==(const ExternalKey&) const = default;
  };
  struct BytesHash {
    template <typename Key>
    size_t operator()(const Key& key) const;
  };
  template <typename Key, typename Lexing>
  using Rows = std::unordered_map<Key, std::unique_ptr<LexemeRow<Lexing>>, BytesHash>;

  template <typename Key, typename Lexing>
  const LexemeRow<Lexing>& Find(Rows<Key, Lexing>& rows, const Key& key, const Lexing& lexing,
                                RowBuilder<Lexing>& builder);
  uint32_t NumberOf(const std::vector<Branch>& branches);
  std::vector<Branch> Restricted(uint32_t branches, const TokenSet& tokens) const;
  bool Holds(const Branch& branch, const Branch& part) const;
  const std::vector<int32_t>& CompletionsOf(std::string_view begun);

  const Grammar& grammar_;
  const Vocabulary& vocabulary_;
  struct BranchList {
    std::vector<Branch> branches;
    uint32_t token_count;
  };
  uint32_t CountTokens(const std::vector<Branch>& branches) const;

  std::vector<std::unique_ptr<const BranchList>> branches_;
  std::unordered_map<std::string_view, uint32_t> branch_numbers_;  // by their bytes
  std::map<std::pair<uint32_t, const TokenSet*>, uint32_t> restricted_;
  std::map<std::pair<uint32_t, uint32_t>, uint32_t> begun_again_;
  std::unordered_map<std::string, std::vector<int32_t>> completions_;
  Rows<InternalKey, InternalLexing> internal_;
  Rows<ExternalKey, ExternalLexing> external_;
  const std::unique_ptr<RowBuilder<InternalLexing>> build_internal_;
  const std::unique_ptr<RowBuilder<ExternalLexing>> build_external_;
  size_t bytes_ = 0;
};

}  // namespace espalier
