// Signatures of functions in real code: signature.cases has source and what is read from it.
#include "adapters/signature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "tests/support/case_file.h"
#include "tests/support/corpus.h"

namespace espalier {
namespace {

using testing::HasSubstr;

std::string Line(std::string text) {
  for (size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at))
    text.replace(at, 1, "\\n");
  return text;
}

std::string Describe(const Parameter& one) {
  std::string text = "  " + (one.name.empty() ? "_" : one.name);
  if (!one.type.empty()) text += ": " + one.type;
  if (!one.default_value.empty()) text += " = " + one.default_value;
  if (one.variadic) text += " (any number)";
  if (one.optional) text += " (may be left out)";
  if (one.keyword_only) text += " (by name)";
  return text + "\n";
}

std::string Describe(const Signature& one) {
  std::string text = one.qualified_name + one.type_parameters;
  if (!one.return_type.empty()) text += " gives " + one.return_type;
  if (!one.class_name.empty()) text += ", of " + one.class_name;
  if (!one.receiver.empty()) text += ", on " + one.receiver;
  for (const auto& [is, word] : {std::pair{one.is_async, ", async"},
                                 {one.is_static, ", static"},
                                 {!one.has_body, ", no body"},
                                 {one.damaged, ", damaged"}})
    text += is ? word : "";
  text += "\n";
  for (const std::string& decorator : one.decorators) text += "  with " + decorator + "\n";
  for (const Parameter& parameter : one.parameters) text += Describe(parameter);
  if (!one.doc.empty()) text += "  doc: " + Line(one.doc) + "\n";
  for (const DocExample& example : one.examples) {
    const char* kinds[] = {"call", "input", "code"};
    text += std::string("  ") + kinds[static_cast<int>(example.kind)] + ": " + Line(example.input);
    text += (example.output.empty() ? "" : " => " + Line(example.output)) + "\n";
  }
  return text;
}

std::string DescribeAll(const Result<std::vector<Signature>>& found) {
  if (!found) return std::string(ErrorCodeName(found.error().code)) + ": " + found.error().message;
  std::string text;
  for (const Signature& one : *found) text += Describe(one);
  if (!text.empty()) text.pop_back();
  return text;
}

TEST(SignatureTest, Cases) {
  const auto cases = ReadCaseFile(ESPALIER_SOURCE_DIR "/tests/adapters/signature.cases");
  ASSERT_GT(cases.size(), 15U);
  std::string actual;
  for (TextCase one : cases) {
    const Adapter* adapter = AdapterForName(one.sections["language"]);
    ASSERT_NE(adapter, nullptr) << one.name;
    const std::string& source = one.sections["source"];
    const auto found = one.sections.contains("symbol")
                           ? FindFunctions(*adapter, source, one.sections["symbol"])
                           : ListFunctions(*adapter, source);
    EXPECT_EQ(DescribeAll(found), one.sections["says"]) << one.name;
    actual += "=== " + one.name + "\n" + DescribeAll(found) + "\n";
  }
  if (const char* path = std::getenv("ESPALIER_WRITE_ACTUAL"); path != nullptr) std::ofstream(path) << actual;
}

TEST(SignatureTest, PlacesInTheFile) {
  const std::string text = "import x\n\n@d\ndef f(a):\n    return a\n";
  const auto found = FindFunctions(AdapterFor(Language::kPython), text, "f");
  ASSERT_TRUE(found.has_value());
  const Signature& f = found->front();
  EXPECT_EQ(text.substr(f.begin, f.end - f.begin), "@d\ndef f(a):\n    return a");
  EXPECT_EQ(text.substr(f.name_begin, 4), "f(a)");
  EXPECT_EQ(text.substr(f.body_begin, f.body_end - f.body_begin), "return a");
  EXPECT_EQ(f.text, "@d\ndef f(a):");
}

TEST(SignatureTest, BadInputIsSaid) {
  const Adapter& python = AdapterFor(Language::kPython);
  EXPECT_THAT(DescribeAll(FindFunctions(python, "def \xe9(): pass\n", "f")), HasSubstr("not UTF-8"));
  EXPECT_THAT(DescribeAll(FindFunctions(python, "def parse(): pass\n", "prase")),
              HasSubstr("did you mean 'parse'"));
  EXPECT_THAT(DescribeAll(FindFunctions(python, "x = 1\n", "f")), HasSubstr("no function at all"));
  EXPECT_THAT(DescribeAll(FindFunctions(python, "x = (\ndef g(): pass\n", "f")), HasSubstr("does not parse"));
  EXPECT_THAT(DescribeAll(FindFunctions(python, "def f(): pass\n", "")), HasSubstr("not-found"));
  EXPECT_THAT(DescribeAll(FindFunctions(
                  python, "class A:\n  def f(self): pass\nclass B:\n  def f(self): pass\n", "f")),
              HasSubstr("A.f or B.f"));
}

TEST(SignatureTest, References) {
  const auto good = ParseSymbolReference("a/b.cpp::ns::C::f");
  ASSERT_TRUE(good.has_value());
  EXPECT_EQ(good->file, "a/b.cpp");
  EXPECT_EQ(good->symbol, "ns::C::f");
  for (const char* bad : {"", "a.py", "::f", "a.py::"})
    EXPECT_FALSE(ParseSymbolReference(bad).has_value()) << bad;
}

TEST(SignatureTest, AnyTextIsRead) {
  for (const Adapter* adapter : AllAdapters()) {
    std::string nested;
    for (int i = 0; i < 5000; ++i) nested += "((({{{[[[";
    for (const std::string& text :
         {std::string(), std::string("("), nested, std::string("fn def func f(a, b")})
      EXPECT_TRUE(ListFunctions(*adapter, text).has_value()) << adapter->display_name;
  }
}

/// What people wrote: names are names, places lie in the file.
TEST(SignatureTest, Corpus) {
  size_t functions = 0;
  for (const Adapter* adapter : AllAdapters()) {
    for (const CorpusFile& file : CorpusFiles(LanguageId(adapter->language), 60)) {
      const auto all = ListFunctions(*adapter, file.text);
      if (!all) continue;  // not UTF-8
      for (const Signature& one : *all) {
        ++functions;
        EXPECT_FALSE(one.name.empty()) << file.name << " at " << one.begin;
        EXPECT_EQ(one.name.find('\n'), std::string::npos) << file.name << ": " << one.name;
        EXPECT_LE(one.begin, one.name_begin) << file.name << ": " << one.name;
        EXPECT_LE(one.body_begin, one.body_end) << file.name << ": " << one.name;
        EXPECT_LE(one.body_end, one.end) << file.name << ": " << one.name;
        EXPECT_LE(one.end, file.text.size());
      }
    }
  }
  if (functions == 0) GTEST_SKIP() << "there is no corpus; scripts/collect_corpus.py collects one";
  EXPECT_GT(functions, 1000U);
}

}  // namespace
}  // namespace espalier
