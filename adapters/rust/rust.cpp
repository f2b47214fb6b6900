#include "adapters/builtin.h"

namespace espalier {
namespace {

constexpr std::string_view kRustExtensions[] = {".rs"};
constexpr std::string_view kRustAliases[] = {"rs"};

constexpr std::string_view kStatements[] = {"expression_statement",
                                            "let_declaration",
                                            "use_declaration",
                                            "extern_crate_declaration",
                                            "attribute_item",
                                            "inner_attribute_item",
                                            "const_item",
                                            "static_item",
                                            "type_item",
                                            "associated_type",
                                            "field_declaration",
                                            "enum_variant",
                                            "match_arm",
                                            "macro_invocation",
                                            "if_expression",
                                            "else_clause",
                                            "for_expression",
                                            "while_expression",
                                            "loop_expression",
                                            "match_expression",
                                            "function_signature_item",
                                            "macro_definition",
                                            "struct_item",
                                            "enum_item",
                                            "union_item",
                                            "function_item",
                                            "trait_item",
                                            "impl_item",
                                            "mod_item",
                                            "foreign_mod_item"};

constexpr std::string_view kBlocks[] = {"block", "declaration_list", "field_declaration_list",
                                        "enum_variant_list", "match_block"};

constexpr std::string_view kFunctions[] = {"function_item", "closure_expression"};

constexpr std::string_view kTools[] = {"rustc", "cc"};
constexpr std::string_view kBuild[] = {
    "rustc", "--edition=2021", "-Copt-level=1", "-Cdebuginfo=0", "--error-format=short", "--cap-lints=warn",
    "-o",    "program",        "{main}"};
constexpr std::string_view kProducts[] = {"program"};
constexpr std::string_view kRun[] = {"./program"};

constexpr std::string_view kMessages[] = {"{file}:{line}:{column}: {severity}[{code}]: {message}",
                                          "{file}:{line}:{column}: {severity}: {message}",
                                          "error[{code}]: {message}", "error: {message}"};
constexpr std::string_view kPanics[] = {"thread '{any}' panicked at {file}:{line}:{column}:",
                                        "thread '{any}' ({any}) panicked at {file}:{line}:{column}:"};

constexpr Recipe kRecipe = {
    .main_file = "main.rs",
    .tools = kTools,
    .install_hint = "install Rust (rustup.rs) and a linker: apt-get install gcc libc6-dev",
    .build = kBuild,
    .products = kProducts,
    .run = kRun,
    .build_bytes = uint64_t{2} << 30,
    .compiler = {.patterns = kMessages},
    .crash = {.messages = kPanics, .message_on_next_line = true},
};

constexpr std::string_view kItems[] = {"function_item", "function_signature_item"};
constexpr NamedKind kScopes[] = {{"impl_item", "type", true},
                                 {"trait_item", "name", true},
                                 {"mod_item", "name"},
                                 {"function_item", "name"}};
constexpr std::string_view kBetween[] = {"attribute_item"};
constexpr SymbolKinds kSymbols = {
    .functions = kItems, .scopes = kScopes, .between = kBetween, .separator = "::"};

// Coverage would want an llvm-cov of the compiler's own version, which few people have.
constexpr TestRecipe kRustTest = {
    .script = R"sh(
cat "$1" "$2" > tested.rs
rustc --test --edition=2021 --cap-lints=warn -Cdebuginfo=0 -o tested tested.rs || exit 1
./tested > log 2>&1
status=$?
cat log
sed -n -e 's/^test .*::\([^ ]*\) .*\.\.\. ok$/pass \1/p' -e 's/^test .*::\([^ ]*\) .*\.\.\. FAILED$/fail \1/p' \
    -e 's/^test .*::\([^ ]*\) \.\.\. ok$/pass \1/p' -e 's/^test .*::\([^ ]*\) \.\.\. FAILED$/fail \1/p' log > results
exit $status
)sh",
};

}  // namespace

const Adapter& RustAdapter() {
  static constexpr Adapter kAdapter = {
      .language = Language::kRust,
      .display_name = "Rust",
      .extensions = kRustExtensions,
      .aliases = kRustAliases,
      .line_comment = "//",
      .indentation_is_syntax = false,
      .statement_kinds = kStatements,
      .block_kinds = kBlocks,
      .function_kinds = kFunctions,
      .symbols = &kSymbols,
      .recipe = &kRecipe,
      .framework = &kRustTest,
  };
  return kAdapter;
}

}  // namespace espalier
