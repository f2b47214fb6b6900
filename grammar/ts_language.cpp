#include "grammar/ts_language.h"

#include <array>

extern "C" {
const TSLanguage* tree_sitter_python(void);
const TSLanguage* tree_sitter_c(void);
const TSLanguage* tree_sitter_cpp(void);
const TSLanguage* tree_sitter_java(void);
const TSLanguage* tree_sitter_javascript(void);
const TSLanguage* tree_sitter_typescript(void);
const TSLanguage* tree_sitter_tsx(void);
const TSLanguage* tree_sitter_go(void);
const TSLanguage* tree_sitter_rust(void);
}

namespace espalier {
namespace {

struct Grammar {
  std::string_view id;
  const TSLanguage* (*tables)();
};

// In the order of enum Language.
constexpr std::array<Grammar, kLanguageCount> kGrammars = {{
    {"python", tree_sitter_python},
    {"c", tree_sitter_c},
    {"cpp", tree_sitter_cpp},
    {"java", tree_sitter_java},
    {"javascript", tree_sitter_javascript},
    {"typescript", tree_sitter_typescript},
    {"typescriptreact", tree_sitter_tsx},
    {"go", tree_sitter_go},
    {"rust", tree_sitter_rust},
}};

const Grammar& GrammarOf(Language language) { return kGrammars[static_cast<size_t>(language)]; }

}  // namespace

std::string_view LanguageId(Language language) { return GrammarOf(language).id; }

bool HasNodeKind(Language language, std::string_view kind) {
  const auto length = static_cast<uint32_t>(kind.size());
  return ts_language_symbol_for_name(TsLanguage(language), kind.data(), length, /*is_named=*/true) != 0;
}

const TSLanguage* TsLanguage(Language language) { return GrammarOf(language).tables(); }

TSParser* ThreadParser(Language language) {
  thread_local std::array<TsParserPtr, kLanguageCount> parsers;
  TsParserPtr& parser = parsers[static_cast<size_t>(language)];
  if (!parser) {
    parser.reset(ts_parser_new());
    ts_parser_set_language(parser.get(), TsLanguage(language));
  }
  return parser.get();
}

}  // namespace espalier
