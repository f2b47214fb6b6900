#include "adapters/builtin.h"
#include "adapters/python/fork_server.h"
#include "adapters/python/run_pytest.h"

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

constexpr std::string_view kTools[] = {"python3"};
constexpr std::string_view kRun[] = {"python3", "-B", "{main}"};
constexpr std::string_view kEnvironment[] = {"PYTHONIOENCODING=utf-8"};

constexpr std::string_view kForkServer[] = {"python3", "-B", "fork_server.py"};

constexpr std::string_view kErrors[] = {"{code}: {message}", "{code}"};
constexpr std::string_view kFrames[] = {R"(  File "{file}", line {line}, in {symbol})"};
constexpr std::string_view kHeads[] = {R"(  File "{file}", line {line})"};
constexpr std::string_view kSyntaxErrors[] = {"SyntaxError", "IndentationError", "TabError"};

constexpr Recipe kRecipe = {
    .main_file = "main.py",
    .tools = kTools,
    .install_hint = "install Python 3",
    .run = kRun,
    .environment = kEnvironment,
    .fork_server = kForkServer,
    .fork_server_file = {"fork_server.py", kPythonForkServer},
    .crash = {.messages = kErrors, .frames = kFrames, .heads = kHeads, .message_is_last = true},
    .syntax_errors = kSyntaxErrors,
};

constexpr NamedKind kScopes[] = {{"class_definition", "name", true}, {"function_definition", "name"}};
constexpr std::string_view kWrappers[] = {"decorated_definition"};
constexpr SymbolKinds kSymbols = {
    .functions = kFunctions, .scopes = kScopes, .wrappers = kWrappers, .doc_in_body = true};

constexpr RecipeFile kPytestFiles[] = {{"run_pytest.py", kRunPytest}};
constexpr TestRecipe kPytest = {
    .script = R"(exec python3 -B run_pytest.py "$1" "$2")",
    .files = kPytestFiles,
    .install_hint = "pip install pytest, or: apt-get install python3-pytest",
};

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
      .symbols = &kSymbols,
      .recipe = &kRecipe,
      .framework = &kPytest,
  };
  return kAdapter;
}

}  // namespace espalier
