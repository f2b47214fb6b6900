#include "testgen/function_alone.h"

#include <gtest/gtest.h>

#include "adapters/adapter.h"

namespace espalier {
namespace {

std::string Alone(Language language, const std::string& source, const std::string& name) {
  const auto functions = FindFunctions(AdapterFor(language), source, name);
  EXPECT_TRUE(functions) << functions.error().message;
  return functions ? FunctionAlone(language, source, functions->front()) : std::string();
}

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(FunctionAloneTest, WhatItUsesComesAlong) {
  const std::string text =
      Alone(Language::kPython,
            "import re\nfrom .other import thing\nfrom far import away\n\nLIMIT = 3\nUNUSED = "
            "4\n\ndef helper(x):\n    return deeper(x)\n\ndef deeper(x):\n    return x + "
            "LIMIT\n\ndef g():\n    return thing()\n\ndef f(x):\n    return helper(x)\n",
            "f");
  EXPECT_TRUE(Has(text, "def f(") && Has(text, "def helper(") && Has(text, "def deeper(")) << text;
  EXPECT_TRUE(Has(text, "LIMIT = 3") && Has(text, "try:\n    import re\nexcept")) << text;
  EXPECT_FALSE(Has(text, "UNUSED") || Has(text, "def g(") || Has(text, "thing")) << text;
}

TEST(FunctionAloneTest, AMethodBringsItsClass) {
  const std::string text =
      Alone(Language::kPython,
            "class Base:\n    pass\n\nclass A(Base):\n    def f(self):\n        return 1\n", "A.f");
  EXPECT_TRUE(Has(text, "class A(Base)") && Has(text, "class Base")) << text;
}

TEST(FunctionAloneTest, NamespacesMacrosTypesAndOverloads) {
  const std::string text = Alone(
      Language::kCpp,
      "#include \"mine.h\"\n#define TWICE(x) ((x) * 2)\nnamespace a {\nnamespace {\nenum Kind { kOne, kTwo "
      "};\nint g(int x) { return TWICE(x) + kTwo; }\nint g(long x) { return 1; }\n}\ntemplate <class T>\nT "
      "f(T "
      "x) { return g(x); }\nvoid other();\n}\n",
      "f");
  EXPECT_TRUE(Has(text, "#define TWICE") && Has(text, "enum Kind") && Has(text, "g(long")) << text;
  EXPECT_TRUE(Has(text, "namespace a {\ntemplate <class T>")) << text;
  EXPECT_FALSE(Has(text, "mine.h") || Has(text, "other")) << text;
}

TEST(FunctionAloneTest, StaticMembersOfAJavaClass) {
  const std::string text =
      Alone(Language::kJava,
            "package a.b;\nimport java.util.List;\nimport far.Away;\npublic class A extends Away "
            "{\n  static final int N = 3;\n  Away away;\n  static int g(int x) { return x + N; "
            "}\n  public static int f(int x) { return g(x); }\n}\n",
            "f");
  EXPECT_TRUE(text.starts_with("import java.util.List;\nclass A {\n")) << text;
  EXPECT_TRUE(Has(text, "int N = 3;") && Has(text, "static int g(") && Has(text, "static int f(")) << text;
  EXPECT_FALSE(Has(text, "Away")) << text;
}

TEST(FunctionAloneTest, ScriptsLoseTheirExports) {
  const std::string text =
      Alone(Language::kTypeScript,
            "import { far } from 'far';\nexport type Size = number;\nconst k = 2;\nexport "
            "function f(x: Size): number { return x * k; }\nexport const g = () => far();\n",
            "f");
  EXPECT_TRUE(text.starts_with("type Size = number;\nconst k = 2;\nfunction f(")) << text;
  EXPECT_FALSE(Has(text, "far")) << text;
}

TEST(FunctionAloneTest, GoAndRust) {
  EXPECT_TRUE(
      Has(Alone(Language::kGo,
                "package x\n\nimport \"far/away\"\n\nconst (\n\tone = 1\n)\n\nfunc g() int { return one "
                "}\n\nfunc F(s string) int { return len(strings.TrimSpace(s)) + g() }\n",
                "F"),
          "package main\nimport \"strings\"\nconst (\n\tone = 1\n)\n"));
  const std::string rust =
      Alone(Language::kRust,
            "use std::fmt;\nuse crate::far;\n#[derive(Clone)]\nstruct P(i32);\nimpl P { fn new() "
            "-> P { P(1) } }\nimpl far::T for i32 {}\nfn f() -> i32 { P::new().0 }\n",
            "f");
  EXPECT_TRUE(Has(rust, "impl P") && Has(rust, "#[derive(Clone)]\nstruct P") && !Has(rust, "far")) << rust;
}

}  // namespace
}  // namespace espalier
