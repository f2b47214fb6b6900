#include "adapters/builtin.h"

namespace espalier {
namespace {

constexpr std::string_view kJavaExtensions[] = {".java"};

constexpr std::string_view kStatements[] = {"expression_statement",
                                            "return_statement",
                                            "local_variable_declaration",
                                            "field_declaration",
                                            "constant_declaration",
                                            "import_declaration",
                                            "package_declaration",
                                            "assert_statement",
                                            "break_statement",
                                            "continue_statement",
                                            "labeled_statement",
                                            "throw_statement",
                                            "yield_statement",
                                            "switch_block_statement_group",
                                            "switch_rule",
                                            "catch_clause",
                                            "finally_clause",
                                            "if_statement",
                                            "for_statement",
                                            "enhanced_for_statement",
                                            "while_statement",
                                            "do_statement",
                                            "switch_expression",
                                            "synchronized_statement",
                                            "try_statement",
                                            "try_with_resources_statement",
                                            "annotation_type_element_declaration",
                                            "compact_constructor_declaration",
                                            "constructor_declaration",
                                            "method_declaration",
                                            "annotation_type_declaration",
                                            "record_declaration",
                                            "enum_declaration",
                                            "interface_declaration",
                                            "class_declaration"};

constexpr std::string_view kBlocks[] = {"block",       "class_body",           "interface_body",
                                        "enum_body",   "annotation_type_body", "constructor_body",
                                        "switch_block"};

constexpr std::string_view kFunctions[] = {"method_declaration", "constructor_declaration",
                                           "compact_constructor_declaration", "lambda_expression"};

}  // namespace

const Adapter& JavaAdapter() {
  static constexpr Adapter kAdapter = {
      .language = Language::kJava,
      .display_name = "Java",
      .extensions = kJavaExtensions,
      .aliases = {},
      .line_comment = "//",
      .indentation_is_syntax = false,
      .statement_kinds = kStatements,
      .block_kinds = kBlocks,
      .function_kinds = kFunctions,
  };
  return kAdapter;
}

}  // namespace espalier
