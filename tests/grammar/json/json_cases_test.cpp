#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/grammar/json/json_kit.h"
#include "tests/support/case_file.h"

namespace espalier {
namespace {

JsonSchemaOptions OptionsOf(const std::string& text) {
  JsonSchemaOptions options;
  for (const std::string& line : LinesOf(text)) {
    if (line == "any_order") options.any_order = true;
    if (line.starts_with("spaces=")) options.most_spaces = static_cast<uint32_t>(std::stoul(line.substr(7)));
  }
  return options;
}

/// <XX> becomes a byte.
std::string BytesOf(const std::string& line) {
  std::string bytes;
  for (size_t i = 0; i < line.size(); ++i) {
    const bool hex = line[i] == '<' && i + 3 < line.size() && line[i + 3] == '>';
    bytes += hex ? static_cast<char>(std::stoi(line.substr(i + 1, 2), nullptr, 16)) : line[i];
    if (hex) i += 3;
  }
  return bytes;
}

/// The verdict byte by byte, with places to return to; what is alive has an ending.
Verdict SlowVerdictOn(const JsonSchema& schema, const std::string& text) {
  JsonMachine machine(schema);
  for (const char c : text) {
    const JsonMachine::Place before = machine.place();
    const bool alive = machine.Advance({&c, 1});
    machine.ReturnTo(before);
    EXPECT_EQ(machine.Advance({&c, 1}), alive);
    if (!alive) return Verdict::kRefused;
    ExpectClosing(machine);
  }
  return machine.Complete() ? Verdict::kAccepted : Verdict::kPrefix;
}

TEST(JsonCases, AreJudgedAsTheyShouldBe) {
  const std::map<std::string, Verdict> sections = {
      {"accepted", Verdict::kAccepted}, {"prefixes", Verdict::kPrefix}, {"refused", Verdict::kRefused}};
  size_t count = 0;
  for (TextCase& test_case : ReadCaseFile(ESPALIER_SOURCE_DIR "/tests/grammar/json/cases/texts.txt")) {
    SCOPED_TRACE(test_case.name);
    const auto schema = MustParse(test_case.sections.at("schema"), OptionsOf(test_case.sections["options"]));
    for (const auto& [section, verdict] : sections) {
      for (const std::string& line : LinesOf(test_case.sections[section])) {
        const std::string text = BytesOf(line);
        EXPECT_EQ(VerdictOn(*schema, text), verdict) << line;
        EXPECT_EQ(SlowVerdictOn(*schema, text), verdict) << line;
        ++count;
      }
    }
  }
  EXPECT_GE(count, 300u);
}

TEST(JsonCases, BadSchemasAreExplainedInOneLine) {
  size_t count = 0;
  for (TextCase& test_case : ReadCaseFile(ESPALIER_SOURCE_DIR "/tests/grammar/json/cases/errors.txt")) {
    SCOPED_TRACE(test_case.name);
    const auto schema = JsonSchema::Parse(test_case.sections.at("schema"));
    ASSERT_FALSE(schema);
    const std::string& message = schema.error().message;
    const std::string& expected = test_case.sections.at("error");
    EXPECT_EQ(message.substr(0, expected.size()), expected);
    EXPECT_EQ(message.find('\n'), std::string::npos);
    EXPECT_NE(schema.error().code, ErrorCode::kInternal);
    ++count;
  }
  EXPECT_GE(count, 30u);
}

}  // namespace
}  // namespace espalier
