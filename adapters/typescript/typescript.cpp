#include "adapters/builtin.h"

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
  };
  return kAdapter;
}

}  // namespace espalier
