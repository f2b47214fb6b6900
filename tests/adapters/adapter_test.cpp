#include "adapters/adapter.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/support/sample_sources.h"

namespace espalier {
namespace {

TEST(AdapterTest, EveryLanguageHasOneAdapter) {
  std::set<Language> languages;
  for (const Adapter* adapter : AllAdapters()) {
    EXPECT_TRUE(languages.insert(adapter->language).second) << adapter->display_name;
    EXPECT_EQ(&AdapterFor(adapter->language), adapter);
  }
  EXPECT_EQ(languages.size(), kLanguageCount);
}

TEST(AdapterTest, EveryNodeKindExistsInTheGrammar) {
  for (const Adapter* adapter : AllAdapters()) {
    for (const auto kinds : {adapter->statement_kinds, adapter->block_kinds, adapter->function_kinds}) {
      EXPECT_FALSE(kinds.empty()) << adapter->display_name;
      for (std::string_view kind : kinds) {
        EXPECT_TRUE(HasNodeKind(adapter->language, kind)) << adapter->display_name << ": " << kind;
      }
    }
  }
}

TEST(AdapterTest, ExtensionsBelongToOneLanguage) {
  std::set<std::string_view> seen;
  for (const Adapter* adapter : AllAdapters()) {
    EXPECT_FALSE(adapter->extensions.empty());
    for (std::string_view extension : adapter->extensions) {
      EXPECT_TRUE(extension.starts_with('.'));
      EXPECT_TRUE(seen.insert(extension).second) << extension;
    }
  }
}

TEST(AdapterTest, PathsAreRecognisedByExtension) {
  for (const SampleSource& source : SampleSources()) {
    const Adapter* adapter = AdapterForPath("some/dir.d/" + source.name);
    ASSERT_NE(adapter, nullptr) << source.name;
    EXPECT_EQ(adapter->language, source.language);
  }
  EXPECT_EQ(AdapterForPath("A.C")->language, Language::kCpp);
  EXPECT_EQ(AdapterForPath("a.c")->language, Language::kC);
  EXPECT_EQ(AdapterForPath("SETUP.PY")->language, Language::kPython);
  EXPECT_EQ(AdapterForPath("README"), nullptr);
  EXPECT_EQ(AdapterForPath(".py"), nullptr);
  EXPECT_EQ(AdapterForPath("x.zig"), nullptr);
  EXPECT_EQ(AdapterForPath(""), nullptr);
}

TEST(AdapterTest, NamesPeopleUseAreRecognised) {
  const std::pair<const char*, Language> names[] = {
      {"python", Language::kPython},
      {"py", Language::kPython},
      {"C++", Language::kCpp},
      {"cpp", Language::kCpp},
      {"c", Language::kC},
      {"javascriptreact", Language::kJavaScript},
      {"typescriptreact", Language::kTsx},
      {"tsx", Language::kTsx},
      {"TypeScript", Language::kTypeScript},
      {"golang", Language::kGo},
      {"rs", Language::kRust},
      {"Java", Language::kJava},
  };
  for (const auto& [name, language] : names) {
    ASSERT_NE(AdapterForName(name), nullptr) << name;
    EXPECT_EQ(AdapterForName(name)->language, language) << name;
  }
  EXPECT_EQ(AdapterForName("cobol"), nullptr);
  EXPECT_EQ(AdapterForName(""), nullptr);
}

TEST(AdapterTest, TheLineCommentIsAComment) {
  for (const Adapter* adapter : AllAdapters()) {
    const std::string text = std::string(adapter->line_comment) + " note\n";
    const auto tree = SyntaxTree::Parse(adapter->language, text);
    ASSERT_TRUE(tree);
    EXPECT_TRUE(tree->clean()) << adapter->display_name;
    EXPECT_TRUE(tree->InComment(static_cast<uint32_t>(text.size() - 2))) << adapter->display_name;
  }
}

TEST(AdapterTest, StatementKindsAppearInTheSamples) {
  for (const SampleSource& source : SampleSources()) {
    const auto tree = SyntaxTree::Parse(source.language, source.text);
    const std::string sexp = tree->ToSexp();
    int found = 0;
    for (std::string_view kind : AdapterFor(source.language).statement_kinds) {
      found += sexp.find("(" + std::string(kind)) != std::string::npos ? 1 : 0;
    }
    EXPECT_GE(found, 8) << source.name;
  }
}

}  // namespace
}  // namespace espalier
