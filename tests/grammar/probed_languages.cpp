#include "tests/grammar/probed_languages.h"

#include <tree_sitter/api.h>

#include "bash_grammar.h"
#include "grammar/ts_language.h"
#include "html_grammar.h"

extern "C" {
const TSLanguage* tree_sitter_python(void);
const TSLanguage* tree_sitter_cpp(void);
const TSLanguage* tree_sitter_javascript(void);
const TSLanguage* tree_sitter_typescript(void);
const TSLanguage* tree_sitter_tsx(void);
const TSLanguage* tree_sitter_rust(void);
}

namespace espalier {

extern const LexerTables kPythonLexer, kCppLexer, kJavaScriptLexer, kTypeScriptLexer, kTsxLexer, kRustLexer,
    kHtmlLexer, kBashLexer;

const std::vector<ProbedLanguage>& ProbedLanguages() {
  static const std::vector<ProbedLanguage> languages = {
      {"Python", tree_sitter_python, &kPythonLexer, "source/inventory.py", "python", "x = '''"},
      {"Cpp", tree_sitter_cpp, &kCppLexer, "source/lru_cache.cpp", "cpp", "auto x = R\"("},
      {"JavaScript", tree_sitter_javascript, &kJavaScriptLexer, "source/router.js", "javascript", "x = `"},
      {"TypeScript", tree_sitter_typescript, &kTypeScriptLexer, "source/tasks.ts", "typescript", "x = `"},
      {"Tsx", tree_sitter_tsx, &kTsxLexer, "source/Counter.tsx", "typescriptreact", "x = <a>"},
      {"Rust", tree_sitter_rust, &kRustLexer, "source/matrix.rs", "rust", "/* "},
      {"Html", tree_sitter_html, &kHtmlLexer, "probed/page.html", "", "<p><!-- "},
      {"Bash", tree_sitter_bash, &kBashLexer, "probed/deploy.sh", "", "cat <<E\n"},
  };
  return languages;
}

bool TreeSitterAccepts(const TSLanguage* language, std::string_view text) {
  const TsParserPtr parser(ts_parser_new());
  ts_parser_set_language(parser.get(), language);
  const auto size = static_cast<uint32_t>(text.size());
  const TsTreePtr tree(ts_parser_parse_string(parser.get(), nullptr, text.data(), size));
  return !ts_node_has_error(ts_tree_root_node(tree.get()));
}

}  // namespace espalier
