// `espalier generate --json-schema` with a tiny random model: whatever it means, it satisfies the schema.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>
#include <regex>
#include <string>
#include <vector>

#include "cli/answer.h"
#include "tests/cli/program.h"

namespace espalier {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using Arguments = std::vector<std::string>;

constexpr const char* kPerson =
    R"({"type": "object", "properties": {"full_name": {"type": "string", "maxLength": 8},
        "age": {"type": "integer", "minimum": 0, "maximum": 150}}, "required": ["full_name", "age"],
        "additionalProperties": false})";

class JsonProgramTest : public testing::Test {
 protected:
  JsonProgramTest() {
    world_.environment()["ESPALIER_THREADS"] = "1";
    world_.folder().Write("work/person.json", kPerson);
  }
  /// `generate` with the tiny model, the schema and further arguments.
  ProgramOutput Generate(const std::string& schema, const Arguments& more = {},
                         const std::string& input = "") const {
    Arguments call = {"generate", "--json-schema", schema, "--model", ProgramWorld::TinyModel(), "a task"};
    call.insert(call.end(), more.begin(), more.end());
    return world_.Run(call, input);
  }

  ProgramWorld world_;
};

bool IsPerson(const json& value) {
  return value.is_object() && value.size() == 2 && value["full_name"].is_string() &&
         value["age"].is_number_integer() && value["age"] >= 0 && value["age"] <= 150;
}

struct Form {
  const char* name;
  const char* schema;
  bool (*holds)(const json&);
};

void PrintTo(const Form& form, std::ostream* out) { *out << form.name; }

class JsonFormTest : public JsonProgramTest, public testing::WithParamInterface<Form> {};

TEST_P(JsonFormTest, EveryAnswerIsALineThatHasIt) {
  for (const int tokens : {1, 3, 40}) {
    for (int seed = 0; seed < 3; ++seed) {
      const ProgramOutput result = Generate(
          GetParam().schema,
          {"--temperature", "2", "--seed", std::to_string(seed), "--max-tokens", std::to_string(tokens)});
      EXPECT_EQ(result.exit_code, 0) << result.err;
      EXPECT_EQ(LineCount(result.out), 1u) << result.out;
      const json value = json::parse(result.out, nullptr, false);
      EXPECT_TRUE(!value.is_discarded() && GetParam().holds(value)) << result.out;
    }
  }
}

const std::vector<Form> kForms = {
    {"object", kPerson, IsPerson},
    {"array",
     R"({"type": "array", "items": {"type": "string", "pattern": "^[a-f]{4}$"}, "minItems": 2, "maxItems": 3})",
     [](const json& value) {
       const auto is_id = [](const json& item) {
         return std::regex_match(item.get<std::string>(), std::regex("[a-f]{4}"));
       };
       return value.size() >= 2 && value.size() <= 3 && std::all_of(value.begin(), value.end(), is_id);
     }},
    {"choice", R"({"enum": ["red", 2, null]})",
     [](const json& value) { return value == "red" || value == 2 || value.is_null(); }},
    {"recursion",
     R"({"$ref": "#/$defs/tree", "$defs": {"tree": {"type": "array", "items": {"$ref": "#/$defs/tree"}}}})",
     [](const json& value) { return value.is_array(); }},
    {"string", R"({"type": "string", "minLength": 20})",
     [](const json& value) { return value.get<std::string>().size() >= 20; }},
};

INSTANTIATE_TEST_SUITE_P(All, JsonFormTest, testing::ValuesIn(kForms),
                         [](const auto& form) { return std::string(form.param.name); });

TEST_F(JsonProgramTest, TheSchemaIsAFileATextOrStandardInput) {
  const ProgramOutput from_file = Generate("person.json", {"--max-tokens", "12"});
  ASSERT_EQ(from_file.exit_code, 0) << from_file.err;
  EXPECT_TRUE(IsPerson(json::parse(from_file.out))) << from_file.out;
  EXPECT_EQ(Generate(kPerson, {"--max-tokens", "12"}).out, from_file.out);
  EXPECT_EQ(Generate("-", {"--max-tokens", "12"}, kPerson).out, from_file.out);
}

TEST_F(JsonProgramTest, AnyIsAnyJson) {
  for (int seed = 0; seed < 4; ++seed) {
    const ProgramOutput result =
        Generate("any", {"--temperature", "2", "--seed", std::to_string(seed), "--max-tokens", "12"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    // 1E444 is JSON, but no number that nlohmann::json can hold.
    EXPECT_TRUE(json::accept(std::regex_replace(result.out, std::regex("[eE][+-]?[0-9]+"), "")))
        << result.out;
  }
}

TEST_F(JsonProgramTest, TheTaskMayComeFromStandardInput) {
  const ProgramOutput result = world_.Run(
      {"generate", "-j", "person.json", "--model", ProgramWorld::TinyModel(), "--max-tokens", "4", "-"},
      "a task");
  EXPECT_EQ(result.out, Generate("person.json", {"--max-tokens", "4"}).out) << result.err;
}

TEST_F(JsonProgramTest, TheJsonAnswerHasTheValueAndTheText) {
  const Arguments limits = {"--temperature", "2", "--max-tokens", "12"};
  const ProgramOutput streamed = Generate("person.json", limits);
  const json answer =
      json::parse(Generate("person.json", {"--json", "--temperature", "2", "--max-tokens", "12"}).out);
  EXPECT_EQ(answer["text"], streamed.out);
  EXPECT_EQ(answer["value"], json::parse(streamed.out));
  EXPECT_FALSE(answer.contains("code") || answer.contains("language")) << answer;
  EXPECT_EQ(answer["tokens"]["generated"], 12);
  EXPECT_GT(answer["tokens"]["accepted"], 0) << "the names are forced, so they are drafts that hold";
}

TEST_F(JsonProgramTest, ANumberTooLargeForAnyProgramIsInTheTextAlone) {
  const auto answer = JsonAnswer("any");
  ASSERT_TRUE(answer);
  EXPECT_EQ((*answer)->Fields("1e999\n"), (json{{"text", "1e999\n"}, {"value", nullptr}}));
}

TEST_F(JsonProgramTest, WhatTheTokenLimitCutsOffIsClosedWithANote) {
  const ProgramOutput cut = Generate("person.json", {"--max-tokens", "3"});
  EXPECT_EQ(cut.exit_code, 0);
  EXPECT_THAT(cut.err, HasSubstr("stopped at the token limit; what was open is closed"));
  const ProgramOutput whole = Generate(R"({"const": true})", {"--max-tokens", "4"});
  EXPECT_EQ(whole.out, "true\n");
  EXPECT_EQ(whole.err, "");
}

TEST_F(JsonProgramTest, WhatTheDeadlineCutsOffIsClosedWithANote) {
  const ProgramOutput cut = Generate(R"({"type": "array", "items": {"const": 1}, "minItems": 100000})",
                                     {"--max-tokens", "4096", "--deadline-ms", "1"});
  EXPECT_EQ(cut.exit_code, 6);
  EXPECT_THAT(cut.err, HasSubstr("the time budget ran out; what was open is closed"));
  EXPECT_EQ(json::parse(cut.out).size(), 100'000u);
}

TEST_F(JsonProgramTest, WhatIsTooLongToBeClosedIsAnError) {
  for (const char* schema : {R"({"type": "array", "items": {"const": 1}, "minItems": 10000000})",
                             R"({"type": "string", "minLength": 20000000})"}) {
    const ProgramOutput result = Generate(schema, {"--max-tokens", "3"});
    EXPECT_EQ(result.exit_code, 6);
    EXPECT_EQ(LineCount(result.err), 1u) << result.err;
    EXPECT_THAT(result.err, HasSubstr("over 16 MiB; lower minItems or minLength"));
  }
}

TEST_F(JsonProgramTest, AFailureIsNoAnswer) {
  const std::string long_task(40'000, 'x');
  const ProgramOutput result =
      world_.Run({"generate", "-j", "person.json", "--model", ProgramWorld::TinyModel(), "-"}, long_task);
  EXPECT_EQ(result.exit_code, 6) << result.err;
  EXPECT_THAT(result.err, HasSubstr("shorten the prompt or enlarge the context"));
  EXPECT_EQ(result.out, "");
}

}  // namespace
}  // namespace espalier
