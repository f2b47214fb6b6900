#include "adapters/builtin.h"
#include "adapters/cpp/run_gtest.h"
#include "adapters/formats.h"

namespace espalier {
namespace {

constexpr std::string_view kCppExtensions[] = {".cpp", ".cc",  ".cxx", ".c++", ".C",   ".hpp", ".hh",
                                               ".hxx", ".h++", ".h",   ".H",   ".ipp", ".inl", ".tpp"};
constexpr std::string_view kCppAliases[] = {"c++", "cxx", "cc"};

constexpr std::string_view kStatements[] = {"expression_statement",
                                            "return_statement",
                                            "declaration",
                                            "field_declaration",
                                            "using_declaration",
                                            "alias_declaration",
                                            "static_assert_declaration",
                                            "friend_declaration",
                                            "namespace_alias_definition",
                                            "break_statement",
                                            "continue_statement",
                                            "goto_statement",
                                            "labeled_statement",
                                            "throw_statement",
                                            "co_return_statement",
                                            "co_yield_statement",
                                            "type_definition",
                                            "preproc_include",
                                            "preproc_def",
                                            "preproc_function_def",
                                            "case_statement",
                                            "catch_clause",
                                            "else_clause",
                                            "if_statement",
                                            "for_statement",
                                            "for_range_loop",
                                            "while_statement",
                                            "do_statement",
                                            "switch_statement",
                                            "try_statement",
                                            "concept_definition",
                                            "struct_specifier",
                                            "union_specifier",
                                            "enum_specifier",
                                            "class_specifier",
                                            "function_definition",
                                            "template_declaration",
                                            "namespace_definition"};

constexpr std::string_view kBlocks[] = {"compound_statement", "field_declaration_list", "enumerator_list",
                                        "declaration_list"};

constexpr std::string_view kFunctions[] = {"function_definition", "lambda_expression"};

constexpr std::string_view kTools[] = {"g++"};
constexpr std::string_view kBuild[] = {
    "g++", "-std=c++20", "-O1",       "-isystem{warm}", "-fmax-errors=20", "-fno-diagnostics-show-caret",
    "-o",  "program",    "{sources}", "-pthread"};
constexpr std::string_view kProducts[] = {"program"};
constexpr std::string_view kRun[] = {"./program"};
// A program whose first #include is <bits/stdc++.h> finds it compiled, if it is built with the same flags. A
// second one finds the header beside it, since only the first thing that is included can be compiled.
constexpr std::string_view kWarmCommand[] = {
    "sh", "-c",
    "mkdir -p warm/bits && echo '#include_next <bits/stdc++.h>' > warm/bits/stdc++.h && "
    "g++ -std=c++20 -O1 -pthread -x c++-header -o warm/bits/stdc++.h.gch all.h"};
constexpr RecipeFile kWarmFiles[] = {{"all.h", "#include <bits/stdc++.h>\n"}};

constexpr Recipe kRecipe = {
    .main_file = "main.cpp",
    .tools = kTools,
    .install_hint = "install a C++ compiler: apt-get install g++",
    .build = kBuild,
    .products = kProducts,
    .run = kRun,
    .warm_command = kWarmCommand,
    .warm_files = kWarmFiles,
    .warm_when = "<bits/stdc++.h>",
    .compiler = kGccFormat,
    .crash = kNativeCrash,
};

constexpr std::string_view kDeclarations[] = {"function_definition", "declaration", "field_declaration"};
constexpr NamedKind kScopes[] = {{"class_specifier", "name", true},
                                 {"struct_specifier", "name", true},
                                 {"union_specifier", "name", true},
                                 {"namespace_definition", "name"}};
constexpr std::string_view kWrappers[] = {"template_declaration"};
constexpr SymbolKinds kSymbols = {.functions = kDeclarations,
                                  .scopes = kScopes,
                                  .wrappers = kWrappers,
                                  .separator = "::",
                                  .c_declarators = true};

}  // namespace

const Adapter& CppAdapter() {
  static constexpr Adapter kAdapter = {
      .language = Language::kCpp,
      .display_name = "C++",
      .extensions = kCppExtensions,
      .aliases = kCppAliases,
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
