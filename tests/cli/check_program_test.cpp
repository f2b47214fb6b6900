// `espalier check`: what it prints, its JSON and its exit codes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cli/program.h"

namespace espalier {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class CheckProgramTest : public testing::Test {
 protected:
  CheckProgramTest() {
    world_.folder().Write("work/good.py", "def f(x):\n    return x\n");
    world_.folder().Write("work/bad.py", "def f(x\n    return x\n");
    world_.folder().Write("work/bad.go", "package p\n\nfunc f() {\n\tx := \"\xE6\x97\xA5\" 5\n}\n");
    world_.folder().Write("work/notes.xyz", "hello\n");
    std::filesystem::create_directories(world_.folder().path() / "work/folder.py");
  }

  ProgramOutput Check(std::vector<std::string> arguments, const std::string& input = "") const {
    arguments.insert(arguments.begin(), "check");
    return world_.Run(arguments, input);
  }
  /// Checks a file of these bytes.
  ProgramOutput CheckText(const std::string& name, const std::string& text) const {
    world_.folder().Write("work/" + name, text);
    return Check({name});
  }

  ProgramWorld world_;
};

TEST_F(CheckProgramTest, WellFormedFilesAreCounted) {
  const ProgramOutput one = Check({"good.py"});
  EXPECT_EQ(one.exit_code, 0) << one.err;
  EXPECT_EQ(one.out, "1 file checked, 0 with errors\n");
  EXPECT_EQ(one.err, "");
}

TEST_F(CheckProgramTest, AnErrorIsShownAsCompilersDo) {
  const ProgramOutput result = Check({"good.py", "bad.py"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.out,
            "bad.py:2:5: error: unexpected `return`; expected `=`, `)`, `,` or `:`\n"
            "      return x\n"
            "      ^\n"
            "2 files checked, 1 with errors\n");
  EXPECT_EQ(result.err, "");
}

TEST_F(CheckProgramTest, ColumnsCountCharacters) {
  const ProgramOutput result = Check({"bad.go"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out,
              AllOf(StartsWith("bad.go:4:11: error: unexpected `5`; expected "), HasSubstr(" more\n"),
                    HasSubstr("\n      x := \"\xE6\x97\xA5\" 5\n               ^\n")));
}

TEST_F(CheckProgramTest, TheJsonAnswerIsOneObject) {
  const ProgramOutput result = Check({"good.py", "bad.py", "bad.go", "--json"});
  EXPECT_EQ(result.exit_code, 1);
  const json answer = json::parse(result.out);
  EXPECT_EQ(answer["ok"], false);
  ASSERT_EQ(answer["files"].size(), 3u);
  const json good = {{"path", "good.py"},     {"language", "python"},     {"ok", true},
                     {"line", nullptr},       {"column", nullptr},        {"byte", nullptr},
                     {"unexpected", nullptr}, {"expected", json::array()}};
  EXPECT_EQ(answer["files"][0], good);
  const json bad = {{"path", "bad.py"},
                    {"language", "python"},
                    {"ok", false},
                    {"line", 2},
                    {"column", 5},
                    {"byte", 12},
                    {"unexpected", "`return`"},
                    {"expected", {"`=`", "`)`", "`,`", "`:`"}}};
  EXPECT_EQ(answer["files"][1], bad);
  EXPECT_EQ(answer["files"][2]["language"], "go");
  EXPECT_EQ(answer["files"][2]["byte"], 34);
  EXPECT_GT(answer["files"][2]["expected"].size(), 12u);
}

TEST_F(CheckProgramTest, StandardInputNeedsALanguage) {
  EXPECT_EQ(Check({"-", "--lang", "py"}, "x = 1\n").exit_code, 0);
  const ProgramOutput bad = Check({"-", "--lang", "java"}, "class A {\n  int x\n}\n");
  EXPECT_EQ(bad.exit_code, 1);
  EXPECT_THAT(bad.out, StartsWith("-:3:1: error: unexpected `}`; expected "));
  const ProgramOutput unknown = Check({"-"}, "x = 1\n");
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("cannot tell the language of '-'; add --language"));
  EXPECT_EQ(Check({"-", "-", "--lang", "py"}).exit_code, 2);
}

TEST_F(CheckProgramTest, ALanguageMayBeNamed) {
  EXPECT_EQ(Check({"notes.xyz", "--lang", "python"}).exit_code, 0);
  EXPECT_EQ(Check({"good.py", "--lang", "go"}).exit_code, 1);
}

struct BadFile {
  std::vector<std::string> arguments;
  int exit_code;
  const char* line;
};

TEST_F(CheckProgramTest, WhatCannotBeCheckedGetsOneLine) {
  const std::vector<BadFile> bad_files = {
      {{"none.py"}, 3, "there is no file 'none.py'; check the path"},
      {{"folder.py"}, 5, "'folder.py' is a directory; name a file"},
      {{"notes.xyz"}, 2, "cannot tell the language of 'notes.xyz'; add --language with one of: python"},
      {{"good.py", "--lang", "pyhton"}, 2, "unknown language 'pyhton'; did you mean 'python'?"},
      {{}, 2, "files is required; see: espalier check --help"},
  };
  for (const BadFile& bad : bad_files) {
    SCOPED_TRACE(bad.line);
    const ProgramOutput result = Check(bad.arguments);
    EXPECT_EQ(result.exit_code, bad.exit_code);
    EXPECT_EQ(LineCount(result.err), 1u) << result.err;
    EXPECT_THAT(result.err, AllOf(StartsWith("espalier: "), HasSubstr(bad.line)));
    EXPECT_EQ(result.out, "");
    std::vector<std::string> with_json = bad.arguments;
    with_json.emplace_back("--json");
    const json answer = json::parse(Check(with_json).out, nullptr, false);
    ASSERT_TRUE(answer.is_object());
    EXPECT_THAT(answer["error"]["message"].get<std::string>(), HasSubstr(bad.line));
  }
}

TEST_F(CheckProgramTest, TheOtherFilesAreCheckedAllTheSame) {
  const ProgramOutput result = Check({"none.py", "bad.py", "notes.xyz"});
  EXPECT_EQ(result.exit_code, 3);  // the first failure's
  EXPECT_EQ(LineCount(result.err), 2u) << result.err;
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("bad.py:2:5: error: "), HasSubstr("1 file checked, 1 with errors\n")));
  const json answer = json::parse(Check({"none.py", "bad.py", "--json"}).out);
  EXPECT_EQ(answer["files"][0]["error"]["code"], "not-found");
  EXPECT_EQ(answer["files"][1]["line"], 2);
  EXPECT_EQ(answer["ok"], false);
}

TEST_F(CheckProgramTest, AnEmptyFileIsWellFormed) {
  for (const char* name : {"e.py", "e.c", "e.java", "e.ts", "e.rs"}) {
    EXPECT_EQ(CheckText(name, "").exit_code, 0) << name;
  }
}

TEST_F(CheckProgramTest, AFileThatEndsTooEarly) {
  const ProgramOutput result = CheckText("early.c", "int x;\n/* never closed\n");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.out,
            "early.c:3:1: error: unexpected end of file; expected `*/`\n1 file checked, 1 with errors\n");
}

TEST_F(CheckProgramTest, BytesThatAreNotUtf8AreNamedWhereTheyAreErrors) {
  const ProgramOutput result = CheckText("latin1.py", "x = caf\xE9\n");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out,
              StartsWith("latin1.py:1:8: error: unexpected byte 0xE9, which is not UTF-8; expected "));
  EXPECT_THAT(result.out, HasSubstr("\n  x = caf\xEF\xBF\xBD\n      ~~~^\n"));
  EXPECT_EQ(CheckText("comment.py", "x = 1  # caf\xE9\n").exit_code, 0);
  const ProgramOutput binary = CheckText("binary.c", std::string("\x7F\x45LF\0\1\2\3", 8));
  EXPECT_EQ(binary.exit_code, 1);
  EXPECT_THAT(binary.out, StartsWith("binary.c:1:1: error: unexpected character U+007F; expected "));
}

TEST_F(CheckProgramTest, ALargeFileAndALongLine) {
  std::string text;
  while (text.size() < 10'000'000) text += "values[index] = function(argument, 42) + \"text\"  # why\n";
  EXPECT_EQ(CheckText("large.py", text).exit_code, 0);
  const ProgramOutput large = CheckText("large.py", text + "x = = 1\n");
  EXPECT_EQ(large.exit_code, 1);
  EXPECT_THAT(large.out, HasSubstr("\n  x = = 1\n      ^\n"));

  const ProgramOutput line = CheckText("line.c", "int " + std::string(10'000'000, 'x') + " 5;\n");
  EXPECT_EQ(line.exit_code, 1);
  EXPECT_THAT(line.out,
              AllOf(StartsWith("line.c:1:10000006: error: unexpected `5`; "), HasSubstr("xxx 5;\n")));
  EXPECT_LT(line.out.size(), 1000u);
}

TEST_F(CheckProgramTest, NothingInAFileReachesTheTerminalUnseen) {
  const ProgramOutput result = CheckText("escape.c", "int a \x1B[31m;\n");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("unexpected character U+001B"), HasSubstr("int a \xEF\xBF\xBD[31m;")));
  EXPECT_EQ(result.out.find('\x1B'), std::string::npos);
}

TEST_F(CheckProgramTest, TheHelpSaysWhatTheGrammarDoesNotKnow) {
  EXPECT_THAT(Check({"--help"}).out, AllOf(HasSubstr("Examples:"), HasSubstr("knows no preprocessor"),
                                           HasSubstr("tree-sitter"), EndsWith("\n")));
}

}  // namespace
}  // namespace espalier
