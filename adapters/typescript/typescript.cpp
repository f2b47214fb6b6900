#include "adapters/builtin.h"
#include "adapters/formats.h"

namespace espalier {
namespace {

constexpr std::string_view kTypeScriptExtensions[] = {".ts", ".mts", ".cts"};
constexpr std::string_view kTypeScriptAliases[] = {"ts"};
constexpr std::string_view kTsxExtensions[] = {".tsx"};
constexpr std::string_view kTsxAliases[] = {"tsx", "typescriptreact"};

constexpr std::string_view kStatements[] = {"expression_statement",
                                            "return_statement",
                                            "lexical_declaration",
                                            "variable_declaration",
                                            "import_statement",
                                            "break_statement",
                                            "continue_statement",
                                            "debugger_statement",
                                            "labeled_statement",
                                            "throw_statement",
                                            "switch_case",
                                            "switch_default",
                                            "catch_clause",
                                            "else_clause",
                                            "finally_clause",
                                            "if_statement",
                                            "for_statement",
                                            "for_in_statement",
                                            "while_statement",
                                            "do_statement",
                                            "switch_statement",
                                            "try_statement",
                                            "type_alias_declaration",
                                            "method_signature",
                                            "abstract_method_signature",
                                            "property_signature",
                                            "public_field_definition",
                                            "function_signature",
                                            "method_definition",
                                            "function_declaration",
                                            "generator_function_declaration",
                                            "enum_declaration",
                                            "interface_declaration",
                                            "class_declaration",
                                            "abstract_class_declaration",
                                            "internal_module",
                                            "module",
                                            "ambient_declaration",
                                            "export_statement"};

constexpr std::string_view kBlocks[] = {"statement_block", "class_body",  "class_static_block", "switch_body",
                                        "interface_body",  "object_type", "enum_body"};

constexpr std::string_view kFunctions[] = {"function_declaration", "generator_function_declaration",
                                           "method_definition",    "arrow_function",
                                           "function_expression",  "generator_function"};

constexpr std::string_view kTools[] = {"node", "tsc"};
constexpr std::string_view kBuild[] = {"tsc",
                                       "--pretty",
                                       "false",
                                       "--target",
                                       "es2022",
                                       "--module",
                                       "commonjs",
                                       "--esModuleInterop",
                                       "--jsx",
                                       "react",
                                       "--skipLibCheck",
                                       "--sourceMap",
                                       "--outDir",
                                       "out",
                                       "--rootDir",
                                       ".",
                                       "node_names.d.ts",
                                       "{sources}"};
constexpr std::string_view kProducts[] = {"out/"};
constexpr std::string_view kRun[] = {"node", "--enable-source-maps", "--max-old-space-size={heap_mb}",
                                     "out/{stem}.js"};

// What Node.js offers, without types: programs can be checked where its type definitions are not installed.
constexpr RecipeFile kBuildFiles[] = {{"node_names.d.ts",
                                       "declare var require: any, module: any, exports: any, process: any;\n"
                                       "declare var Buffer: any, global: any, __dirname: string;\n"
                                       "declare var __filename: string;\n"
                                       "declare module 'node:*';\ndeclare module 'fs';\n"
                                       "declare module 'assert';\ndeclare module 'path';\n"
                                       "declare module 'readline';\ndeclare module 'util';\n"
                                       "declare module 'os';\ndeclare module 'events';\n"
                                       "declare module 'crypto';\ndeclare module 'stream';\n"}};

constexpr std::string_view kMessages[] = {"{file}({line},{column}): {severity} {code}: {message}",
                                          "{severity} {code}: {message}"};
constexpr Recipe RecipeFor(std::string_view main_file) {
  return {
      .main_file = main_file,
      .tools = kTools,
      .install_hint = "install TypeScript: npm install -g typescript",
      .build = kBuild,
      .products = kProducts,
      .build_files = kBuildFiles,
      .run = kRun,
      .extra_processes = 32,
      .runtime_bytes = uint64_t{256} << 20,
      .compiler = {.patterns = kMessages},
      .crash = kNodeCrash,
  };
}
constexpr Recipe kRecipe = RecipeFor("main.ts");
constexpr Recipe kTsxRecipe = RecipeFor("main.tsx");

constexpr std::string_view kSignatures[] = {"function_declaration",     "generator_function_declaration",
                                            "method_definition",        "arrow_function",
                                            "function_expression",      "generator_function",
                                            "function_signature",       "method_signature",
                                            "abstract_method_signature"};
constexpr NamedKind kScopes[] = {{"abstract_class_declaration", "name", true},
                                 {"interface_declaration", "name", true},
                                 {"internal_module", "name"},
                                 {"module", "name"},
                                 {"class_declaration", "name", true},
                                 {"class", "name", true},
                                 {"variable_declarator", "name"},
                                 {"pair", "key"},
                                 {"function_declaration", "name"},
                                 {"generator_function_declaration", "name"},
                                 {"method_definition", "name"}};
constexpr NamedKind kHolders[] = {{"variable_declarator", "name"},
                                  {"pair", "key"},
                                  {"assignment_expression", "left"},
                                  {"public_field_definition", "name"}};
constexpr std::string_view kWrappers[] = {"export_statement",     "lexical_declaration",
                                          "variable_declaration", "expression_statement",
                                          "ambient_declaration",  "variable_declarator"};
constexpr std::string_view kBetween[] = {"decorator"};
constexpr SymbolKinds kSymbols = {.functions = kSignatures,
                                  .scopes = kScopes,
                                  .holders = kHolders,
                                  .wrappers = kWrappers,
                                  .between = kBetween};

constexpr TestRecipe kNodeTest = {
    .script = R"sh(
tsc --pretty false --target es2022 --module commonjs --esModuleInterop --jsx react --skipLibCheck --outDir out \
    --rootDir . node_names.d.ts "$1" "$2" || exit 1
base=$(basename "$2"); base=${base%.*}
node --test --test-reporter=tap "out/$base.js" > log 2>&1
status=$?
cat log
sed -n -e 's/\\\([#\\]\)/\1/g' -e 's/^ *ok [0-9]* - \(.*\)$/pass \1/p' -e 's/^ *not ok [0-9]* - \(.*\)$/fail \1/p' log > results
exit $status
)sh",
    .files = kBuildFiles,
    .install_hint = "install Node.js 20 or newer",
};

}  // namespace

const Adapter& TypeScriptAdapter() {
  static constexpr Adapter kAdapter = {
      .language = Language::kTypeScript,
      .display_name = "TypeScript",
      .extensions = kTypeScriptExtensions,
      .aliases = kTypeScriptAliases,
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

const Adapter& TsxAdapter() {
  static constexpr Adapter kAdapter = {
      .language = Language::kTsx,
      .display_name = "TypeScript JSX",
      .extensions = kTsxExtensions,
      .aliases = kTsxAliases,
      .line_comment = "//",
      .indentation_is_syntax = false,
      .statement_kinds = kStatements,
      .block_kinds = kBlocks,
      .function_kinds = kFunctions,
      .symbols = &kSymbols,
      .recipe = &kTsxRecipe,
      .framework = &kNodeTest,
  };
  return kAdapter;
}

}  // namespace espalier
