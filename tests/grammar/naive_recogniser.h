// A slow recogniser that is easy to check against tree-sitter's parser.c, for comparison with
// grammar/recogniser.h: whole texts only, each reading of the text a stack of its own, lexed by the package's
// own C functions. It takes the same decisions in the same order as ts_parser_parse, and where that begins to
// recover from an error, it drops the stack.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "grammar/ts_tables.h"

struct TSLanguage;

namespace espalier {

class NaiveRecogniser {
 public:
  explicit NaiveRecogniser(const TSLanguage* language);

  /// Whether the text is accepted. nullopt: more than kMostStacks stacks, or empty tokens without end.
  std::optional<bool> Accepts(std::string_view text);
  static constexpr size_t kMostStacks = 200;

 private:
  /// A reading of the text so far.
  struct Stack {
    std::vector<uint16_t> states;
    uint32_t position = 0;
    std::string scanner_state;  ///< of the last external token
    bool is_active = true;

    bool operator==(const Stack&) const = default;
    uint16_t top() const { return states.back(); }
  };

  struct Token {
    uint16_t symbol = 0;
    bool is_keyword = false;
    bool is_empty = false;
    bool is_external = false;
    uint16_t lexed_state = 0;
    uint32_t end = 0;
    std::string scanner_state;  ///< after an external token
  };

  struct CachedToken {
    Token token;
    uint32_t position = 0;
    std::string scanner_state;  ///< before it
  };

  enum class Step { kGoesOn, kDone };

  // The parse table.
  uint16_t Lookup(uint16_t state, uint16_t symbol) const;
  const TsActionEntry* ActionsFor(uint16_t state, uint16_t symbol) const;
  uint16_t NextState(uint16_t state, uint16_t symbol) const;
  TsLexMode15 ModeOf(uint16_t state) const;
  bool IsReserved(uint16_t state, uint16_t symbol) const;

  // ts_parser__lex
  std::optional<Token> Lex(const Stack& stack) const;
  std::optional<Token> LexExternal(const Stack& stack, uint16_t external_lex_state, bool error_mode) const;
  std::optional<Token> LexInternal(const Stack& stack, uint16_t lex_state) const;
  void TakeKeyword(uint16_t state, uint32_t token_begin, Token& token) const;

  // ts_parser__advance
  void Advance(size_t number);
  Step Act(size_t number, std::optional<Token>& lookahead);
  std::optional<Token> CachedFor(const Stack& stack) const;
  bool Reusable(uint16_t state, const Token& token) const;
  void Shift(Stack& stack, const TsAction& action, const Token& token) const;
  std::optional<size_t> Reduce(size_t number, const TsAction& action, bool ends_extra);
  void Condense();

  const TsTables& tables_;
  std::string_view text_;
  std::vector<Stack> stacks_;
  std::optional<CachedToken> cache_;
  bool accepted_ = false;
};

}  // namespace espalier
