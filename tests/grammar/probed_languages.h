// Grammars whose external scanner is probed (grammar/probing_scanner.h): those that have a machine as well,
// and others, with texts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "grammar/grammar.h"

struct TSLanguage;

namespace espalier {

struct ProbedLanguage {
  std::string name;
  const TSLanguage* (*language)();
  const LexerTables* lexer;
  std::string sample;           ///< file below tests/data, which tree-sitter parses clean
  std::string corpus{};         ///< folder of the corpus; empty: none
  std::string_view long_begin;  ///< a text that ends inside of a lexeme which may go on for ever

  const TsTables& tables() const { return *reinterpret_cast<const TsTables*>(language()); }
  /// Made at each call.
  std::unique_ptr<Grammar> MakeGrammar(const ExternalScanner* scanner = nullptr) const {
    return *Grammar::Create(tables(), *lexer, scanner);
  }
};

const std::vector<ProbedLanguage>& ProbedLanguages();

/// tree-sitter's own verdict on a whole text.
bool TreeSitterAccepts(const TSLanguage* language, std::string_view text);

}  // namespace espalier
