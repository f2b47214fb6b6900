#include "adapters/builtin.h"
#include "adapters/formats.h"

namespace espalier {
namespace {

constexpr std::string_view kJavaScriptExtensions[] = {".js", ".mjs", ".cjs", ".jsx"};
constexpr std::string_view kJavaScriptAliases[] = {"js", "jsx", "javascriptreact", "node"};

constexpr std::string_view kStatements[] = {"expression_statement", "return_statement",
                                            "lexical_declaration",  "variable_declaration",
                                            "import_statement",     "break_statement",
                                            "continue_statement",   "debugger_statement",
                                            "labeled_statement",    "throw_statement",
                                            "switch_case",          "switch_default",
                                            "catch_clause",         "else_clause",
                                            "finally_clause",       "if_statement",
                                            "for_statement",        "for_in_statement",
                                            "while_statement",      "do_statement",
                                            "switch_statement",     "try_statement",
                                            "field_definition",     "method_definition",
                                            "function_declaration", "generator_function_declaration",
                                            "class_declaration",    "export_statement"};

constexpr std::string_view kBlocks[] = {"statement_block", "class_body", "class_static_block", "switch_body"};

constexpr std::string_view kFunctions[] = {"function_declaration", "generator_function_declaration",
                                           "method_definition",    "arrow_function",
                                           "function_expression",  "generator_function"};

constexpr std::string_view kTools[] = {"node"};
constexpr std::string_view kRun[] = {"node", "--max-old-space-size={heap_mb}", "{main}"};

constexpr std::string_view kSyntaxErrors[] = {"SyntaxError"};

constexpr Recipe kRecipe = {
    .main_file = "main.js",
    .tools = kTools,
    .install_hint = "install Node.js: apt-get install nodejs",
    .run = kRun,
    .extra_processes = 32,
    .runtime_bytes = uint64_t{256} << 20,
    .crash = kNodeCrash,
    .syntax_errors = kSyntaxErrors,
};

constexpr NamedKind kScopes[] = {
    {"class_declaration", "name", true}, {"class", "name", true},
    {"variable_declarator", "name"},     {"pair", "key"},
    {"function_declaration", "name"},    {"generator_function_declaration", "name"},
    {"method_definition", "name"}};
constexpr NamedKind kHolders[] = {{"variable_declarator", "name"},
                                  {"pair", "key"},
                                  {"assignment_expression", "left"},
                                  {"field_definition", "property"}};
constexpr std::string_view kWrappers[] = {"export_statement", "lexical_declaration", "variable_declaration",
                                          "expression_statement", "variable_declarator"};
constexpr std::string_view kBetween[] = {"decorator"};
constexpr SymbolKinds kSymbols = {.functions = kFunctions,
                                  .scopes = kScopes,
                                  .holders = kHolders,
                                  .wrappers = kWrappers,
                                  .between = kBetween};

constexpr TestRecipe kNodeTest = {
    .script = R"sh(
grep -q '^ *\(export\|import\) ' "$1" && echo '{"type": "module"}' > package.json
node --test --experimental-test-coverage --test-reporter=tap --test-reporter-destination=log \
     --test-reporter=lcov --test-reporter-destination=lcov "$2"
status=$?
cat log
sed -n -e 's/\\\([#\\]\)/\1/g' -e 's/^ *ok [0-9]* - \(.*\)$/pass \1/p' -e 's/^ *not ok [0-9]* - \(.*\)$/fail \1/p' log > results
sed -n -e "\\|^SF:\(.*/\)\{0,1\}$1\$|,/^end_of_record/s/^DA:\([0-9]*\),\([0-9]*\).*/\1 \2/p" lcov > coverage
exit $status
)sh",
    .install_hint = "install Node.js 20 or newer",
};

}  // namespace

const Adapter& JavaScriptAdapter() {
  static constexpr Adapter kAdapter = {
      .language = Language::kJavaScript,
      .display_name = "JavaScript",
      .extensions = kJavaScriptExtensions,
      .aliases = kJavaScriptAliases,
      .line_comment = "//",
      .indentation_is_syntax = false,
      .statement_kinds = kStatements,
      .block_kinds = kBlocks,
      .function_kinds = kFunctions,
      .symbols = &kSymbols,
      .recipe = &kRecipe,
      .framework = &kNodeTest,
  };
  return kAdapter;
}

}  // namespace espalier
