#include "evals/suites/test_program.h"

#include <fmt/format.h>

#include <algorithm>
#include <regex>
#include <vector>

#include "adapters/signature.h"
#include "adapters/text_lines.h"
#include "testgen/go_imports.h"

namespace espalier {
namespace {

constexpr std::string_view kCppHead = "#include <bits/stdc++.h>\n";
constexpr std::string_view kCppMain =
    "\nint main() {\n  std::string espalier_word;\n  espalier_tests();\n"
    "  std::getline(std::cin, espalier_word);\n  std::cout << std::endl << espalier_word << std::endl;\n}\n";
constexpr std::string_view kJavaImports =
    "import java.math.*;\nimport java.security.*;\nimport java.util.*;\nimport java.util.stream.*;\n";
constexpr std::string_view kJavaMain =
    "final class EspalierCheck {\n  public static void main(String[] words) throws Throwable {\n"
    "    java.io.InputStream in = System.in;\n    java.io.PrintStream out = System.out;\n"
    "    System.setIn(java.io.InputStream.nullInputStream());\n"
    "    EspalierCheck.class.getClassLoader().setDefaultAssertionStatus(true);\n    Main.main(words);\n"
    "    out.println();\n    out.println(new java.io.BufferedReader(new "
    "java.io.InputStreamReader(in)).readLine());\n"
    "    out.flush();\n    Runtime.getRuntime().halt(0);\n  }\n}\n";

/// A main program as a function. One without arguments need not return anything.
std::string AsFunction(std::string tests) {
  constexpr std::string_view kMain = "int main(";
  const size_t at = tests.find(kMain);
  if (at == std::string::npos) return tests;
  const bool arguments = tests.find("argc", at) < tests.find(')', at);
  tests.replace(at, kMain.size(), arguments ? "int espalier_tests(" : "void espalier_tests(");
  if (arguments) tests += "\nint espalier_tests() { return espalier_tests(0, nullptr); }\n";
  return tests;
}

/// Without the function `name`.
std::string Without(Language language, std::string code, std::string_view name) {
  const auto functions = ListFunctions(AdapterFor(language), code);
  if (!functions) return code;
  for (const Signature& one : *functions) {
    if (one.qualified_name != name) continue;
    code.erase(one.begin, one.end - one.begin);
    break;
  }
  return code;
}

Program CppProgram(const SuiteTask& task, const std::string& answer) {
  Program program;
  program.language = Language::kCpp;
  program.files = {{"main.cpp", fmt::format("{}#include \"answer.inc\"\n{}{}", kCppHead,
                                            AsFunction(task.tests), kCppMain)},
                   {"answer.inc", Without(Language::kCpp, answer, "main") + "\n"}};
  return program;
}

/// A public class wants a file of its name.
std::string ClassFile(const std::string& answer) {
  std::smatch name;
  const bool named = std::regex_search(answer, name, std::regex("public (?:final )?class (\\w+)"));
  return named ? name[1].str() + ".java" : "Solution.java";
}

Program JavaProgram(const SuiteTask& task, const std::string& answer) {
  Program program;
  program.language = Language::kJava;
  program.main = "EspalierCheck.java";
  program.files = {{program.main, std::string(kJavaMain)},
                   {"Main.java", std::string(kJavaImports) + task.tests},
                   {ClassFile(answer), answer}};
  return program;
}

// --- JavaScript and TypeScript

constexpr std::string_view kScriptEnd =
    "\n;espalier_fs.writeSync(1, '\\n' + espalier_fs.readFileSync(0, 'utf8').split('\\n')[0] + '\\n');\n";

Program JavaScriptProgram(const SuiteTask& task, const std::string& answer) {
  // console.assert only prints.
  constexpr std::string_view kHead =
      "const espalier_fs = require('fs');\nconsole.assert = (ok, ...words) => {\n  if (ok) return;\n  "
      "espalier_fs.writeSync(2, 'Assertion failed ' + words.join(' ') + '\\n');\n  process.exit(1);\n};\n";
  Program program;
  program.language = Language::kJavaScript;
  program.files = {{"main.js", fmt::format("{}{}\n;{}{}", kHead, answer, task.tests, kScriptEnd)}};
  return program;
}

Program TypeScriptProgram(const SuiteTask& task, const std::string& answer) {
  Program program;
  program.language = Language::kTypeScript;
  program.files = {{"main.ts", fmt::format("import * as espalier_fs from 'fs';\n{}\n;{}{}", answer,
                                           task.tests, kScriptEnd)}};
  return program;
}

// --- Go

constexpr std::string_view kGoPackages[] = {
    "bytes", "crypto/md5", "encoding/json", "errors",  "fmt",     "math", "math/rand",
    "os",    "regexp",     "sort",          "strconv", "strings", "time", "unicode"};

/// The part of testify that the tests use.
constexpr std::string_view kGoAssert = R"go(
type espalierMaker struct{}
type espalierAssert struct{}

var assert espalierMaker

func (espalierMaker) New(t *espalierT) espalierAssert { return espalierAssert{} }
func (espalierAssert) Equal(want, got any, words ...any) bool {
	if !reflect.DeepEqual(want, got) {
		fmt.Fprintf(os.Stderr, "Assertion failed: got %v, want %v\n", got, want)
		os.Exit(1)
	}
	return true
}

type espalierT struct{}

func (t *espalierT) Run(name string, test func(*espalierT)) bool { test(t); return true }
func (t *espalierT) Errorf(format string, words ...any) {
	fmt.Fprintf(os.Stderr, "Assertion failed: "+format+"\n", words...)
	os.Exit(1)
}
func (t *espalierT) Fatalf(format string, words ...any) { t.Errorf(format, words...) }
)go";

std::string Imports(const std::string& code, const std::vector<std::string_view>& always) {
  std::string imports;
  for (const std::string_view package : always) imports += fmt::format("import \"{}\"\n", package);
  for (const std::string_view package : kGoPackages) {
    const bool known = code.find(fmt::format("\"{}\"", package)) != std::string::npos ||
                       std::ranges::find(always, package) != always.end();
    if (!known && UsesGoPackage(code, package)) imports += fmt::format("import \"{}\"\n", package);
  }
  return imports;
}

/// Without imports that the code does not use, as far as that is not the answer's own fault: those of the
/// task's head, and those that it used in its main function, which is gone.
std::string WithoutUnused(const std::string& code, const std::string& head, const std::string& with_main) {
  const std::regex import("(?:^|\\n)[ \\t]*(?:import )?\"([\\w/.]+)\"[ \\t]*(?=\\n)");
  std::string kept;
  std::smatch found;
  std::string rest = code;
  while (std::regex_search(rest, found, import)) {
    const std::string package = found[1].str();
    const bool of_head =
        head.find("\"" + package + "\"") != std::string::npos || UsesGoPackage(with_main, package);
    kept += found.prefix().str();
    if (!of_head || UsesGoPackage(code, package)) kept += found[0].str();
    rest = found.suffix().str();
  }
  return kept + rest;
}

/// With the imports that it uses and does not name; without a package clause and a main function of its own.
std::string GoFile(const std::string& answer, const std::string& head) {
  std::string code = WithoutUnused(Without(Language::kGo, answer, "main"), head, answer);
  code = std::regex_replace(code, std::regex("(^|\n)package \\w+"), "$1");
  return "package main\n" + Imports(code, {}) + code + "\n";
}

/// Tests as functions of a main program: whatever runs them has no *testing.T to give.
std::string GoTests(const std::string& tests) {
  std::string text = std::regex_replace(tests, std::regex("\\*testing\\.T\\b"), "*espalierT");
  text = std::regex_replace(text, std::regex("func main\\(\\)"), "func TestMain(t *espalierT)");
  return "package main\n" + Imports(text, {"bufio", "fmt", "os", "reflect"}) + std::string(kGoAssert) + text;
}

Program GoProgram(const SuiteTask& task, const std::string& answer) {
  std::string tests = GoTests(task.tests);
  std::smatch found;
  const bool named = std::regex_search(tests, found, std::regex("func (Test\\w+)\\("));
  tests += fmt::format(
      "\nfunc main() {{\n\tin := bufio.NewReader(os.Stdin)\n\t{}(nil)\n\tword, _ := in.ReadString('\\n')\n\t"
      "fmt.Print(\"\\n\" + word)\n}}\n",
      named ? found[1].str() : "");
  Program program;
  program.language = Language::kGo;
  program.files = {{"main.go", tests},
                   {"answer.go", GoFile(answer, task.head.empty() ? task.prefix : task.head)}};
  return program;
}

// --- Rust

/// What the tasks have in scope.
constexpr std::string_view kRustUses =
    "use std::{slice::Iter, cmp::{max, self}, mem::replace, collections::{HashSet, HashMap}, ops::Index};\n"
    "use std::any::{Any, TypeId};\n";

/// Without what a task's own head imports (other crates among it); with the usual imports where the answer
/// has none of its own.
std::string RustFile(const std::string& answer) {
  const std::string written = Without(Language::kRust, answer, "main");
  std::string code;
  bool imports = false;
  for (const std::string_view line : SplitLines(written)) {
    const bool of_task = line.starts_with("use rand") || line.starts_with("use regex") ||
                         line.starts_with("use md5") || line == "use std::any::{Any, TypeId};" ||
                         line.find("ascii::AsciiExt") != std::string_view::npos;
    if (of_task) continue;
    imports = imports || line.starts_with("use ");
    code += std::string(line) + "\n";
  }
  return fmt::format("#![allow(warnings)]\n{}{}", imports ? "" : kRustUses, code);
}

Program RustProgram(const SuiteTask& task, const std::string& answer) {
  std::string tests = std::regex_replace(task.tests, std::regex("#\\[cfg\\(test\\)\\]"), "");
  tests = std::regex_replace(tests, std::regex("mod tests"), "mod espalier_tests");
  std::string calls;
  const std::regex test("#\\[test\\]\\s+((?://[^\\n]*\\s+)*)fn (\\w+)\\(");
  for (auto at = std::sregex_iterator(tests.begin(), tests.end(), test); at != std::sregex_iterator(); ++at) {
    calls += fmt::format("    espalier_tests::{}();\n", (*at)[2].str());
  }
  tests = std::regex_replace(tests, test, "$1pub fn $2(");
  const std::regex main("fn main\\(\\)");
  if (std::regex_search(tests, main)) {
    tests = std::regex_replace(tests, main, "fn espalier_main()");
    calls += "    espalier_main();\n";
  }
  Program program;
  program.language = Language::kRust;
  program.files = {
      {"main.rs",
       fmt::format("{}\n{}\nfn main() {{\n{}    let mut word = String::new();\n    "
                   "std::io::stdin().read_line(&mut word).unwrap();\n    print!(\"\\n{{}}\", word);\n}}\n",
                   RustFile(answer), tests, calls)}};
  return program;
}

}  // namespace

Program TestProgram(Language language, const SuiteTask& task, const std::string& answer) {
  switch (language) {
    case Language::kCpp:
      return CppProgram(task, answer);
    case Language::kJava:
      return JavaProgram(task, answer);
    case Language::kGo:
      return GoProgram(task, answer);
    case Language::kRust:
      return RustProgram(task, answer);
    case Language::kTypeScript:
      return TypeScriptProgram(task, answer);
    default:
      return JavaScriptProgram(task, answer);
  }
}

}  // namespace espalier
