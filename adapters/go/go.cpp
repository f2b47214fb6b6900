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

constexpr std::string_view kTools[] = {"go"};
// The warm cache is read-only and holds what most programs use. Go takes packages that it cannot keep for
// packages that do not exist; then it gets a cache of its own, with links to what is there.
constexpr std::string_view kBuild[] = {"sh", "-c", R"sh(
go build -o program "$@" > log 2>&1
status=$?
if test $status != 0 && grep -q "is not in std" log; then
  cp -rs "$GOCACHE" /tmp/go-cache-all && GOCACHE=/tmp/go-cache-all exec go build -o program "$@"
fi
cat log >&2
exit $status
)sh",
                                       "sh", "{sources}"};
constexpr std::string_view kProducts[] = {"program"};
constexpr std::string_view kRun[] = {"./program"};
constexpr std::string_view kEnvironment[] = {"GOCACHE={warm}",    "GOCACHE=/tmp/go-cache", "GOPATH=/tmp/go",
                                             "GOTOOLCHAIN=local", "GOPROXY=off",           "GOTELEMETRY=off",
                                             "CGO_ENABLED=0"};
// The standard library is compiled on first use, which takes a minute of processor time; so is what tests and
// their coverage need.
// Go insists on every folder of its cache, so none may be empty.
constexpr std::string_view kWarmCommand[] = {
    "sh", "-c",
    "mkdir warm && export GOCACHE=$PWD/warm && go build -o all all.go && "
    "cd tested && go test -vet=off -coverprofile=profile . && cd .. && for d in warm/??; do : > $d/kept; "
    "done"};
constexpr RecipeFile kWarmFiles[] = {{"all.go", R"(package main

import (
	_ "bufio"
	_ "bytes"
	_ "container/heap"
	_ "container/list"
	_ "context"
	_ "encoding/json"
	_ "errors"
	_ "fmt"
	_ "io"
	_ "maps"
	_ "math"
	_ "math/big"
	_ "math/bits"
	_ "math/rand"
	_ "os"
	_ "reflect"
	_ "regexp"
	_ "slices"
	_ "sort"
	_ "strconv"
	_ "strings"
	_ "sync"
	_ "testing"
	_ "time"
	_ "unicode"
)

func main() {}
)"},
                                     {"tested/go.mod", "module tested\n\ngo 1.19\n"},
                                     {"tested/t.go", "package tested\n\nfunc One() int { return 1 }\n"},
                                     {"tested/t_test.go",
                                      "package tested\n\nimport \"testing\"\n\nfunc TestOne(t *testing.T) {\n"
                                      "\tif One() != 1 {\n\t\tt.Fail()\n\t}\n}\n"}};

constexpr std::string_view kMessages[] = {"{file}:{line}:{column}: {message}", "{file}:{line}: {message}"};
constexpr std::string_view kPanics[] = {"panic: {message}", "fatal error: {message}"};
constexpr std::string_view kFrames[] = {"\t{file}:{line} +{any}", "\t{file}:{line}"};

constexpr Recipe kRecipe = {
    .main_file = "main.go",
    .tools = kTools,
    .install_hint = "install Go from go.dev, or: apt-get install golang-go",
    .build = kBuild,
    .products = kProducts,
    .run = kRun,
    .environment = kEnvironment,
    .extra_processes = 64,
    .runtime_bytes = uint64_t{64} << 20,
    .build_bytes = uint64_t{2} << 30,
    .warm_command = kWarmCommand,
    .warm_files = kWarmFiles,
    .compiler = {.patterns = kMessages},
    .crash = {.messages = kPanics, .frames = kFrames},
};

constexpr std::string_view kDeclarations[] = {"function_declaration", "method_declaration"};
constexpr SymbolKinds kSymbols = {.functions = kDeclarations};

constexpr RecipeFile kGoTestFiles[] = {{"go.mod", "module tested\n\ngo 1.19\n"}};
constexpr TestRecipe kGoTest = {
    .script = R"sh(
run() { go test -v -vet=off -coverprofile=profile . > log 2>&1; }
run
status=$?
if grep -q "is not in std\|cannot find package" log; then
  cp -rs "$GOCACHE" /tmp/go-cache-all && export GOCACHE=/tmp/go-cache-all && run
  status=$?
fi
cat log
sed -n -e 's/^--- PASS: \([^ ]*\).*/pass \1/p' -e 's/^--- FAIL: \([^ ]*\).*/fail \1/p' log > results
test -f profile && sed -n 's/.*:\([0-9]*\)\.[0-9]*,\([0-9]*\)\.[0-9]* [0-9]* \([0-9]*\)$/\1 \2 \3/p' profile > coverage
exit $status
)sh",
    .files = kGoTestFiles,
};

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
      .symbols = &kSymbols,
      .recipe = &kRecipe,
      .framework = &kGoTest,
  };
  return kAdapter;
}

}  // namespace espalier
