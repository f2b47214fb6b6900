/* A grammar package's parser.c with the lexer macros redefined: each lexer function, called with a state and
   a code point, takes one step and returns. Compiled once a grammar; PARSER_SOURCE names its parser.c. */
#include "grammar/tabulate/step_lexer.h"
#include "tree_sitter/parser.h"

typedef struct {
  TSLexer base;
  ESPALIER_STEP_FIELDS
} StepLexer;

#undef START_LEXER
#undef ADVANCE
#undef ADVANCE_MAP
#undef SKIP
#undef ACCEPT_TOKEN
#undef END_STATE

#define ESPALIER_STEP(state_value, skipped)          \
  {                                                  \
    ((StepLexer*)lexer)->next = (int)(state_value);  \
    ((StepLexer*)lexer)->skips = (skipped);          \
    return true;                                     \
  }

#define START_LEXER()                     \
  bool eof = false;                       \
  int32_t lookahead = lexer->lookahead;   \
  (void)eof;                              \
  (void)lookahead;
#define ADVANCE(state_value) ESPALIER_STEP(state_value, false)
#define SKIP(state_value) ESPALIER_STEP(state_value, true)
#define ADVANCE_MAP(...)                                                          \
  {                                                                               \
    static const uint16_t map[] = {__VA_ARGS__};                                  \
    for (uint32_t i = 0; i < sizeof(map) / sizeof(map[0]); i += 2)                \
      if (map[i] == lookahead) ESPALIER_STEP(map[i + 1], false)                   \
  }
#define ACCEPT_TOKEN(symbol_value) lexer->result_symbol = symbol_value;
#define END_STATE() return false;

#include PARSER_SOURCE
