// One language as automata: the parse table of its tree-sitter grammar, its lexers, and its external
// scanner. Everything the recogniser (recogniser.h) knows about a language is here. Immutable; built once
// and shared by all threads.
#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "grammar/external_scanner.h"
#include "grammar/lexer.h"
#include "grammar/lexer_tables.h"
#include "grammar/parse_table.h"
#include "grammar/syntax.h"

namespace espalier {

class Grammar {
 public:
  /// The bundled grammar of a language, made at first use (milliseconds), then kept.
  static const Grammar& For(Language language);

  /// From the parts that a grammar package yields, which must live as long as the Grammar. Where the grammar
  /// has external tokens and `scanner` is nullptr, the package's own scanner is probed (probing_scanner.h).
  /// Errors: kUnsupported for another ABI, or too many tokens.
  static Result<std::unique_ptr<Grammar>> Create(const TsTables& tables, const LexerTables& lexer,
                                                 const ExternalScanner* scanner = nullptr);

  const ParseTable& table() const { return table_; }
  const Lexer& lexer() const { return lexer_; }
  /// nullptr when no token needs it.
  const ExternalScanner* scanner() const { return scanner_; }

 private:
  Grammar(ParseTable table, const LexerTables& lexer, const ExternalScanner* scanner);

  ParseTable table_;
  Lexer lexer_;
  std::unique_ptr<const ExternalScanner> probing_;
  const ExternalScanner* scanner_;
};

}  // namespace espalier
