#include "adapters/builtin.h"
#include "adapters/java/compile_server.h"
#include "adapters/java/run_junit.h"

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

constexpr std::string_view kTools[] = {"javac", "java"};
// No annotation processors: they would be code of the program that runs in the compiler.
constexpr std::string_view kBuild[] = {"javac",
                                       "-J-Xshare:auto",
                                       "-J-XX:TieredStopAtLevel=1",
                                       "-J-XX:+UseSerialGC",
                                       "-J-Xmx512m",
                                       "-proc:none",
                                       "-encoding",
                                       "UTF-8",
                                       "-nowarn",
                                       "-d",
                                       "classes",
                                       "{sources}"};
constexpr std::string_view kCompileArguments[] = {"-proc:none", "-encoding", "UTF-8",    "-nowarn",
                                                  "-d",         "classes",   "{sources}"};
constexpr std::string_view kCompileServer[] = {"java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
                                               "-Xmx512m", "CompileServer.java"};
constexpr std::string_view kProducts[] = {"classes/"};
constexpr std::string_view kRun[] = {"java",
                                     "-Xshare:auto",
                                     "-XX:TieredStopAtLevel=1",
                                     "-XX:+UseSerialGC",
                                     "-Xmx{heap_mb}m",
                                     "-Xss64m",
                                     "-ea",
                                     "-cp",
                                     "classes",
                                     "{stem}"};

constexpr std::string_view kMessages[] = {"{file}:{line}: {severity}: {message}", "error: {message}"};
constexpr std::string_view kDetails[] = {"  symbol: {message}", "  required: {message}", "  found: {message}",
                                         "  reason: {message}"};
constexpr std::string_view kErrors[] = {R"(Exception in thread "{any}" {code}: {message})",
                                        R"(Exception in thread "{any}" {code})", "Error: {message}"};
constexpr std::string_view kFrames[] = {"\tat {any}({file}:{line})"};

constexpr Recipe kRecipe = {
    .main_file = "Main.java",
    .tools = kTools,
    .install_hint = "install a Java development kit: apt-get install default-jdk-headless",
    .build = kBuild,
    .products = kProducts,
    .run = kRun,
    .extra_processes = 64,
    .runtime_bytes = uint64_t{256} << 20,
    .compile_server = kCompileServer,
    .compile_server_file = {"CompileServer.java", kJavaCompileServer},
    .compile_arguments = kCompileArguments,
    .compiler = {.patterns = kMessages, .details = kDetails},
    .crash = {.messages = kErrors, .frames = kFrames},
};

constexpr std::string_view kMethods[] = {"method_declaration", "constructor_declaration"};
constexpr NamedKind kScopes[] = {{"class_declaration", "name", true},
                                 {"interface_declaration", "name", true},
                                 {"enum_declaration", "name", true},
                                 {"record_declaration", "name", true}};
constexpr SymbolKinds kSymbols = {.functions = kMethods, .scopes = kScopes};

constexpr RecipeFile kJunitFiles[] = {{"RunJunit.java", kRunJunit}, {"CoverJunit.java", kCoverJunit}};
constexpr TestRecipe kJunit = {
    .script = R"sh(
jars=/usr/share/java
test -f $jars/junit-jupiter-engine.jar || exit 77
path=tools:classes
for jar in junit-jupiter-api junit-jupiter-engine junit-jupiter-params junit-platform-commons \
           junit-platform-engine junit-platform-launcher opentest4j apiguardian-api; do
  path=$path:$jars/$jar.jar
done
jacoco=$path:$jars/org.jacoco.core.jar:$jars/asm.jar:$jars/asm-commons.jar:$jars/asm-tree.jar:$jars/asm-analysis.jar
compile() {
  javac -J-XX:TieredStopAtLevel=1 -J-XX:+UseSerialGC -J-Xmx512m -proc:none -encoding UTF-8 -nowarn "$@"
}
run() { java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx512m -Xss16m -ea "$@"; }
compile -d classes -cp $path "$1" "$2" || exit 1
compile -d tools -cp $path RunJunit.java || exit 1
package=$(sed -n 's/^ *package *\([A-Za-z0-9_.]*\) *;.*/\1./p' "$2")
class=$package$(basename "$2" .java)
if compile -d tools -cp $jacoco CoverJunit.java > /dev/null 2>&1; then
  run -cp $jacoco CoverJunit classes "$class" "$1" 2> cover.log && exit 0
fi
run -cp $path RunJunit "$class"
)sh",
    .files = kJunitFiles,
    .install_hint = "apt-get install junit5, and libjacoco-java for coverage",
};

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
      .symbols = &kSymbols,
      .recipe = &kRecipe,
      .framework = &kJunit,
  };
  return kAdapter;
}

}  // namespace espalier
