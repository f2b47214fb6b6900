// `espalier complete` and `generate` with a tiny random model: what they print, never what it means.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "decoder/completion.h"
#include "grammar/syntax.h"
#include "tests/cli/program.h"

namespace espalier {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr const char* kDocument =
    "import os\n\n\ndef area(width, height):\n    return \n\n\nprint(area(2, 3))\n";

std::set<std::string> ReasonNames() {
  std::set<std::string> names;
  for (int reason = 0; reason <= static_cast<int>(CompletionReason::kError); ++reason) {
    names.emplace(CompletionReasonName(static_cast<CompletionReason>(reason)));
  }
  return names;
}

class CompleteProgramTest : public testing::Test {
 protected:
  CompleteProgramTest() {
    world_.environment()["ESPALIER_MODEL"] = ProgramWorld::TinyModel();
    world_.environment()["ESPALIER_THREADS"] = "1";
    world_.folder().Write("work/area.py", kDocument);
  }

  ProgramWorld world_;
};

TEST_F(CompleteProgramTest, TheJsonAnswerIsWhole) {
  const ProgramOutput result =
      world_.Run({"complete", "area.py:5:12", "--json", "--result", "--max-tokens", "8"});
  ASSERT_LE(result.exit_code, 1) << result.err;
  const json answer = json::parse(result.out);
  EXPECT_TRUE(ReasonNames().count(answer["reason"])) << answer["reason"];
  EXPECT_EQ(result.exit_code == 0, answer["reason"] == "ok");
  const auto begin = answer["range"]["start"]["byte"].get<size_t>();
  const auto end = answer["range"]["end"]["byte"].get<size_t>();
  EXPECT_EQ(answer["range"]["start"]["line"], 5);
  const std::string document = kDocument;
  const size_t cursor = document.find("return ") + 7;
  EXPECT_LE(begin, cursor);
  EXPECT_GE(end, cursor);
  EXPECT_EQ(answer["result"],
            document.substr(0, begin) + answer["text"].get<std::string>() + document.substr(end));
  for (const char* key : {"load", "total", "prompt", "first_token", "decode", "join"}) {
    EXPECT_GE(answer["timings_ms"][key].get<double>(), 0) << key;
  }
  EXPECT_GT(answer["tokens"]["prompt"].get<int>(), 0);
}

TEST_F(CompleteProgramTest, TheFileNeverGainsAnError) {
  const auto checker = JoinChecker::Create(Language::kPython, kDocument);
  ASSERT_TRUE(checker);
  for (int seed = 0; seed < 4; ++seed) {
    const ProgramOutput result = world_.Run({"complete", "area.py:5:12", "--json", "--max-tokens", "12",
                                             "--temperature", "1", "--seed", std::to_string(seed)});
    const json answer = json::parse(result.out);
    if (answer["reason"] != "ok") continue;
    const std::string text = answer["text"];
    EXPECT_TRUE(checker->Clean({answer["range"]["start"]["byte"], answer["range"]["end"]["byte"], text}))
        << text;
  }
}

TEST_F(CompleteProgramTest, TheSameSeedGivesTheSameAnswer) {
  const std::vector<std::string> call = {"complete", "area.py:5:12", "--json", "--temperature", "1", "--seed",
                                         "5",        "--max-tokens", "8"};
  const json first = json::parse(world_.Run(call).out);
  const json second = json::parse(world_.Run(call).out);
  EXPECT_EQ(first["text"], second["text"]);
  EXPECT_EQ(first["reason"], second["reason"]);
}

TEST_F(CompleteProgramTest, ReadsADocumentFromStandardInput) {
  const ProgramOutput no_language = world_.Run({"complete", "-:5:12"}, kDocument);
  EXPECT_EQ(no_language.exit_code, 2);
  const ProgramOutput from_input =
      world_.Run({"complete", "-:5:12", "--language", "py", "--json", "--max-tokens", "8"}, kDocument);
  const ProgramOutput from_file = world_.Run({"complete", "area.py:5:12", "--json", "--max-tokens", "8"});
  EXPECT_EQ(json::parse(from_input.out)["text"], json::parse(from_file.out)["text"]);
}

TEST_F(CompleteProgramTest, ANonAnswerSaysWhyOnStandardError) {
  world_.folder().Write("work/.espalier.toml", "[complete]\nin_comments = false\n");
  world_.folder().Write("work/comment.py", "x = 1  # a comment about x\n");
  const ProgramOutput result = world_.Run({"complete", "comment.py:1:20"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(LineCount(result.err), 1u) << result.err;
  EXPECT_THAT(result.err, HasSubstr("no completion (in-comment)"));
}

TEST_F(CompleteProgramTest, GenerateAnswersInJson) {
  const ProgramOutput result = world_.Run({"generate", "--lang", "python", "a sum", "--model",
                                           ProgramWorld::TinyModel(), "--max-tokens", "8", "--json"});
  ASSERT_LE(result.exit_code, 1) << result.err;
  const json answer = json::parse(result.out);
  EXPECT_EQ(answer["language"], "python");
  EXPECT_TRUE(answer["code"].is_string());
  EXPECT_GT(answer["tokens"]["prompt"].get<int>(), 10);
}

TEST_F(CompleteProgramTest, GenerateStreamsWhatItPutsInJson) {
  const std::vector<std::string> call = {
      "generate", "--lang", "python", "a sum", "--model", ProgramWorld::TinyModel(), "--max-tokens", "8"};
  auto with_json = call;
  with_json.emplace_back("--json");
  EXPECT_EQ(json::parse(world_.Run(with_json).out)["code"], world_.Run(call).out);
}

}  // namespace
}  // namespace espalier
