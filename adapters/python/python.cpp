#include "adapters/builtin.h"

namespace espalier {
namespace {

constexpr std::string_view kPythonExtensions[] = {".py", ".pyi", ".pyw"};
constexpr std::string_view kPythonAliases[] = {"py", "python3"};

constexpr std::string_view kStatements[] = {
    "expression_statement",    "return_statement",     "import_statement", "import_from_statement",
    "future_import_statement", "assert_statement",     "raise_statement",  "pass_statement",
    "break_statement",         "continue_statement",   "delete_statement", "global_statement",
    "nonlocal_statement",      "type_alias_statement", "elif_clause",      "else_clause",
    "except_clause",           "finally_clause",       "case_clause",      "if_statement",
    "for_statement",           "while_statement",      "try_statement",    "with_statement",
    "match_statement",         "function_definition",  "class_definition", "decorated_definition"};

constexpr std::string_view kBlocks[] = {"block"};

constexpr std::string_view kFunctions[] = {"function_definition"};

}  // namespace

const Adapter& PythonAdapter() {
  static constexpr Adapter kAdapter = {
      .language = Language::kPython,
      .display_name = "Python",
      .extensions = kPythonExtensions,
      .aliases = kPythonAliases,
      .line_comment = "#",
      .indentation_is_syntax = true,
      .statement_kinds = kStatements,
      .block_kinds = kBlocks,
      .function_kinds = kFunctions,
  };
  return kAdapter;
}

}  // namespace espalier
