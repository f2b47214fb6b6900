#include "adapters/builtin.h"
#include "adapters/cpp/run_gtest.h"
#include "adapters/formats.h"

namespace espalier {
namespace {

constexpr std::string_view kCExtensions[] = {".c"};

constexpr std::string_view kStatements[] = {
    "expression_statement", "return_statement",   "declaration",        "field_declaration",
    "break_statement",      "continue_statement", "goto_statement",     "labeled_statement",
    "type_definition",      "preproc_include",    "preproc_def",        "preproc_function_def",
    "case_statement",       "if_statement",       "else_clause",        "for_statement",
    "while_statement",      "do_statement",       "switch_statement",   "struct_specifier",
    "union_specifier",      "enum_specifier",     "function_definition"};

constexpr std::string_view kBlocks[] = {"compound_statement", "field_declaration_list", "enumerator_list",
                                        "declaration_list"};

constexpr std::string_view kFunctions[] = {"function_definition"};

constexpr std::string_view kTools[] = {"gcc"};
constexpr std::string_view kBuild[] = {
    "gcc", "-std=gnu17", "-O1",       "-fmax-errors=20", "-fno-diagnostics-show-caret",
    "-o",  "program",    "{sources}", "-pthread",        "-lm"};
constexpr std::string_view kProducts[] = {"program"};
constexpr std::string_view kRun[] = {"./program"};

constexpr Recipe kRecipe = {
    .main_file = "main.c",
    .tools = kTools,
    .install_hint = "install a C compiler: apt-get install gcc libc6-dev",
    .build = kBuild,
    .products = kProducts,
    .run = kRun,
    .compiler = kGccFormat,
    .crash = kNativeCrash,
};

constexpr std::string_view kDeclarations[] = {"function_definition", "declaration", "field_declaration"};
constexpr NamedKind kScopes[] = {{"struct_specifier", "name", true}, {"union_specifier", "name", true}};
constexpr SymbolKinds kSymbols = {
    .functions = kDeclarations, .scopes = kScopes, .separator = "::", .c_declarators = true};

}  // namespace

const Adapter& CAdapter() {
  static constexpr Adapter kAdapter = {
      .language = Language::kC,
      .display_name = "C",
      .extensions = kCExtensions,
      .aliases = {},
      .line_comment = "//",
      .indentation_is_syntax = false,
      .statement_kinds = kStatements,
      .block_kinds = kBlocks,
      .function_kinds = kFunctions,
      .symbols = &kSymbols,
      .recipe = &kRecipe,
      .framework = &kGoogleTest,
  };
  return kAdapter;
}

}  // namespace espalier
