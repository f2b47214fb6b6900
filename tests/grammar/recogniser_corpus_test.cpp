// The recogniser against tree-sitter's own parser on what people write: the corpus of real files, and the
// snippets with which the makers of grammars and parsers test theirs. Both lie outside the repository.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "evals/gzip_lines.h"
#include "tests/grammar/mutator.h"
#include "tests/grammar/recogniser_kit.h"
#include "tests/support/corpus.h"

namespace espalier {
namespace {

constexpr uint32_t kSeed = 20251126;
constexpr int kMostFailures = 5;  // that are printed

int FromEnvironment(const char* name, int otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::atoi(value);
}

// Compares verdicts on many texts, and counts.
class Comparison {
 public:
  explicit Comparison(Language language) : language_(language), judge_(language) {}

  // With `everywhere`, every prefix of an accepted text must be viable. Returns whether the text is accepted.
  bool Compare(std::string_view text, const std::string& name, bool everywhere) {
    const bool theirs = TreeSitterAccepts(language_, text);
    const bool ours = judge_.Accepts(text);
    ++counts_["texts"];
    counts_["refused"] += !theirs;
    if (judge_.gave_up()) {
      ++counts_["given_up"];
      return ours;
    }
    if (ours != theirs) {
      Fail(name, ours ? "only the recogniser accepts it" : "only tree-sitter accepts it", text);
    } else if (theirs && everywhere) {
      counts_["bytes"] += static_cast<int>(text.size());
      const size_t at = judge_.FirstRefused(text);
      if (at < text.size()) Fail(name, "its beginning is refused", text.substr(0, at + 1));
    }
    return ours;
  }

  int count(const std::string& name) { return counts_[name]; }
  void Add(const std::string& name) { ++counts_[name]; }

  void Report() {
    std::string line = std::string(LanguageId(language_)) + ":";
    for (const auto& [name, count] : counts_) {
      testing::Test::RecordProperty(name, count);
      line += " " + name + " " + std::to_string(count);
    }
    std::puts(line.c_str());
    EXPECT_LE(counts_["given_up"], counts_["texts"] / 1000);
  }

 private:
  void Fail(const std::string& name, std::string_view problem, std::string_view text) {
    if (counts_["failures"]++ >= kMostFailures) return;
    ADD_FAILURE() << name << ": " << problem << ", first refused byte " << judge_.FirstRefused(text) << ":\n"
                  << Readable(text, 20000);
  }

  Language language_;
  TextJudge judge_;
  std::map<std::string, int> counts_;
};

std::vector<Language> AllLanguages() {
  std::vector<Language> languages;
  for (size_t i = 0; i < kLanguageCount; ++i) languages.push_back(static_cast<Language>(i));
  return languages;
}

class RecogniserCorpusTest : public testing::TestWithParam<Language> {};

INSTANTIATE_TEST_SUITE_P(Languages, RecogniserCorpusTest, testing::ValuesIn(AllLanguages()),
                         [](const auto& param) { return std::string(LanguageId(param.param)); });

// Real files. ESPALIER_CORPUS_FILES: how many a language; ESPALIER_CORPUS_MUTANTS: of each.
TEST_P(RecogniserCorpusTest, RealFilesAndTheirMutants) {
  const auto most = static_cast<size_t>(FromEnvironment("ESPALIER_CORPUS_FILES", 40));
  const auto files = CorpusFiles(LanguageId(GetParam()), most);
  if (files.empty()) GTEST_SKIP() << "no corpus; scripts/collect_corpus.py gathers one";
  Comparison whole(GetParam()), mutants(GetParam());
  Mutator mutator(kSeed);
  for (const CorpusFile& file : files) {
    whole.Compare(file.text, file.name, true);
    if (file.text.empty()) continue;
    for (int left = FromEnvironment("ESPALIER_CORPUS_MUTANTS", 3); left > 0; --left) {
      mutants.Compare(mutator.Mutate(file.text), "a mutant of " + file.name, false);
    }
  }
  whole.Report();
  mutants.Report();
}

// Snippets with labels, in files of JSON lines.
std::vector<nlohmann::json> Snippets(const std::string& folder, const std::string& language) {
  const char* shared = std::getenv("ESPALIER_SHARED");
  const std::filesystem::path root = shared != nullptr ? shared : ESPALIER_SOURCE_DIR "/../shared";
  const auto lines = ReadGzipLines(root / "data" / folder / (language + ".jsonl.gz"));
  std::vector<nlohmann::json> snippets;
  EXPECT_TRUE(lines || lines.error().code == ErrorCode::kNotFound);
  if (!lines) return snippets;
  for (const std::string& line : *lines) snippets.push_back(nlohmann::json::parse(line));
  return snippets;
}

// The languages' names in those files; those of TypeScript are read as TSX, too.
std::string FileNameOf(Language language) {
  return std::string(LanguageId(language == Language::kTsx ? Language::kTypeScript : language));
}

TEST_P(RecogniserCorpusTest, SnippetsOfTheGrammarsOwnTests) {
  const auto snippets = Snippets("treesitter_corpus", FileNameOf(GetParam()));
  if (snippets.empty()) GTEST_SKIP() << "shared/data/treesitter_corpus is not there (set ESPALIER_SHARED)";
  Comparison comparison(GetParam());
  for (const nlohmann::json& snippet : snippets) {
    const bool accepted = comparison.Compare(snippet["code"].get<std::string>(), snippet["name"], true);
    if (accepted != snippet["expect_error"].get<bool>()) comparison.Add("as_labelled");
  }
  comparison.Report();
}

class LabelledProgramsTest : public testing::TestWithParam<Language> {};

INSTANTIATE_TEST_SUITE_P(Languages, LabelledProgramsTest,
                         testing::Values(Language::kPython, Language::kJavaScript, Language::kGo,
                                         Language::kRust),
                         [](const auto& param) { return std::string(LanguageId(param.param)); });

TEST_P(LabelledProgramsTest, AreAcceptedIfTreeSitterAcceptsThem) {
  const auto snippets = Snippets("syntax_valid_invalid", FileNameOf(GetParam()));
  if (snippets.empty()) GTEST_SKIP() << "shared/data/syntax_valid_invalid is not there (set ESPALIER_SHARED)";
  Comparison comparison(GetParam());
  for (const nlohmann::json& snippet : snippets) {
    const bool accepted = comparison.Compare(snippet["code"].get<std::string>(), snippet["id"], true);
    // "ok", "grammar" (does not parse), or what is refused by later checks.
    const auto stage = snippet["stage"].get<std::string>();
    comparison.Add(stage);
    if (accepted) comparison.Add(stage + "_accepted");
  }
  comparison.Report();
}

}  // namespace
}  // namespace espalier
