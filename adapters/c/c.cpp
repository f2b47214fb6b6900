#include "adapters/builtin.h"

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
  };
  return kAdapter;
}

}  // namespace espalier
