// `espalier mask`: what it prints, its JSON and its exit codes. Which tokens the grammar allows is tested
// elsewhere (tests/decoder/); here, that its answers agree with each other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "tests/cli/program.h"

namespace espalier {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class MaskProgramTest : public testing::Test {
 protected:
  MaskProgramTest() {
    world_.environment()["ESPALIER_MODEL"] = ProgramWorld::TinyModel();
    world_.folder().Write("work/call.py", "x = f(");
    world_.folder().Write("work/whole.py", "x = f()\ny = 2\n");
    world_.folder().Write("work/macro.c", "int a;\nint = ) 5 x;\nint f(void) {\n  return \n}\n");
    world_.folder().Write("work/notes.xyz", "x = 1\n");
  }

  ProgramOutput Mask(std::vector<std::string> arguments, const std::string& input = "") const {
    arguments.insert(arguments.begin(), "mask");
    return world_.Run(arguments, input);
  }
  json MaskJson(std::vector<std::string> arguments, const std::string& input = "") const {
    arguments.emplace_back("--json");
    const ProgramOutput result = Mask(arguments, input);
    EXPECT_LE(result.exit_code, 1) << result.err;
    return json::parse(result.out, nullptr, false);
  }

  ProgramWorld world_;
};

std::set<std::string> KeysOf(const json& object) {
  std::set<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.insert(key);
  return keys;
}

TEST_F(MaskProgramTest, TheJsonAnswerIsOneObject) {
  const json answer = MaskJson({"call.py:1:7", "--allowed", ")", "--allowed", "]"});
  EXPECT_EQ(KeysOf(answer),
            (std::set<std::string>{"allowed", "allowed_tokens", "closer", "may_end", "recoveries",
                                   "refused_tokens", "share", "texts", "vocabulary"}));
  EXPECT_EQ(answer["may_end"], false);
  EXPECT_EQ(answer["closer"], ")");
  EXPECT_EQ(answer["recoveries"], 0);
  EXPECT_EQ(answer["allowed_tokens"].size(), 20u);
  EXPECT_EQ(answer["refused_tokens"].size(), 20u);
  EXPECT_EQ(KeysOf(answer["allowed_tokens"][0]), (std::set<std::string>{"id", "text"}));
  const json texts = {{{"text", ")"}, {"allowed", true}}, {{"text", "]"}, {"allowed", false}}};
  EXPECT_EQ(answer["texts"], texts);
}

TEST_F(MaskProgramTest, TheCountsAreThoseOfTheLists) {
  for (const char* target : {"call.py:1:7", "whole.py:2:1", "macro.c:4:10"}) {
    SCOPED_TRACE(target);
    const json answer = MaskJson({target, "--list", "100000"});
    const auto allowed = answer["allowed"].get<size_t>(), vocabulary = answer["vocabulary"].get<size_t>();
    EXPECT_GT(allowed, 0u);
    EXPECT_LT(allowed, vocabulary);
    EXPECT_DOUBLE_EQ(answer["share"].get<double>(),
                     static_cast<double>(allowed) / static_cast<double>(vocabulary));
    EXPECT_EQ(answer["allowed_tokens"].size(), allowed);
    EXPECT_EQ(answer["refused_tokens"].size(), vocabulary - allowed);
    std::set<int> ids;
    for (const char* list : {"allowed_tokens", "refused_tokens"}) {
      int last = -1;
      for (const json& token : answer[list]) {
        EXPECT_GT(token["id"], last);
        last = token["id"];
        ids.insert(last);
      }
    }
    EXPECT_EQ(ids.size(), vocabulary);
  }
}

TEST_F(MaskProgramTest, ATokenIsAllowedWhereItsTextIs) {
  for (const char* target : {"call.py:1:7", "whole.py:1:6", "macro.c:4:10"}) {
    SCOPED_TRACE(target);
    const json answer = MaskJson({target, "--list", "100000"});
    std::vector<std::string> call = {target, "--list", "0"};
    json expected = json::array();
    for (const char* list : {"allowed_tokens", "refused_tokens"}) {
      for (const json& token : answer[list]) {
        const auto text = token["text"].get<std::string>();
        const bool is_exact =
            text.find('\0') == std::string::npos && text.find("\xEF\xBF\xBD") == std::string::npos;
        if (!is_exact) continue;
        call.push_back("--allowed=" + text);
        expected.push_back({{"text", text}, {"allowed", list == std::string("allowed_tokens")}});
      }
    }
    EXPECT_GT(expected.size(), 400u);
    EXPECT_EQ(MaskJson(call)["texts"], expected);
  }
}

TEST_F(MaskProgramTest, TheRestOfTheFileDecidesWhetherTheTextMayEnd) {
  const json whole = MaskJson({"whole.py:2:1"});
  EXPECT_EQ(whole["may_end"], true);
  EXPECT_EQ(whole["closer"], nullptr);
  EXPECT_EQ(MaskJson({"whole.py:1:7"})["may_end"], true);  // the rest closes it
  const json open = MaskJson({"-:1:7", "--language", "py"}, "x = f(\ny = 2\n");
  EXPECT_EQ(open["may_end"], false);
  EXPECT_EQ(open["closer"], ")");
  const json hopeless = MaskJson({"-:1:1", "--lang", "py"}, "\n) ] }\n");
  EXPECT_EQ(hopeless["may_end"], false);
  EXPECT_EQ(hopeless["closer"], nullptr);
}

struct AskedCase {
  const char* text;
  bool allowed;
};

TEST_F(MaskProgramTest, TextsAreTakenByteByByte) {
  const std::vector<AskedCase> cases = {
      {")", true},       {"))", false},     {"", true},       {"[1, 2]", true},   {"[1, 2", true},
      {"-x", true},      {"--x)\n", true},  {"'it", true},    {"'it\n", false},   {"a, *b)\nreturn", true},
      {"=", false},      {"a=", true},      {"lambda", true}, {"\xE6\x97", true}, {"'\xE6\x97", true},
      {"'\xFF'", false}, {"# \xFF", false}, {"#\n", true},    {"%%", false},      {"{}", true},
  };
  std::vector<std::string> call = {"call.py:1:7", "--list", "0"};
  for (const AskedCase& asked : cases) call.insert(call.end(), {"--allowed", asked.text});
  const json texts = MaskJson(call)["texts"];
  ASSERT_EQ(texts.size(), cases.size());
  for (size_t i = 0; i < cases.size(); ++i) EXPECT_EQ(texts[i]["allowed"], cases[i].allowed) << cases[i].text;
}

TEST_F(MaskProgramTest, ARefusedTextIsTheExitCode) {
  EXPECT_EQ(Mask({"call.py:1:7"}).exit_code, 0);
  EXPECT_EQ(Mask({"call.py:1:7", "--allowed", "a", "--allowed", "b"}).exit_code, 0);
  EXPECT_EQ(Mask({"--allowed", "a", "call.py:1:7"}).exit_code, 0);  // takes one argument, not more
  const ProgramOutput refused = Mask({"call.py:1:7", "--allowed", "a", "--allowed", "]"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_EQ(refused.err, "");
  EXPECT_EQ(Mask({"call.py:1:7", "--allowed", "]", "--json"}).exit_code, 1);
}

TEST_F(MaskProgramTest, PeopleReadItInLines) {
  const ProgramOutput result = Mask({"call.py:1:7", "--list", "2", "--allowed", "a\t\"\x1B\xC2\x9B"});
  const json answer = MaskJson({"call.py:1:7"});
  EXPECT_THAT(result.out, StartsWith(answer["allowed"].dump() + " of " + answer["vocabulary"].dump() +
                                     " tokens may come next ("));
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("\nthe text may not end here, but behind \")\"\n"),
                    HasSubstr("\nthe text before is what the grammar knows\n"),
                    HasSubstr("\nallowed tokens, the first 2 of " + answer["allowed"].dump() + "\n"),
                    HasSubstr("\nrefused tokens, the first 2 of ")));
  EXPECT_THAT(result.out, HasSubstr("\ntexts\n  refused  \"a\\t\\\"\\x1B\\xC2\\x9B\"\n"));
  EXPECT_EQ(LineCount(result.out), 11u) << result.out;
  EXPECT_EQ(LineCount(Mask({"whole.py:2:1", "--list", "0"}).out), 3u);
  EXPECT_THAT(Mask({"whole.py:2:1"}).out, HasSubstr("\nthe text may end here\n"));
}

TEST_F(MaskProgramTest, TextThatTheGrammarDoesNotKnowIsReadOnBehind) {
  const json answer = MaskJson({"macro.c:4:10", "--allowed", "1;", "--allowed", ")"});
  EXPECT_GT(answer["recoveries"], 0);
  EXPECT_EQ(answer["texts"][0]["allowed"], true);
  EXPECT_EQ(answer["texts"][1]["allowed"], false);
  EXPECT_THAT(Mask({"macro.c:4:10"}).out, HasSubstr("\nthe grammar does not know the text before at "));
  EXPECT_THAT(Mask({"macro.c:4:10"}).out, HasSubstr(": 2:"));
  EXPECT_EQ(MaskJson({"macro.c:2:1"})["recoveries"], 0);  // what stands behind does not matter
}

TEST_F(MaskProgramTest, BehindWhatIsNoCodeThereAreNoRules) {
  std::string text;
  for (int line = 0; line < 500; ++line) text += ") ] } = 5 5 ;; =>\n";
  const ProgramOutput result = Mask({"-:500:1", "--lang", "go"}, text);
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(
      result.err,
      "espalier: -:500:1: the text before is too far from the grammar of go; a model may write anything; "
      "see: espalier check\n");
}

TEST_F(MaskProgramTest, LineEndsDoNotMatter) {
  const std::vector<std::string> call = {"-:2:7", "--lang", "c", "--allowed", "\n"};
  EXPECT_EQ(MaskJson(call, "int a;\nint b = 1;\n"), MaskJson(call, "int a;\r\nint b = 1;\r\n"));
}

TEST_F(MaskProgramTest, AnEmptyFileIsAPlaceToo) {
  const json answer = MaskJson({"-:1:1", "--language", "go", "--allowed", "package p\n"});
  EXPECT_EQ(answer["texts"][0]["allowed"], true);
  EXPECT_EQ(answer["may_end"], true);
}

struct BadCall {
  std::vector<std::string> arguments;
  int exit_code;
  const char* line;
};

TEST_F(MaskProgramTest, WhatCannotBeAnsweredGetsOneLine) {
  world_.environment().erase("ESPALIER_MODEL");
  const std::vector<BadCall> bad_calls = {
      {{"none.py:1:1"}, 3, "there is no file 'none.py'; check the path"},
      {{"notes.xyz:1:1"}, 2, "cannot tell the language of 'notes.xyz'; add --language with one of: python"},
      {{"call.py:1:1", "--language", "pyhton"}, 2, "unknown language 'pyhton'; did you mean 'python'?"},
      {{"call.py"}, 2, "'call.py' is not FILE:LINE:COLUMN"},
      {{"call.py:1:8"}, 2, "call.py: column 8 is past the end of line 1, whose last column is 7"},
      {{"call.py:2:1"}, 2, "call.py: line 2 is past the end: the last line is 1"},
      {{"call.py:1:1"},
       3,
       "'qwen2.5-coder-0.5b' is not installed; run: espalier model pull qwen2.5-coder-0.5b"},
      {{"call.py:1:1", "--model", "none.gguf"}, 3, "there is no model file 'none.gguf'"},
      {{"call.py:1:1", "--list", "-1"}, 2, "--list"},
      {{}, 2, "target is required; see: espalier mask --help"},
  };
  for (const BadCall& bad : bad_calls) {
    SCOPED_TRACE(bad.line);
    const ProgramOutput result = Mask(bad.arguments);
    EXPECT_EQ(result.exit_code, bad.exit_code);
    EXPECT_EQ(LineCount(result.err), 1u) << result.err;
    EXPECT_THAT(result.err, AllOf(StartsWith("espalier: "), HasSubstr(bad.line)));
    EXPECT_EQ(result.out, "");
    std::vector<std::string> with_json = bad.arguments;
    with_json.insert(with_json.begin(), "--json");
    const json answer = json::parse(Mask(with_json).out, nullptr, false);
    ASSERT_TRUE(answer.is_object());
    EXPECT_THAT(answer["error"]["message"].get<std::string>(), HasSubstr(bad.line));
  }
}

}  // namespace
}  // namespace espalier
