// The layout of tree-sitter's generated tables (struct TSLanguage, ABI 13 to 15), as far as the recogniser
// reads them. Older layouts are prefixes of the newest; what they lack must not be read (see `abi_version`).
// Source: the generated parsers' tree_sitter/parser.h, tree-sitter 0.25.
#pragma once

#include <cstdint>

namespace espalier {

extern "C" {

struct TsLexer {
  int32_t lookahead;
  uint16_t result_symbol;
  void (*advance)(TsLexer*, bool skip);
  void (*mark_end)(TsLexer*);
  uint32_t (*get_column)(TsLexer*);
  bool (*is_at_included_range_start)(const TsLexer*);
  bool (*eof)(const TsLexer*);
  void (*log)(const TsLexer*, const char*, ...);
};

enum TsActionType : uint8_t { kTsShift, kTsReduce, kTsAccept, kTsRecover };

union TsAction {
  uint8_t type;
  struct {
    uint8_t type;
    uint16_t state;
    bool extra;
    bool repetition;
  } shift;
  struct {
    uint8_t type;
    uint8_t child_count;
    uint16_t symbol;
    int16_t dynamic_precedence;
    uint16_t production_id;
  } reduce;
};

/// A list of actions: its header, then `count` actions.
union TsActionEntry {
  TsAction action;
  struct {
    uint8_t count;
    bool reusable;
  } header;
};

struct TsLexMode {  // ABI 13 and 14
  uint16_t lex_state, external_lex_state;
};

struct TsLexMode15 {
  uint16_t lex_state, external_lex_state, reserved_word_set_id;
};

struct TsSymbolMetadata {
  bool visible, named, supertype;
};

struct TsTables {
  uint32_t abi_version;
  uint32_t symbol_count;
  uint32_t alias_count;
  uint32_t token_count;
  uint32_t external_token_count;
  uint32_t state_count;
  uint32_t large_state_count;
  uint32_t production_id_count;
  uint32_t field_count;
  uint16_t max_alias_sequence_length;
  const uint16_t* parse_table;
  const uint16_t* small_parse_table;
  const uint32_t* small_parse_table_map;
  const TsActionEntry* parse_actions;
  const char* const* symbol_names;
  const char* const* field_names;
  const void* field_map_slices;
  const void* field_map_entries;
  const TsSymbolMetadata* symbol_metadata;
  const uint16_t* public_symbol_map;
  const uint16_t* alias_map;
  const uint16_t* alias_sequences;
  const void* lex_modes;  // TsLexMode or TsLexMode15
  bool (*lex_fn)(TsLexer*, uint16_t state);
  bool (*keyword_lex_fn)(TsLexer*, uint16_t state);
  uint16_t keyword_capture_token;
  struct {
    const bool* states;  // [external_lex_state][external_token_count]
    const uint16_t* symbol_map;
    void* (*create)();
    void (*destroy)(void*);
    bool (*scan)(void*, TsLexer*, const bool* valid);
    unsigned (*serialize)(void*, char*);
    void (*deserialize)(void*, const char*, unsigned);
  } external_scanner;
  const uint16_t* primary_state_ids;
  // ABI 15
  const char* name;
  const uint16_t* reserved_words;
  uint16_t max_reserved_word_set_size;
};

}  // extern "C"

/// Longest serialized state of an external scanner, in bytes.
inline constexpr unsigned kTsSerializationSize = 1024;

}  // namespace espalier
