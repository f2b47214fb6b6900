/* One step of a generated lexer, see README.md: what a step function reads and writes. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Begins as a TSLexer does; only `lookahead`, `result_symbol` and `eof` of that are used. */
#define ESPALIER_STEP_FIELDS \
  int32_t next; /* or -1 */  \
  bool skips;                \
  bool at_end;
