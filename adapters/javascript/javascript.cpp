#include "adapters/builtin.h"

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
  };
  return kAdapter;
}

}  // namespace espalier
