// The program's help, its mistakes' suggestions, its settings and its shell completion.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cli/program.h"

namespace espalier {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const std::vector<std::vector<std::string>> kVerbs = {
    {"complete"},       {"generate"},      {"lsp"},
    {"model", "pull"},  {"model", "list"}, {"model", "info"},
    {"check"},          {"mask"},          {"tokenize"},
    {"bench"},          {"bench", "mask"}, {"eval"},
    {"eval", "report"}, {"eval", "list"},  {"sandbox"},
    {"doctor"},         {"config"},        {"shell-completion"},
    {"version"}};

TEST(Help, TeachesOnTheFirstPage) {
  const ProgramOutput result = ProgramWorld().Run({"--help"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("First steps:"), HasSubstr("Exit codes:"), HasSubstr("espalier model pull")));
  for (const auto& verb : kVerbs) EXPECT_THAT(result.out, HasSubstr("\n  " + verb[0] + " ")) << verb[0];
}

TEST(Help, EveryVerbHasExamplesAndJson) {
  const ProgramWorld world;
  for (auto verb : kVerbs) {
    verb.emplace_back("--help");
    const ProgramOutput result = world.Run(verb);
    EXPECT_EQ(result.exit_code, 0) << verb[0];
    EXPECT_THAT(result.out, AllOf(HasSubstr("Examples:"), HasSubstr("--json"))) << verb[0];
  }
}

TEST(Usage, WithoutAVerbTheHelpIsShown) {
  const ProgramOutput result = ProgramWorld().Run({});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, HasSubstr("First steps:"));
}

struct Mistake {
  std::vector<std::string> arguments;
  const char* line;
};

TEST(Usage, MistakesGetSuggestions) {
  const std::vector<Mistake> mistakes = {
      {{"complte", "a.py:1:1"}, "espalier: unknown verb 'complte'; did you mean 'complete'?\n"},
      {{"frobnicate"}, "espalier: unknown verb 'frobnicate'; see: espalier --help\n"},
      {{"model", "pul"}, "espalier: model: unknown verb 'pul'; did you mean 'pull'?\n"},
      {{"model"}, "espalier: model: say pull, list or info; see: espalier model --help\n"},
      {{"bench", "msk"}, "espalier: bench: unknown verb 'msk'; did you mean 'mask'?\n"},
      {{"doctor", "--jsn"}, "espalier: doctor: unknown flag '--jsn'; did you mean '--json'?\n"},
      {{"version", "now"}, "espalier: version: unexpected argument 'now'; see: espalier version --help\n"},
  };
  const ProgramWorld world;
  for (const Mistake& mistake : mistakes) {
    const ProgramOutput result = world.Run(mistake.arguments);
    EXPECT_EQ(result.exit_code, 2) << mistake.line;
    EXPECT_EQ(result.err, mistake.line);
    EXPECT_EQ(result.out, "");
  }
}

TEST(Usage, AMissingArgumentIsOneLine) {
  const ProgramOutput result = ProgramWorld().Run({"complete"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(LineCount(result.err), 1u) << result.err;
  EXPECT_THAT(result.err, AllOf(HasSubstr("target is required"), HasSubstr("see: espalier complete --help")));
}

TEST(Version, IsTheProjects) {
  const ProgramWorld world;
  EXPECT_EQ(world.Run({"--version"}).out, "0.1.0\n");
  EXPECT_THAT(world.Run({"version"}).out, testing::StartsWith("espalier 0.1.0 "));
  EXPECT_EQ(nlohmann::json::parse(world.Run({"version", "--json"}).out)["version"], "0.1.0");
}

TEST(Config, PrintsAFileThatItCanReadAgain) {
  ProgramWorld world;
  world.environment()["ESPALIER_THREADS"] = "3";
  world.environment()["ESPALIER_COMPLETE_TEMPERATURE"] = "0.25";
  const ProgramOutput first = world.Run({"config"});
  EXPECT_EQ(first.exit_code, 0) << first.err;
  EXPECT_THAT(first.out, AllOf(HasSubstr("($ESPALIER_THREADS)\nthreads = 3\n"),
                               HasSubstr("\ncomplete.max_tokens = 64\n")));

  ProgramWorld other;
  other.folder().Write("home/.config/espalier/config.toml", first.out);
  const auto json = nlohmann::json::parse(other.Run({"config", "--json"}).out);
  EXPECT_EQ(json["threads"]["value"], 3);
  EXPECT_EQ(json["complete.temperature"]["value"], 0.25);
  EXPECT_THAT(json["threads"]["origin"].get<std::string>(), HasSubstr("config.toml:"));
}

TEST(Config, FlagsBeatEverything) {
  ProgramWorld world;
  world.environment()["ESPALIER_MODEL"] = "./from-the-environment.gguf";
  world.folder().Write("work/a.py", "x = 1\n");
  EXPECT_THAT(world.Run({"complete", "a.py:1:1"}).err, HasSubstr("from-the-environment.gguf"));
  EXPECT_THAT(world.Run({"complete", "a.py:1:1", "--model", "./from-the-flag.gguf"}).err,
              HasSubstr("from-the-flag.gguf"));
}

TEST(ShellCompletion, BashOffersVerbsSubverbsAndFlags) {
  const ProgramWorld world;
  const auto complete = [&](const std::string& words, int at) {
    return world
        .RunShell("source <(\"$espalier\" shell-completion bash); COMP_WORDS=(" + words +
                  "); COMP_CWORD=" + std::to_string(at) + "; _espalier; echo \"${COMPREPLY[@]}\"")
        .out;
  };
  EXPECT_EQ(complete("espalier com", 1), "complete\n");
  EXPECT_EQ(complete("espalier model ''", 2), "pull list info\n");
  EXPECT_EQ(complete("espalier complete --max", 2), "--max-tokens\n");
  EXPECT_EQ(complete("espalier generate --json-", 2), "--json-schema\n");
  EXPECT_EQ(complete("espalier model pull --fi", 3), "--file\n");
  EXPECT_EQ(complete("espalier complete a.py:1:1 --sing", 3), "--single-line\n");
}

TEST(ShellCompletion, EveryShellHasAScript) {
  const ProgramWorld world;
  EXPECT_THAT(world.Run({"shell-completion", "zsh"}).out, HasSubstr("bashcompinit"));
  const std::string fish = world.Run({"shell-completion", "fish"}).out;
  EXPECT_THAT(fish, AllOf(HasSubstr("complete -c espalier -f -n '__fish_use_subcommand' -a complete"),
                          HasSubstr("-l max-tokens")));
  EXPECT_EQ(world.Run({"shell-completion", "tcsh"}).exit_code, 2);
}

}  // namespace
}  // namespace espalier
