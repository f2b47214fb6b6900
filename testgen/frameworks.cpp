#include "testgen/frameworks.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "adapters/signature.h"
#include "testgen/go_imports.h"

namespace espalier {
namespace {

constexpr size_t kMostNameBytes = 48;

std::string_view StemOf(std::string_view file) { return file.substr(0, file.rfind('.')); }

/// Words of a text in lower case: "f([1, 2]) gives 3" is "f 1 2 gives 3".
std::vector<std::string> WordsOf(std::string_view text) {
  std::vector<std::string> words;
  bool open = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool minus =
        c == '-' && i + 1 < text.size() && std::isdigit(static_cast<unsigned char>(text[i + 1]));
    if (minus) words.push_back("minus");
    const bool is_word = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (!is_word) {
      open = false;
      continue;
    }
    if (!open) words.emplace_back();
    open = true;
    words.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return words;
}

/// Words of types and constructors, which say nothing about a value.
constexpr std::string_view kTypeWords[] = {"new",    "arraylist", "arrays", "aslist",   "vec",
                                           "vector", "std",       "int",    "int64",    "string",
                                           "double", "float64",   "list",   "character"};

/// What tells a case from others, as words: its arguments, or what there is to say.
std::string TopicOf(const TestCase& test, const Signature& function) {
  const size_t open = test.name.find(function.name + "(");
  std::string_view topic = test.name;
  if (open != std::string::npos) topic.remove_prefix(open + function.name.size());
  return std::string(topic);
}

std::string Joined(const std::vector<std::string>& words, bool camel) {
  std::string joined;
  for (const std::string& word : words) {
    if (!joined.empty() && joined.size() + word.size() > kMostNameBytes) break;
    if (camel) {
      joined += static_cast<char>(std::toupper(static_cast<unsigned char>(word[0])));
      joined += word.substr(1);
    } else {
      joined += (joined.empty() ? "" : "_") + word;
    }
  }
  return joined;
}

/// Identifiers for the cases of a suite, none twice.
class Names {
 public:
  Names(const TestSuite& suite, bool camel) : suite_(suite), camel_(camel) {}

  std::string For(const TestCase& test) {
    std::vector<std::string> words = WordsOf(TopicOf(test, suite_.function));
    std::erase_if(words, [](const std::string& word) {
      return std::find(std::begin(kTypeWords), std::end(kTypeWords), word) != std::end(kTypeWords);
    });
    if (words.empty()) words = {suite_.function.parameters.empty() ? "plain" : "empty"};
    if (test.check == TestCase::Check::kThrows) words.push_back("fails");
    std::string name = Joined(words, camel_);
    if (camel_ && std::isdigit(static_cast<unsigned char>(name[0])) != 0) name = "Of" + name;
    const int number = ++used_[name];
    if (number > 1) name += (camel_ ? "" : "_") + std::to_string(number);
    return name;
  }

 private:
  const TestSuite& suite_;
  const bool camel_;
  std::map<std::string, int> used_;
};

/// "add_all" is "AddAll".
std::string Camel(std::string_view name) { return Joined(WordsOf(name), true); }

std::string Setup(const TestCase& test, std::string_view indent) {
  return test.setup.empty() ? std::string() : fmt::format("{}{}\n", indent, test.setup);
}

bool IsReal(std::string_view text) {
  return text.find('.') != std::string_view::npos &&
         text.find_first_not_of("-+0123456789.eEfFdD_") == std::string_view::npos;
}

// --- Python

std::string PythonStatement(const TestCase& test) {
  switch (test.check) {
    case TestCase::Check::kEquals:
      if (IsReal(test.expected))
        return fmt::format("assert {} == pytest.approx({})", test.call, test.expected);
      if (test.expected == "None" || test.expected == "True" || test.expected == "False") {
        return fmt::format("assert {} is {}", test.call, test.expected);
      }
      return fmt::format("assert {} == {}", test.call, test.expected);
    case TestCase::Check::kTrue:
      return fmt::format("assert {}", test.call);
    case TestCase::Check::kThrows:
      return fmt::format("with pytest.raises({}):\n        {}",
                         test.expected.empty() ? "Exception" : test.expected, test.call);
    default:
      return test.call;
  }
}

RenderedTests RenderPytest(const TestSuite& suite) {
  const std::string_view module = StemOf(suite.file);
  const std::string& symbol =
      suite.function.class_name.empty() ? suite.function.name : suite.function.class_name;
  Names names(suite, false);
  RenderedTests tests{fmt::format("test_{}.py", module), "pytest", {}};
  std::string body;
  for (const TestCase& test : suite.cases) {
    tests.names.push_back(
        fmt::format("test_{}_{}", Joined(WordsOf(suite.function.name), false), names.For(test)));
    body += fmt::format("\n\ndef {}():\n{}    {}\n", tests.names.back(), Setup(test, "    "),
                        PythonStatement(test));
  }
  const std::string pytest = body.find("pytest.") == std::string::npos ? "" : "import pytest\n\n";
  tests.content = fmt::format("{}from {} import {}\n{}", pytest, module, symbol, body);
  return tests;
}

// --- C and C++

std::string GtestStatement(const TestCase& test) {
  const bool braces = test.expected.starts_with('{');
  switch (test.check) {
    case TestCase::Check::kEquals:
      if (test.expected == "true") return fmt::format("EXPECT_TRUE({});", test.call);
      if (test.expected == "false") return fmt::format("EXPECT_FALSE({});", test.call);
      if (IsReal(test.expected)) return fmt::format("EXPECT_NEAR({}, {}, 1e-6);", test.call, test.expected);
      if (braces) {
        return fmt::format("EXPECT_EQ(({0}), (std::remove_cvref_t<decltype({0})>{1}));", test.call,
                           test.expected);
      }
      return fmt::format("EXPECT_EQ({}, {});", test.call, test.expected);
    case TestCase::Check::kTrue:
      return fmt::format("EXPECT_TRUE({});", test.call);
    case TestCase::Check::kThrows:
      return test.expected.empty() ? fmt::format("EXPECT_ANY_THROW({});", test.call)
                                   : fmt::format("EXPECT_THROW({}, {});", test.call, test.expected);
    default:
      return test.call + ";";
  }
}

std::string CStatement(const TestCase& test) {
  if (test.check == TestCase::Check::kEquals && test.expected.starts_with('"')) {
    return fmt::format("EXPECT_STREQ({}, {});", test.call, test.expected);
  }
  return GtestStatement(test);
}

/// Words of C's declarations that C++ knows as well. Anything else is a type of the file's own.
constexpr std::string_view kPlainWords[] = {
    "extern", "const",  "unsigned", "signed",   "void",     "char",     "short",     "int",      "long",
    "float",  "double", "size_t",   "ssize_t",  "int8_t",   "int16_t",  "int32_t",   "int64_t",  "uint8_t",
    "bool",   "inline", "uint16_t", "uint32_t", "uint64_t", "intptr_t", "uintptr_t", "ptrdiff_t"};

bool IsPlain(std::string_view type) {
  std::string words(type);
  std::ranges::replace_if(
      words, [](char c) { return c == '*' || c == ' '; }, '\n');
  std::istringstream lines(words);
  for (std::string word; lines >> word;) {
    if (std::ranges::find(kPlainWords, word) == std::end(kPlainWords)) return false;
  }
  return true;
}

/// A function that C++ can declare is linked with its file; C files need not be C++.
std::string DeclarationOf(const TestSuite& suite) {
  const Signature& function = suite.function;
  const bool hidden = function.text.find("static") != std::string::npos;
  if (hidden || !IsPlain(function.return_type)) return {};
  std::string parameters;
  for (const Parameter& parameter : function.parameters) {
    if (parameter.variadic || !IsPlain(parameter.type)) return {};
    parameters += (parameters.empty() ? "" : ", ") + parameter.type;
  }
  return fmt::format("extern \"C\" {} {}({});", function.return_type, function.name, parameters);
}

bool DefinesMain(const TestSuite& suite) {
  const auto functions = ListFunctions(AdapterFor(suite.language), suite.source);
  return functions && std::ranges::any_of(*functions, [](const Signature& one) {
           return one.qualified_name == "main" && one.has_body;
         });
}

/// The file under test becomes part of the test program.
std::string Inclusion(const TestSuite& suite) {
  std::string text = fmt::format("#include \"{}\"\n", suite.file);
  if (DefinesMain(suite)) text = fmt::format("#define main program_main\n{}#undef main\n", text);
  return suite.language == Language::kC ? fmt::format("extern \"C\" {{\n{}}}\n", text) : text;
}

RenderedTests RenderGtest(const TestSuite& suite) {
  const bool c = suite.language == Language::kC;
  const std::string declaration = c ? DeclarationOf(suite) : std::string();
  Names names(suite, true);
  RenderedTests tests{fmt::format("{}_test.cpp", StemOf(suite.file)), "GoogleTest", {}};
  tests.content = "#include <gtest/gtest.h>\n\n";
  if (!declaration.empty()) {
    tests.content += fmt::format("#include <cstddef>\n#include <cstdint>\n\n{}\n", declaration);
  } else {
    tests.content += (c ? "" : "#include <type_traits>\n\n") + Inclusion(suite);
  }
  tests.content += "\nnamespace {\n";
  const std::string group = Camel(suite.function.qualified_name) + "Test";
  for (const TestCase& test : suite.cases) {
    const std::string name = names.For(test);
    tests.names.push_back(fmt::format("{}.{}", group, name));
    tests.content += fmt::format("\nTEST({}, {}) {{\n{}  {}\n}}\n", group, name, Setup(test, "  "),
                                 c ? CStatement(test) : GtestStatement(test));
  }
  tests.content += "\n}  // namespace\n";
  return tests;
}

// --- Java

std::string JunitStatement(const TestCase& test) {
  switch (test.check) {
    case TestCase::Check::kEquals:
      if (test.expected == "true") return fmt::format("assertTrue({});", test.call);
      if (test.expected == "false") return fmt::format("assertFalse({});", test.call);
      if (test.expected == "null") return fmt::format("assertNull({});", test.call);
      if (IsReal(test.expected)) return fmt::format("assertEquals({}, {}, 1e-6);", test.expected, test.call);
      if (test.expected.starts_with("new ") && test.expected.find("[]") != std::string::npos) {
        return fmt::format("assertArrayEquals({}, {});", test.expected, test.call);
      }
      return fmt::format("assertEquals({}, {});", test.expected, test.call);
    case TestCase::Check::kTrue:
      return fmt::format("assertTrue({});", test.call);
    case TestCase::Check::kThrows:
      return fmt::format("assertThrows({}.class, () -> {});",
                         test.expected.empty() ? "Exception" : test.expected, test.call);
    default:
      return test.call + ";";
  }
}

/// "package a.b;" of a Java or Go file, with its line end.
std::string PackageOf(const std::string& source) {
  const size_t at = source.starts_with("package ") ? 0 : source.find("\npackage ");
  if (at == std::string::npos) return {};
  const size_t begin = source.find("package ", at);
  return source.substr(begin, source.find('\n', begin) - begin) + "\n";
}

RenderedTests RenderJunit(const TestSuite& suite) {
  Names names(suite, true);
  const std::string name = fmt::format("{}{}Test", StemOf(suite.file), Camel(suite.function.name));
  RenderedTests tests{name + ".java", "JUnit 5", {}};
  std::string& text = tests.content;
  text = PackageOf(suite.source);
  if (!text.empty()) text += "\n";
  text +=
      "import static org.junit.jupiter.api.Assertions.*;\n\nimport java.util.*;\nimport "
      "org.junit.jupiter.api.Test;\n\n";
  text += fmt::format("class {} {{\n", name);
  const char* between = "";
  for (const TestCase& test : suite.cases) {
    std::string method = names.For(test);
    method[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(method[0])));
    tests.names.push_back(method);
    text += fmt::format("{}    @Test\n    void {}() {{\n{}        {}\n    }}\n", between, method,
                        Setup(test, "        "), JunitStatement(test));
    between = "\n";
  }
  text += "}\n";
  return tests;
}

// --- JavaScript and TypeScript

std::string NodeStatement(const TestCase& test) {
  switch (test.check) {
    case TestCase::Check::kEquals:
      if (IsReal(test.expected)) {
        return fmt::format("assert.ok(Math.abs({} - {}) < 1e-6);", test.call, test.expected);
      }
      return fmt::format("assert.deepStrictEqual({}, {});", test.call, test.expected);
    case TestCase::Check::kTrue:
      return fmt::format("assert.ok({});", test.call);
    case TestCase::Check::kThrows:
      return test.expected.empty() ? fmt::format("assert.throws(() => {});", test.call)
                                   : fmt::format("assert.throws(() => {}, {});", test.call, test.expected);
    default:
      return test.call + ";";
  }
}

RenderedTests RenderNode(const TestSuite& suite) {
  const bool typed = suite.language != Language::kJavaScript;
  const bool module = typed || suite.source.find("export ") != std::string::npos;
  const std::string& symbol =
      suite.function.class_name.empty() ? suite.function.name : suite.function.class_name;
  const std::string from = typed ? fmt::format("./{}", StemOf(suite.file)) : fmt::format("./{}", suite.file);
  const std::string extension(suite.file.substr(suite.file.rfind('.')));
  RenderedTests tests{fmt::format("{}.test{}", StemOf(suite.file), extension), "node:test", {}};
  std::string& text = tests.content;
  if (module) {
    text = fmt::format(
        "import assert from 'node:assert';\nimport {{ test }} from 'node:test';\n\nimport {{ {} }} from "
        "'{}';\n",
        symbol, from);
  } else {
    text = fmt::format(
        "const assert = require('node:assert');\nconst {{ test }} = require('node:test');\n\nconst {{ {} "
        "}} = require('{}');\n",
        symbol, from);
  }
  std::map<std::string, int> used;
  for (const TestCase& test : suite.cases) {
    std::string name = fmt::format("{}{}", suite.function.name, TopicOf(test, suite.function));
    std::ranges::replace(name, '\n', ' ');
    if (++used[name] > 1) name += fmt::format(" ({})", used[name]);
    tests.names.push_back(name);
    std::string quoted;
    for (const char c : name) quoted += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    text +=
        fmt::format("\ntest('{}', () => {{\n{}  {}\n}});\n", quoted, Setup(test, "  "), NodeStatement(test));
  }
  return tests;
}

// --- Go

std::string GoStatement(const TestCase& test) {
  switch (test.check) {
    case TestCase::Check::kEquals:
      if (test.expected == "true" || test.expected == "false") {
        return fmt::format("if got := {0}; got != {1} {{\n\t\tt.Errorf(\"got %v, want %v\", got, {1})\n\t}}",
                           test.call, test.expected);
      }
      if (test.expected.find('{') != std::string::npos) {
        return fmt::format(
            "got, want := {}, {}\n\tif !reflect.DeepEqual(got, want) {{\n\t\tt.Errorf(\"got %v, want %v\", "
            "got, want)\n\t}}",
            test.call, test.expected);
      }
      if (IsReal(test.expected)) {
        return fmt::format(
            "if got, want := {}, {}; math.Abs(got-want) > 1e-6 {{\n\t\tt.Errorf(\"got %v, want %v\", got, "
            "want)\n\t}}",
            test.call, test.expected);
      }
      return fmt::format("if got := {0}; got != {1} {{\n\t\tt.Errorf(\"got %v, want %v\", got, {1})\n\t}}",
                         test.call, test.expected);
    case TestCase::Check::kTrue:
      return fmt::format("if !({}) {{\n\t\tt.Error(\"does not hold\")\n\t}}", test.call);
    case TestCase::Check::kThrows:
      return fmt::format(
          "defer func() {{\n\t\tif recover() == nil {{\n\t\t\tt.Error(\"did not "
          "panic\")\n\t\t}}\n\t}}()\n\t{}",
          test.call);
    default:
      return test.call;
  }
}

RenderedTests RenderGoTest(const TestSuite& suite) {
  Names names(suite, true);
  RenderedTests tests{fmt::format("{}_test.go", StemOf(suite.file)), "testing", {}};
  std::string body;
  for (const TestCase& test : suite.cases) {
    tests.names.push_back(fmt::format("Test{}_{}", Camel(suite.function.name), names.For(test)));
    body += fmt::format("\nfunc {}(t *testing.T) {{\n{}\t{}\n}}\n", tests.names.back(), Setup(test, "\t"),
                        GoStatement(test));
  }
  std::string package = PackageOf(suite.source);
  if (package.empty()) package = "package main\n";
  std::string imports;
  for (const char* name : {"errors", "math", "reflect", "strings"}) {
    if (UsesGoPackage(body, name)) imports += fmt::format("\t\"{}\"\n", name);
  }
  tests.content = fmt::format("{}\nimport (\n{}\t\"testing\"\n)\n{}", package, imports, body);
  return tests;
}

// --- Rust

std::string RustStatement(const TestCase& test) {
  switch (test.check) {
    case TestCase::Check::kEquals:
      if (test.expected == "true") return fmt::format("assert!({});", test.call);
      if (test.expected == "false") return fmt::format("assert!(!{});", test.call);
      if (IsReal(test.expected))
        return fmt::format("assert!(({} - {}).abs() < 1e-6);", test.call, test.expected);
      return fmt::format("assert_eq!({}, {});", test.call, test.expected);
    case TestCase::Check::kTrue:
      return fmt::format("assert!({});", test.call);
    default:
      return test.call + ";";
  }
}

RenderedTests RenderRustTest(const TestSuite& suite) {
  Names names(suite, false);
  RenderedTests tests{fmt::format("{}_tests.rs", StemOf(suite.file)), "cargo test", {}};
  std::string& text = tests.content;
  text = fmt::format("// Put this at the end of {}.\n#[cfg(test)]\nmod tests {{\n    use super::*;\n",
                     suite.file);
  for (const TestCase& test : suite.cases) {
    const char* panics = test.check == TestCase::Check::kThrows ? "    #[should_panic]\n" : "";
    tests.names.push_back(fmt::format("{}_{}", suite.function.name, names.For(test)));
    text += fmt::format("\n    #[test]\n{}    fn {}() {{\n{}        {}\n    }}\n", panics, tests.names.back(),
                        Setup(test, "        "), RustStatement(test));
  }
  text += "}\n";
  return tests;
}

RenderedTests Render(const TestSuite& suite) {
  switch (suite.language) {
    case Language::kPython:
      return RenderPytest(suite);
    case Language::kC:
    case Language::kCpp:
      return RenderGtest(suite);
    case Language::kJava:
      return RenderJunit(suite);
    case Language::kJavaScript:
    case Language::kTypeScript:
    case Language::kTsx:
      return RenderNode(suite);
    case Language::kGo:
      return RenderGoTest(suite);
    case Language::kRust:
      return RenderRustTest(suite);
  }
  return {};
}

}  // namespace

RenderedTests RenderTests(const TestSuite& suite) {
  RenderedTests tests = Render(suite);
  tests.other_path = tests.path;
  const std::string_view stem = StemOf(suite.file);
  const bool has_name = suite.language == Language::kJava;  // its class has it
  if (const size_t at = tests.path.find(stem); at != std::string::npos && !has_name) {
    const bool dots = tests.framework == "node:test";
    tests.other_path.insert(at + stem.size(), (dots ? "." : "_") + suite.function.name);
  }
  return tests;
}

}  // namespace espalier
