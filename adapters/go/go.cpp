#include "adapters/builtin.h"

namespace espalier {
namespace {

constexpr std::string_view kGoExtensions[] = {".go"};
constexpr std::string_view kGoAliases[] = {"golang"};

constexpr std::string_view kStatements[] = {
    "expression_statement",  "return_statement",   "assignment_statement",
    "short_var_declaration", "inc_statement",      "dec_statement",
    "send_statement",        "var_declaration",    "const_declaration",
    "type_declaration",      "import_declaration", "package_clause",
    "break_statement",       "continue_statement", "fallthrough_statement",
    "goto_statement",        "labeled_statement",  "defer_statement",
    "go_statement",          "field_declaration",  "communication_case",
    "default_case",          "expression_case",    "type_case",
    "if_statement",          "for_statement",      "expression_switch_statement",
    "type_switch_statement", "select_statement",   "method_elem",
    "function_declaration",  "method_declaration"};

constexpr std::string_view kBlocks[] = {"block", "field_declaration_list", "interface_type", "literal_value"};

constexpr std::string_view kFunctions[] = {"function_declaration", "method_declaration", "func_literal"};

}  // namespace

const Adapter& GoAdapter() {
  static constexpr Adapter kAdapter = {
      .language = Language::kGo,
      .display_name = "Go",
      .extensions = kGoExtensions,
      .aliases = kGoAliases,
      .line_comment = "//",
      .indentation_is_syntax = false,
      .statement_kinds = kStatements,
      .block_kinds = kBlocks,
      .function_kinds = kFunctions,
  };
  return kAdapter;
}

}  // namespace espalier
