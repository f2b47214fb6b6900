#include "grammar/grammar.h"

#include <array>
#include <mutex>

#include "grammar/probing_scanner.h"
#include "grammar/ts_language.h"

namespace espalier {

// Made at build time, see tabulate/README.md.
extern const LexerTables kPythonLexer, kCLexer, kCppLexer, kJavaLexer, kJavaScriptLexer, kTypeScriptLexer,
    kTsxLexer, kGoLexer, kRustLexer;

namespace {

struct BundledParts {
  const LexerTables* lexer;
  const ExternalScanner& (*scanner)();  // nullptr: none
};

// In the order of enum Language.
constexpr std::array<BundledParts, kLanguageCount> kBundled = {{
    {&kPythonLexer, PythonScanner},
    {&kCLexer, nullptr},
    {&kCppLexer, CppScanner},
    {&kJavaLexer, nullptr},
    {&kJavaScriptLexer, JavaScriptScanner},
    {&kTypeScriptLexer, TypeScriptScanner},
    {&kTsxLexer, TypeScriptScanner},
    {&kGoLexer, nullptr},
    {&kRustLexer, RustScanner},
}};

}  // namespace

const Grammar& Grammar::For(Language language) {
  static std::array<std::once_flag, kLanguageCount> made;
  static std::array<std::unique_ptr<Grammar>, kLanguageCount> grammars;
  const auto index = static_cast<size_t>(language);
  std::call_once(made[index], [&] {
    const BundledParts& parts = kBundled[index];
    const auto& tables = *reinterpret_cast<const TsTables*>(TsLanguage(language));
    // A bundled grammar is one that Create takes; tests make every one.
    grammars[index] = *Create(tables, *parts.lexer, parts.scanner ? &parts.scanner() : nullptr);
  });
  return *grammars[index];
}

Grammar::Grammar(ParseTable table, const LexerTables& lexer, const ExternalScanner* scanner)
    : table_(std::move(table)), lexer_(lexer), scanner_(scanner) {
  if (scanner_ != nullptr || table_.external_count() == 0) return;
  probing_ = std::make_unique<ProbingScanner>(table_.tables());
  scanner_ = probing_.get();
}

Result<std::unique_ptr<Grammar>> Grammar::Create(const TsTables& tables, const LexerTables& lexer,
                                                 const ExternalScanner* scanner) {
  ESPALIER_ASSIGN_OR_RETURN(ParseTable table, ParseTable::Create(tables));
  return std::unique_ptr<Grammar>(new Grammar(std::move(table), lexer, scanner));
}

}  // namespace espalier
