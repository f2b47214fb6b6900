// Bad input of every kind gets one clear line on standard error, which says what to do, and the
// documented exit code.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "tests/cli/program.h"

namespace espalier {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using Arguments = std::vector<std::string>;

struct BadInput {
  const char* name;
  Arguments arguments;
  int exit_code;
  const char* line;  ///< part of the line
};

void PrintTo(const BadInput& bad, std::ostream* out) { *out << bad.name; }

class BadInputTest : public testing::TestWithParam<BadInput> {
 protected:
  BadInputTest() {
    const TemporaryFolder& folder = world_.folder();
    folder.Write("work/good.py", "def f(x):\n    return x\n");
    folder.Write("work/notes.xyz", "hello\n");
    folder.Write("work/latin1.py", "name = 'caf\xE9'\n");
    folder.Write("work/utf16.py", std::string("\xFF\xFEx\0=\0", 6));
    folder.Write("work/big.py", std::string(10'000'000, 'x'));
    folder.Write("work/garbage.gguf", "this is no model");
    folder.Write("work/cut.gguf", TemporaryFolder::Read(ProgramWorld::TinyModel()).substr(0, 20'000));
    std::filesystem::create_directories(folder.path() / "work/folder.py");
  }

  ProgramWorld world_;
};

TEST_P(BadInputTest, GetsOneClearLine) {
  const BadInput& bad = GetParam();
  const ProgramOutput result = world_.Run(bad.arguments);
  EXPECT_EQ(result.exit_code, bad.exit_code) << result.err;
  EXPECT_EQ(LineCount(result.err), 1u) << result.err;
  EXPECT_THAT(result.err, StartsWith("espalier: "));
  EXPECT_THAT(result.err, HasSubstr(bad.line));
  EXPECT_EQ(result.out, "");
}

TEST_P(BadInputTest, IsJsonWhereThatWasAskedFor) {
  Arguments arguments = GetParam().arguments;
  arguments.insert(arguments.begin() + (arguments[0] == "model" ? 2 : 1), "--json");
  const ProgramOutput result = world_.Run(arguments);
  EXPECT_EQ(result.exit_code, GetParam().exit_code);
  const auto json = nlohmann::json::parse(result.out, nullptr, false);
  ASSERT_TRUE(json.is_object()) << result.out;
  EXPECT_THAT(json["error"]["message"].get<std::string>(), HasSubstr(GetParam().line));
}

const std::vector<BadInput> kBadInputs = {
    {"missing_file", {"complete", "none.py:1:1"}, 3, "there is no file 'none.py'; check the path"},
    {"directory", {"complete", "folder.py:1:1"}, 5, "'folder.py' is a directory; name a file"},
    {"latin1", {"complete", "latin1.py:1:1"}, 4, "'latin1.py' is not UTF-8: byte 0xE9 on line 1; convert it"},
    {"utf16", {"complete", "utf16.py:1:1"}, 4, "is not UTF-8"},
    {"large_file",
     {"complete", "big.py:1:1"},
     4,
     "'big.py' is larger than 4.2 MB; raise complete.max_document_bytes"},
    {"unknown_extension",
     {"complete", "notes.xyz:1:1"},
     2,
     "cannot tell the language of 'notes.xyz'; add --language"},
    {"unknown_language",
     {"complete", "good.py:1:1", "--language", "pyhton"},
     2,
     "unknown language 'pyhton'; did you mean 'python'?"},
    {"line_past_end", {"complete", "good.py:9:1"}, 2, "good.py: line 9 is past the end: the last line is 3"},
    {"column_past_end",
     {"complete", "good.py:1:11"},
     2,
     "column 11 is past the end of line 1, whose last column is 10"},
    {"line_zero", {"complete", "good.py:0:1"}, 2, "is not FILE:LINE:COLUMN"},
    {"no_position", {"complete", "good.py"}, 2, "is not FILE:LINE:COLUMN"},
    {"model_not_installed",
     {"complete", "good.py:2:1"},
     3,
     "'qwen2.5-coder-0.5b' is not installed; run: espalier model pull qwen2.5-coder-0.5b"},
    {"unknown_model",
     {"complete", "good.py:2:1", "--model", "qwen2.5-coder-0.5"},
     3,
     "did you mean 'qwen2.5-coder-0.5b'?"},
    {"missing_model_file",
     {"complete", "good.py:2:1", "--model", "none.gguf"},
     3,
     "there is no model file 'none.gguf'"},
    {"garbage_model", {"complete", "good.py:2:1", "--model", "./garbage.gguf"}, 4, "garbage.gguf"},
    {"truncated_model", {"complete", "good.py:2:1", "--model", "./cut.gguf"}, 4, "cut.gguf"},
    {"bad_number",
     {"complete", "good.py:2:1", "--max-tokens", "many"},
     2,
     "--max-tokens must be a whole number"},
    {"out_of_limits",
     {"complete", "good.py:2:1", "--max-tokens", "0"},
     2,
     "--max-tokens must be from 1 to 4096, not 0"},
    {"bad_choice",
     {"complete", "good.py:2:1", "--backend", "avx215"},
     2,
     "--backend cannot be 'avx215'; did you mean 'avx2'?"},
    {"unknown_flag",
     {"complete", "good.py:2:1", "--max-token", "5"},
     2,
     "unknown flag '--max-token'; did you mean '--max-tokens'?"},
    {"generate_language",
     {"generate", "--lang", "klingon", "x"},
     2,
     "unknown language 'klingon'; it is one of: python"},
    {"solve_language",
     {"solve", "--lang", "klingon", "x"},
     2,
     "unknown language 'klingon'; it is one of: python"},
    {"solve_nothing", {"solve", "   "}, 2, "the problem is empty"},
    {"solve_missing", {"solve", "none.md"}, 3, "there is no file 'none.md'"},
    {"test_no_symbol", {"test", "good.py"}, 2, "'good.py' does not name a function; write FILE::SYMBOL"},
    {"test_missing", {"test", "none.py::f"}, 3, "there is no file 'none.py'"},
    {"test_language", {"test", "good.txt::f"}, 2, "cannot tell the language of 'good.txt'"},
    {"generate_nothing", {"generate", "--lang", "go", "  "}, 2, "the task is empty"},
    {"generate_neither",
     {"generate", "x"},
     2,
     "say what to write: --lang LANGUAGE for code, or --json-schema"},
    {"generate_both",
     {"generate", "--lang", "go", "--json-schema", "any", "x"},
     2,
     "--lang is for code, --json-schema for JSON; leave one of them out"},
    {"schema_and_task_from_input",
     {"generate", "--json-schema", "-", "-"},
     2,
     "cannot both be read from standard input"},
    {"schema_nothing_to_do", {"generate", "--json-schema", "any", " "}, 2, "the task is empty"},
    {"schema_missing", {"generate", "--json-schema", "none.json", "x"}, 3, "there is no file 'none.json'"},
    {"schema_directory", {"generate", "--json-schema", "folder.py", "x"}, 5, "'folder.py' is a directory"},
    {"schema_no_json",
     {"generate", "--json-schema", "good.py", "x"},
     4,
     "the schema is not JSON: see its byte 1"},
    {"schema_cut_off", {"generate", "--json-schema", R"({"type": )", "x"}, 4, "the schema is not JSON"},
    {"schema_not_utf8",
     {"generate", "--json-schema", "{\"const\": \"\xE9\"}", "x"},
     4,
     "the schema is not JSON"},
    {"schema_typing_error",
     {"generate", "--json-schema", R"({"tpye": "object"})", "x"},
     4,
     "schema at #/tpye: there is no such keyword in JSON Schema; did you mean 'type'?"},
    {"schema_wrong_value",
     {"generate", "--json-schema", R"({"items": {"minLength": "3"}})", "x"},
     2,
     "schema at #/items/minLength: it must be a whole number from 0 on"},
    {"schema_unsupported",
     {"generate", "--json-schema", R"({"properties": {"a": {"not": {}}}})", "x"},
     4,
     "schema at #/properties/a/not: this rule is not supported"},
    {"schema_impossible",
     {"generate", "--json-schema", R"({"type": "string", "const": 1})", "x"},
     2,
     "schema at #: no value satisfies it"},
    {"schema_no_model", {"generate", "--json-schema", "any", "x"}, 3, "run: espalier model pull"},
    {"generate_no_model", {"generate", "--lang", "go", "x"}, 3, "run: espalier model pull"},
    {"tokenize_missing", {"tokenize", "none.txt"}, 3, "there is no file 'none.txt'"},
    {"pull_unknown", {"model", "pull", "qwen2.5-coder-05b"}, 3, "did you mean 'qwen2.5-coder-0.5b'?"},
    {"pull_file_missing",
     {"model", "pull", "--file", "none.gguf", "qwen2.5-coder-0.5b"},
     3,
     "cannot read 'none.gguf'"},
    {"pull_file_wrong",
     {"model", "pull", "--file", "garbage.gguf", "qwen2.5-coder-0.5b"},
     4,
     "it has 16 bytes instead of 491400064"},
    {"info_garbage", {"model", "info", "./garbage.gguf"}, 4, "garbage.gguf"},
    {"info_directory", {"model", "info", "./folder.py"}, 3, "config.json"},
};

INSTANTIATE_TEST_SUITE_P(All, BadInputTest, testing::ValuesIn(kBadInputs),
                         [](const auto& input) { return std::string(input.param.name); });

TEST(BadInput, AnUnreadableFile) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read everything";
  const ProgramWorld world;
  const auto file = world.folder().Write("work/secret.py", "x = 1\n");
  std::filesystem::permissions(file, std::filesystem::perms::none);
  const ProgramOutput result = world.Run({"complete", "secret.py:1:1"});
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_THAT(result.err, HasSubstr("cannot read 'secret.py': Permission denied; check its permissions"));
}

TEST(BadInput, AnEmptyFileHasNoAnswerAndSaysWhy) {
  const ProgramWorld world;
  world.folder().Write("work/empty.py", "");
  const ProgramOutput result = world.Run({"complete", "empty.py:1:1"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(LineCount(result.err), 1u) << result.err;
  EXPECT_THAT(result.err, HasSubstr("no completion (empty): the file is empty; write its first line"));
}

TEST(BadInput, AModelFolderWithoutPermission) {
  ProgramWorld world;
  world.folder().Write("file", "");
  world.environment()["ESPALIER_MODELS"] = (world.folder().path() / "file/models").string();
  const ProgramOutput result = world.Run({"model", "pull", "qwen2.5-coder-0.5b"});
  EXPECT_EQ(result.exit_code, 5) << result.err;
  EXPECT_EQ(LineCount(result.err), 1u) << result.err;
  EXPECT_THAT(result.err, HasSubstr("set ESPALIER_MODELS to a folder you may write"));
}

TEST(BadInput, AFullDiskUnderTheOutput) {
  const ProgramWorld world;
  const ProgramOutput result = world.RunShell("\"$espalier\" config > /dev/full");
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_EQ(result.err, "espalier: cannot write the output: No space left on device\n");
}

TEST(BadInput, ABrokenConfiguration) {
  const ProgramWorld world;
  world.folder().Write("work/.espalier.toml", "[complete]\nmax_tokenz = 3\n");
  world.folder().Write("work/good.py", "x = 1\n");
  const ProgramOutput result = world.Run({"complete", "good.py:1:1"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(LineCount(result.err), 1u) << result.err;
  EXPECT_THAT(
      result.err,
      HasSubstr(
          ".espalier.toml:2: unknown setting 'complete.max_tokenz'; did you mean 'complete.max_tokens'?"));
  EXPECT_EQ(world.Run({"version"}).exit_code, 0);
}

}  // namespace
}  // namespace espalier
