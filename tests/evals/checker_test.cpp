// Programs that try to pass without being right, and programs that fail in every way: what the checker says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "evals/suites/embedded.h"
#include "tests/evals/checker_kit.h"

namespace espalier {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLong{60'000};  // no slow machine shall meet it

class Checker : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string reason = ReasonNotToCheck(); !reason.empty()) GTEST_SKIP() << reason;
    auto suite = LoadSuite("humaneval", OwnTasks());
    ASSERT_TRUE(suite) << suite.error().message;
    suite_ = std::move(*suite);
    checker_ = std::move(*ProgramChecker::For(Language::kPython));
  }

  /// What becomes of `answer` to double_all.
  CheckResult Check(const std::string& answer, milliseconds limit = kLong, size_t task = 0) {
    const SuiteTask& of = suite_.tasks[task];
    const auto result = checker_->Check(of, ProgramOf(of, answer), limit, {});
    EXPECT_TRUE(result) << result.error().message;
    return result ? *result : CheckResult{ErrorClass::kCompile, "", {}};
  }
  /// The name of the class, for readable failures.
  std::string Outcome(const std::string& answer, milliseconds limit = kLong) {
    return std::string(ErrorClassName(Check(answer, limit).error));
  }

  Suite suite_;
  std::unique_ptr<ProgramChecker> checker_;
};

constexpr const char* kRight = "def double_all(numbers):\n    return [2 * n for n in numbers]\n";
constexpr const char* kWrong = "def double_all(numbers):\n    return numbers\n";

TEST_F(Checker, OwnReferencesPass) {
  for (const SuiteTask& task : suite_.tasks) {
    const auto result = checker_->Check(task, task.reference, kLong, {});
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_TRUE(result->passed()) << task.id << ": " << result->detail;
  }
}

TEST_F(Checker, ABodyAloneIsAnAnswer) {
  EXPECT_TRUE(Check("    return [2 * n for n in numbers]\n").passed());
}

TEST_F(Checker, ExamplesBehindTheFunctionDoNotCount) {
  EXPECT_TRUE(Check(std::string(kRight) +
                    "assert double_all([1]) == [3]\nprint(double_all(1))\n"
                    "shown = double_all(None)\nif __name__ == '__main__':\n    exit(1)\n")
                  .passed());
}

struct Program {
  const char* name;
  const char* outcome;
  std::string text;
  milliseconds limit = kLong;
};

TEST_F(Checker, TellsErrorsApart) {
  const std::string head = "def double_all(numbers):\n    ";
  const std::vector<Program> programs = {
      {"right", "passed", kRight},
      {"wrong", "wrong", kWrong},
      {"value of another kind", "wrong", head + "return None\n"},
      {"does not parse", "syntax", "def double_all(numbers):\n    return [2 * n for n in numbers\n"},
      {"null bytes", "syntax", std::string("def double_all(numbers):\n    return '\0'\n", 40)},
      {"no function", "runtime", std::string(kRight) + "del double_all\n"},
      {"another function", "wrong", "def double_al(numbers):\n    pass\n"},
      {"raises", "runtime", head + "return numbers[1000]\n"},
      {"raises AssertionError", "runtime", head + "assert False\n"},
      {"recursion", "runtime", head + "return double_all(numbers)\n"},
      {"fails at once", "runtime", "import no_such_module\n" + std::string(kRight)},
      {"reads input", "runtime", head + "return input()\n"},
      {"crashes", "runtime", head + "import ctypes; ctypes.string_at(0)\n"},
      {"endless loop", "timeout", head + "while True: pass\n", milliseconds(2000)},
      {"sleeps", "timeout", head + "import time; time.sleep(3600)\n", milliseconds(2000)},
      {"stops its tester", "timeout", head + "import os; os.kill(os.getppid(), 19); return []\n",
       milliseconds(2000)},
      {"memory", "memory", head + "x = []\n    while True: x.append(bytearray(1 << 22))\n"},
      {"output", "output", head + "while True: print('x' * 65536)\n"},
  };
  for (const Program& program : programs) {
    EXPECT_EQ(Outcome(program.text, program.limit), program.outcome) << program.name;
  }
}

// Nothing of what a program can do makes it pass but the right values.
TEST_F(Checker, CheatsAreCaught) {
  const std::string head = "def double_all(numbers):\n    ";
  const std::vector<Program> cheats = {
      {"exit(0)", "runtime", head + "exit(0)\n"},
      {"os._exit(0)", "runtime", head + "import os; os._exit(0)\n"},
      {"exit at once", "runtime", "import os\nx = os._exit(0)\n" + std::string(kWrong)},
      {"exit with success printed", "runtime",
       head + "import os, sys; print('pass'); print('x pass \"\"'); sys.stdout.flush(); os._exit(0)\n"},
      {"prints a verdict", "wrong", head + "print('0' * 32, 'pass \"\"'); return []\n"},
      {"catches everything", "wrong", head + "try: return numbers\n    except BaseException: pass\n"},
      {"atexit", "wrong", "import atexit, os\natexit.register(os._exit, 0)\n" + std::string(kWrong)},
      {"equals everything", "wrong",
       "class Same(list):\n    def __eq__(self, other): return True\n    def __ne__(self, other): return "
       "False\n" +
           head + "return Same([7])\n"},
      {"equal object", "wrong",
       "class Same:\n    def __eq__(self, other): return True\n" + head + "return Same()\n"},
      {"redefines builtins", "runtime",
       "import builtins\nbuiltins.AssertionError = SystemExit\nbuiltins.list = dict\nx = setattr(builtins, "
       "'len', lambda "
       "x: 0)\ndef check(candidate): pass\n" +
           std::string(kWrong)},
      {"replaces what it was loaded by", "wrong",
       "import sys\nx = sys.modules['__main__'].__dict__.update(encode=lambda *a: True)\n" +
           std::string(kWrong)},
      {"looks for the tester's memory", "wrong",
       head + "import os\n    for name in ('mem', 'environ', 'fd/0', 'fd/1', 'maps'):\n        try:\n        "
              "    "
              "open(f'/proc/{os.getppid()}/{name}', 'rb').read(1)\n            return [2 * n for n in "
              "numbers]\n        "
              "except OSError: pass\n    return []\n"},
      {"looks for the tests on disk", "wrong",
       head +
           "import os\n    for folder, _, files in os.walk('.'):\n        for file in files:\n            if "
           "'[2, 4, -6]' in open(os.path.join(folder, file)).read(): return [2 * n for n in numbers]\n    "
           "return []\n"},
      {"looks for the tests in commands", "wrong",
       head + "import glob\n    for file in glob.glob('/proc/*/cmdline'):\n        if '[2, 4, -6]' in "
              "open(file).read(): "
              "return [2 * n for n in numbers]\n    return []\n"},
      {"writes into every descriptor", "wrong",
       head + "import os\n    for fd in range(256):\n        try: os.write(fd, b'{\"value\": true}\\n')\n    "
              "    except "
              "OSError: pass\n    os._exit(0)\n"},
      {"kills its tester", "runtime", head + "import os; os.kill(os.getppid(), 9)\n"},
      {"plants a module", "wrong",
       "import os\nx = [open(f + '.py', 'w').write('import os; os._exit(0)') for f in ('random', 'ast', "
       "'math')]\n" +
           std::string(kWrong)},
  };
  for (const Program& cheat : cheats) {
    const CheckResult result = Check(cheat.text);
    EXPECT_FALSE(result.passed()) << cheat.name;
    EXPECT_EQ(std::string(ErrorClassName(result.error)), cheat.outcome)
        << cheat.name << ": " << result.detail;
  }
}

TEST_F(Checker, AWrongReferenceIsSeen) {
  for (size_t i = 0; i < suite_.tasks.size(); ++i) {
    const std::string wrong = "def " + suite_.tasks[i].entry + "(*anything):\n    return 'wrong'\n";
    EXPECT_EQ(Check(wrong, kLong, i).error, ErrorClass::kWrong) << suite_.tasks[i].id;
  }
}

TEST_F(Checker, TestsThatDoNotParseAreNoVerdict) {
  SuiteTask task = suite_.tasks[0];
  task.tests = "def check(candidate:\n";
  const auto result = checker_->Check(task, kRight, kLong, {});
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, testing::HasSubstr("Small/0 cannot be tested"));
}

SuiteTask TaskWith(const std::string& entry, const std::string& reference, const std::string& tests) {
  SuiteTask task;
  task.entry = entry;
  task.reference = reference;
  task.tests = tests;
  return task;
}

// MBPP has such a function.
TEST_F(Checker, AFunctionMayBeCalledCheck) {
  const SuiteTask task = TaskWith("check", "def check(n):\n    return n > 3\n",
                                  "def check(candidate):\n    assert candidate(4) and not candidate(3)\n");
  EXPECT_TRUE(checker_->Check(task, task.reference, kLong, {})->passed());
  EXPECT_EQ(checker_->Check(task, "def check(n):\n    return True\n", kLong, {})->error, ErrorClass::kWrong);
}

// Else a program that says 0 would be right wherever the reference asks itself.
TEST_F(Checker, TheReferenceCallsItselfAndNotTheProgram) {
  const SuiteTask task = TaskWith("double", "def double(n):\n    return 0 if n == 0 else 2 + double(n - 1)\n",
                                  "def check(candidate):\n    assert candidate(5) == reference(5)\n");
  EXPECT_TRUE(checker_->Check(task, "def double(n):\n    return 2 * n\n", kLong, {})->passed());
  EXPECT_EQ(checker_->Check(task, "def double(n):\n    return 2\n", kLong, {})->error, ErrorClass::kWrong);
}

// JSON has neither tuples nor sets nor complex numbers; the assertions beside it show what was meant.
TEST_F(Checker, InputsHaveTheTypesOfTheAssertions) {
  SuiteTask task = TaskWith(
      "kinds", "def kinds(*values):\n    return [type(value).__name__ for value in values]\n", PlusTests());
  task.row = R"({"task_id": "Mbpp/0", "entry_point": "kinds", "atol": 0,
                 "assertion": "assert kinds([(1, 2)], {1}, 2j, {'a': (1,)}, 'x') == 0",
                 "base_input": [[[[3, 4], [5, 6]], [7], "1+1j", {"b": [2]}, "y"]], "plus_input": []})";
  const std::string right =
      "def kinds(pairs, some, number, table, text):\n"
      "    assert pairs == [(3, 4), (5, 6)] and some == {7} and number == 1 + 1j\n"
      "    assert table == {'b': (2,)} and text == 'y'\n"
      "    return ['list', 'set', 'complex', 'dict', 'str']\n";
  const auto result = checker_->Check(task, right, kLong, {});
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->passed()) << result->detail;
}

}  // namespace
}  // namespace espalier
