// The verbs about models and the machine, run for real.
#include "tests/cli/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace espalier {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

TEST(ModelList, KnowsTheModelsAndWhatIsThere) {
  const ProgramWorld world;
  world.folder().Write("models/mine.gguf", "x");
  const json listed = json::parse(world.Run({"model", "list", "--json"}).out);
  ASSERT_EQ(listed["models"].size(), 2u);
  EXPECT_EQ(listed["models"][0]["name"], "qwen2.5-coder-0.5b");
  EXPECT_EQ(listed["models"][0]["installed"], false);
  EXPECT_EQ(listed["other_files"][0], (world.folder().path() / "models/mine.gguf").string());
  EXPECT_THAT(world.Run({"model", "list"}).out,
              AllOf(HasSubstr("491.4 MB  not installed"), HasSubstr("mine")));
}

TEST(ModelInfo, DescribesTheTinyModel) {
  const ProgramWorld world;
  const std::string model = ProgramWorld::TinyModel();
  const ProgramOutput text = world.Run({"model", "info", model});
  EXPECT_EQ(text.exit_code, 0) << text.err;
  EXPECT_THAT(text.out, AllOf(HasSubstr("qwen2"), HasSubstr("special tokens"),
                              HasSubstr("usable for inline completion")));
  const json info = json::parse(world.Run({"model", "info", model, "--json"}).out);
  EXPECT_EQ(info["architecture"], "qwen2");
  EXPECT_EQ(info["inline_completion"], true);
  EXPECT_GT(info["layers"].get<int>(), 0);
  EXPECT_TRUE(info["special_tokens"].contains("fim_middle"));
}

TEST(Tokenize, GivesPiecesThatSpellTheText) {
  const ProgramWorld world;
  const std::string text = "def f(x):\n\treturn x  # caf\xC3\xA9\n";
  const std::string model = ProgramWorld::TinyModel();
  const json tokens = json::parse(world.Run({"tokenize", "--model", model, "--json"}, text).out);
  EXPECT_EQ(tokens["count"], tokens["ids"].size());
  std::string ascii;
  for (const json& piece : tokens["pieces"]) ascii += piece.get<std::string>();
  EXPECT_THAT(ascii, testing::StartsWith("def f(x):\n\treturn x  # caf"));
  EXPECT_EQ(world.Run({"tokenize", "--model", model, "--count"}, text).out,
            std::to_string(tokens["count"].get<int>()) + "\n");
}

TEST(Tokenize, SpecialTokensAreTextUnlessAskedFor) {
  const ProgramWorld world;
  const std::string model = ProgramWorld::TinyModel();
  const std::vector<std::string> base = {"tokenize", "--model", model, "--text", "<|fim_middle|>", "--count"};
  EXPECT_NE(world.Run(base).out, "1\n");
  auto special = base;
  special.emplace_back("--special");
  EXPECT_EQ(world.Run(special).out, "1\n");
}

TEST(Doctor, SaysWhatIsMissingAndWhenItIsReady) {
  ProgramWorld world;
  const ProgramOutput before = world.Run({"doctor"});
  EXPECT_EQ(before.exit_code, 1);
  EXPECT_THAT(before.out,
              AllOf(HasSubstr("processor"), HasSubstr("run: espalier model pull qwen2.5-coder-0.5b"),
                    HasSubstr("Not ready")));

  world.environment()["ESPALIER_MODEL"] = ProgramWorld::TinyModel();
  const ProgramOutput after = world.Run({"doctor", "--json"});
  EXPECT_EQ(after.exit_code, 0) << after.err;
  const json report = json::parse(after.out);
  EXPECT_EQ(report["ready"], true);
  for (const json& finding : report["findings"]) {
    EXPECT_EQ(finding["good"].get<bool>() || !finding["cost"].get<std::string>().empty(), true) << finding;
  }
  EXPECT_THAT(after.out,
              AllOf(HasSubstr("bubblewrap: "), HasSubstr("seccomp: "), HasSubstr("control groups: ")));
}

TEST(Lsp, EndsWithTheCodeThatTheProtocolAsksFor) {
  ProgramWorld world;
  world.environment()["ESPALIER_MODEL"] = ProgramWorld::TinyModel();
  const ProgramOutput left = world.Run({"lsp"}, "");
  EXPECT_EQ(left.exit_code, 1) << left.err;
  EXPECT_EQ(left.out, "");
}

TEST(Bench, MeasuresTheTinyModel) {
  const ProgramWorld world;
  const std::string model = ProgramWorld::TinyModel();
  const ProgramOutput result = world.Run({"bench", "--model", model, "-p", "32", "-n", "8", "-r", "2",
                                          "--batch", "1,2", "--threads", "1", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const json report = json::parse(result.out);
  EXPECT_EQ(report["threads"], 1);
  EXPECT_EQ(report["prefill"]["tokens"], 32);
  EXPECT_EQ(report["prefill"]["all"].size(), 2u);
  EXPECT_GT(report["prefill"]["tokens_per_s"].get<double>(), 0);
  EXPECT_GT(report["decode"]["tokens_per_s"].get<double>(), 0);
  ASSERT_EQ(report["rows"].size(), 2u);
  EXPECT_EQ(report["rows"][1]["rows"], 2);
}

const char* const kMaskKeys[] = {"check_median_us", "check_p99_us", "mask_median_us", "mask_mean_us",
                                 "mask_p99_us",     "mask_cold_us", "ready_ms",       "ready_again_ms",
                                 "memory_mb",       "allowed_share"};

TEST(BenchMask, MeasuresWhatTheGrammarCosts) {
  const ProgramWorld world;
  const std::string sources = (std::filesystem::path(ESPALIER_SOURCE_DIR) / "tests/data/source").string();
  const ProgramOutput result = world.Run({"bench", "mask", "--model", ProgramWorld::TinyModel(),
                                          "--languages", "python,go", "--slowest", "2", "--json", sources});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const json languages = json::parse(result.out)["languages"];
  ASSERT_EQ(languages.size(), 2u);
  for (const char* language : {"python", "go"}) {
    const json& row = languages[language];
    for (const char* key : kMaskKeys) EXPECT_GT(row[key].get<double>(), 0) << language << " " << key;
    EXPECT_LT(row["allowed_share"].get<double>(), 1);
    EXPECT_GT(row["hit_rate"].get<double>(), 0);
    EXPECT_EQ(row["files"], 1);
    EXPECT_EQ(row["masks"], row["tokens"]);
    EXPECT_EQ(row["violations"], 0);
    EXPECT_EQ(row["slowest"].size(), 2u);
  }
}

TEST(BenchMask, MasksMayBeSparseAndFilesWithErrorsAreLeftOut) {
  const ProgramWorld world;
  world.folder().Write("work/bad.py", "def f(x:\n");
  world.folder().Write("work/good.py", "def f(x):\n    return x\n");
  const std::string model = ProgramWorld::TinyModel();
  const ProgramOutput result =
      world.Run({"bench", "mask", "--model", model, "--every", "5", "--json", "bad.py", "good.py"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const json row = json::parse(result.out)["languages"]["python"];
  EXPECT_EQ(row["files"], 1);
  EXPECT_EQ(row["masks"].get<int>(), (row["tokens"].get<int>() + 4) / 5);
  EXPECT_THAT(world.Run({"bench", "mask", "--model", model, "good.py"}).out,
              AllOf(HasSubstr("language"), HasSubstr("\npython ")));
}

TEST(BenchMask, WhatCannotBeMeasuredGetsOneLine) {
  const ProgramWorld world;
  world.folder().Write("work/bad.py", "def f(x:\n");
  world.folder().Write("work/notes.xyz", "hello (\n");
  const struct {
    std::vector<std::string> arguments;
    int exit_code;
    const char* line;
  } cases[] = {
      {{}, 3, "there is no corpus in"},
      {{"none.py"}, 3, "there is no file or folder 'none.py'"},
      {{"notes.xyz"}, 2, "'notes.xyz' is a file of no known language"},
      {{"bad.py"}, 2, "no file parses without error"},
      {{"--languages", "go", "bad.py"}, 2, "no file of go parses without error"},
      {{"--languages", "go", "--languages", "c", "notes.xyz"}, 2, "is a file of no known language"},
      {{"--languages", "go", "notes.xyz"}, 2, "no file of go parses without error"},
      {{"--languages", "json", "bad.py"}, 2, "unknown language 'json'"},
  };
  for (const auto& mistake : cases) {
    std::vector<std::string> arguments = {"bench", "mask", "--model", ProgramWorld::TinyModel()};
    arguments.insert(arguments.end(), mistake.arguments.begin(), mistake.arguments.end());
    const ProgramOutput result = world.Run(arguments);
    EXPECT_EQ(result.exit_code, mistake.exit_code) << mistake.line;
    EXPECT_THAT(result.err, HasSubstr(mistake.line));
    EXPECT_EQ(result.out, "");
  }
}

}  // namespace
}  // namespace espalier
