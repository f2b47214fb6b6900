#include "cli/fence.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace espalier {
namespace {

struct Case {
  const char* name;
  const char* answer;
  const char* code;
};

const std::vector<Case> kCases = {
    {"plain", "```python\nx = 1\ny = 2\n```\n", "x = 1\ny = 2\n"},
    {"prose around", "Here it is:\n\n```cpp\nint x;\n```\nIt declares x.\n", "int x;\n"},
    {"only the first block", "```\na\n```\ntext\n```\nb\n```\n", "a\n"},
    {"no closing fence", "```go\nfunc f() {}\n", "func f() {}\n"},
    {"cut off in a line", "```go\nfunc f(", "func f("},
    {"no fence at all", "int x;\nint y;", "int x;\nint y;"},
    {"fence inside a line", "```js\nconst s = '```';\nf()\n```\n", "const s = '```';\nf()\n"},
    {"backticks at a line start", "```js\n`a${b}`\n``\n```", "`a${b}`\n``\n"},
    {"empty block", "```py\n```\n", ""},
    {"nothing", "", ""},
};

TEST(FenceFilter, GivesTheSameCodeForEveryWayOfCutting) {
  for (const Case& test : kCases) {
    const std::string answer = test.answer;
    for (size_t size = 1; size <= answer.size() + 1; ++size) {
      FenceFilter filter;
      std::string code;
      for (size_t at = 0; at < answer.size(); at += size) code += filter.Push(answer.substr(at, size));
      code += filter.Finish();
      EXPECT_EQ(code, test.code) << test.name << ", pieces of " << size;
    }
  }
}

TEST(FenceFilter, SaysWhenTheBlockIsClosed) {
  FenceFilter filter;
  filter.Push("```c\nint x;\n``");
  EXPECT_FALSE(filter.done());
  filter.Push("`");
  EXPECT_TRUE(filter.done());
  EXPECT_EQ(filter.Push("\nmore\n"), "");
}

TEST(FenceFilter, HoldsNothingBackThatIsCertain) {
  FenceFilter filter;
  filter.Push("```c\n");
  EXPECT_EQ(filter.Push("int "), "int ");
  EXPECT_EQ(filter.Push("x;\n`"), "x;\n");
  EXPECT_EQ(filter.Push("y"), "`y");
}

}  // namespace
}  // namespace espalier
