// One program after the other in forks of one resident Python: what one does must not reach the next, and
// each ends as it would alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "testgen/program.h"
#include "testgen/resident_pool.h"
#include "tests/sandbox/sandbox_kit.h"

namespace espalier {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

class ForkServerTest : public testing::Test {
 protected:
  void SetUp() override {
    const std::string reason = ReasonToSkip({"", false, SandboxIsolation::kNamespaces});
    if (!reason.empty()) GTEST_SKIP() << reason;
    WorkshopOptions options;
    options.residents = 1;  // so that each program meets what the one before left
    workshop_ = std::make_unique<Workshop>(options);
    if (const Status there = workshop_->Check(Language::kPython); !there)
      GTEST_SKIP() << there.error().message;
  }

  ProgramOutcome Run(const std::string& text, ProgramRun run = {}) {
    if (run.limits.wall == ProgramLimits().wall) run.limits.wall = run.limits.cpu = std::chrono::minutes(1);
    const auto build = workshop_->Build({Language::kPython, {{"main.py", text}}, {}});
    auto outcome = workshop_->Run(**build, run);
    if (!outcome) ADD_FAILURE() << outcome.error().message;
    return outcome ? *outcome : ProgramOutcome();
  }

  /// A program that ends well, in a fork, and writes `out`.
  void ExpectWarm(const std::string& text, const std::string& out) {
    const ProgramOutcome outcome = Run(text);
    EXPECT_EQ(VerdictName(outcome.result.verdict), "OK") << outcome.result.err << outcome.result.failure;
    EXPECT_TRUE(outcome.warm);
    EXPECT_EQ(outcome.result.out, out);
  }

  /// Whatever came before: processes, files and the interpreter are as new.
  void ExpectAllClean() {
    ExpectWarm(
        "import builtins, json, os, sys, glob\n"
        "print(sorted(os.listdir('.')), sorted(os.listdir('/tmp')), os.listdir('/dev/shm'), os.getcwd())\n"
        "print(len([p for p in os.listdir('/proc') if p.isdigit()]), hasattr(builtins, 'left'), 'left' in "
        "globals())\n"
        "print(json.loads('[1]'), os.environ.get('LEFT'), sys.argv, os.umask(0), "
        "sorted(os.listdir('/proc/self/fd')))\n",
        "['main.py'] ['work'] [] /tmp/work\n3 False False\n[1] None ['main.py'] 18 ['0', '1', '2', '3']\n");
  }

  std::unique_ptr<Workshop> workshop_;
};

TEST_F(ForkServerTest, StateOfTheInterpreterIsNotShared) {
  ExpectWarm(
      "import builtins, json, os, sys, signal\nleft = builtins.left = 1\nbuiltins.print = None\njson.loads = "
      "None\n"
      "os.environ['LEFT'] = '1'\nos.umask(0o777)\nsys.setrecursionlimit(50)\n"
      "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nsys.path.insert(0, '/nowhere')\nos.write(1, b'done')\n",
      "done");
  ExpectAllClean();
  ExpectWarm("import sys\nprint(sys.getrecursionlimit(), sys.path[0])\n", "1000 /tmp/work\n");
}

TEST_F(ForkServerTest, FilesAreNotShared) {
  ExpectWarm(
      "import os\nfor p in ['a', '/tmp/b', '/dev/shm/c']: open(p, 'w').write('x')\n"
      "os.makedirs('d/e/f')\nopen('d/e/g', 'w')\nos.symlink('/usr', '/tmp/work/link')\nos.mkfifo('pipe')\n"
      "os.chmod('d/e', 0)\nos.chmod('/tmp/work', 0)\nprint('done')\n",
      "done\n");
  ExpectAllClean();
  ExpectWarm(
      "import os\nos.rename('/tmp/work', '/tmp/other')\nos.symlink('/usr', '/tmp/work')\nos.chmod('/tmp', "
      "0)\n"
      "print('done')\n",
      "done\n");
  ExpectAllClean();
}

TEST_F(ForkServerTest, FoldersTooDeepToRemoveEndTheServerOnly) {
  ExpectWarm("import os\nfor i in range(300):\n  os.mkdir('d')\n  os.chdir('d')\nprint('done')\n", "done\n");
  EXPECT_EQ(Run("print('next')\n").result.out, "next\n");
  ExpectAllClean();
}

TEST_F(ForkServerTest, ProcessesDoNotSurvive) {
  ExpectWarm(
      "import os, time, sys\nprint('done', flush=True)\n"
      "for i in range(5):\n  if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0: time.sleep(1000)\n  "
      "  os._exit(0)\n",
      "done\n");
  ExpectAllClean();
}

TEST_F(ForkServerTest, AForkBombIsContained) {
  ProgramRun run;
  run.limits.wall = milliseconds(1500);
  const ProgramOutcome outcome =
      Run("import os\nwhile True:\n  try: os.fork()\n  except OSError: pass\n", run);
  EXPECT_THAT(std::string(VerdictName(outcome.result.verdict)), testing::AnyOf("TO", "RE", "ML"))
      << outcome.result.err;
  ExpectAllClean();
}

TEST_F(ForkServerTest, TheServerCannotBeReadOrWritten) {
  ExpectWarm(
      "import os\nothers = [p for p in os.listdir('/proc') if p.isdigit() and int(p) not in (1, "
      "os.getpid())]\n"
      "print(len(others))\n"
      "for p in others:\n  for name in ('mem', 'fd/3', 'environ', 'maps'):\n"
      "    try: open(f'/proc/{p}/{name}', 'r+b' if name == 'mem' else 'rb').read(1); print('read', name)\n"
      "    except PermissionError: pass\n",
      "1\n");
}

TEST_F(ForkServerTest, AProgramThatKillsTheServerIsRunAlone) {
  for (const char* all :
       {"[int(p) for p in os.listdir('/proc') if p.isdigit() and int(p) not in (1, os.getpid())]", "[-1]"}) {
    const ProgramOutcome outcome = Run(std::string("import os, time, signal\nfor p in ") + all +
                                       ": os.kill(p, signal.SIGKILL)\ntime.sleep(0.2)\nprint('alive')\n");
    EXPECT_FALSE(outcome.warm);
    EXPECT_EQ(outcome.result.out, all[1] == '-' ? outcome.result.out : "alive\n") << outcome.result.err;
    ExpectAllClean();
  }
}

TEST_F(ForkServerTest, ACancelledProgramLeavesAWorkingServerPool) {
  const auto build = workshop_->Build({Language::kPython, {{"main.py", "while True: pass\n"}}, {}});
  CancelSource source(Clock::now() + milliseconds(300));
  const auto outcome = workshop_->Run(**build, {}, source.token());
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::kDeadlineExceeded);
  ExpectAllClean();
}

TEST_F(ForkServerTest, FilesComeBack) {
  ProgramRun run;
  run.files = {{"data/in.txt", "given"}};
  run.collect = {"out/", "missing"};
  const ProgramOutcome outcome = Run(
      "import os\nos.makedirs('out/x')\nopen('out/x/y', 'w').write(open('data/in.txt').read() + '!')\n", run);
  ASSERT_EQ(outcome.result.files.size(), 1U);
  EXPECT_EQ(outcome.result.files[0].path, "out/x/y");
  EXPECT_EQ(outcome.result.files[0].content, "given!");
}

TEST_F(ForkServerTest, RandomNumbersDiffer) {
  const std::string text = "import random\nprint(random.random())\n";
  EXPECT_NE(Run(text).result.out, Run(text).result.out);
}

TEST_F(ForkServerTest, AThousandProgramsInARow) {
  const std::string count =
      "import os, resource\nprint(len(os.listdir('/proc/self/fd')), len(os.listdir('/proc')))\n";
  const std::string first = Run(count).result.out;
  auto descriptors = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                         std::filesystem::directory_iterator());
  };
  const auto before = descriptors();
  const auto build = workshop_->Build(
      {Language::kPython, {{"main.py", "open('f', 'w').write('x' * 100000)\nprint(input())\n"}}, {}});
  for (int i = 0; i < 1000; ++i) {
    const auto outcome = workshop_->Run(**build, {.input = std::to_string(i)});
    ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
    ASSERT_TRUE(outcome->warm) << i;
    ASSERT_EQ(outcome->result.out, std::to_string(i) + "\n") << outcome->result.err;
  }
  EXPECT_EQ(descriptors(), before);
  EXPECT_EQ(Run(count).result.out, first);
}

TEST(ForkServerUserTest, APlainUserHasOneToo) {
  const std::string reason = ReasonToSkip({"", true, SandboxIsolation::kNamespaces});
  if (!reason.empty()) GTEST_SKIP() << reason;
  AsNobody([] {
    Workshop workshop({});
    const auto build = workshop.Build({Language::kPython, {{"main.py", "print(input())\n"}}, {}});
    ASSERT_TRUE(build.has_value()) << build.error().message;
    for (const char* word : {"one", "two"}) {
      const auto outcome = workshop.Run(**build, {.input = word});
      ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
      EXPECT_TRUE(outcome->warm);
      EXPECT_EQ(outcome->result.out, std::string(word) + "\n");
    }
  });
}

struct Ending {
  const char* name;
  const char* verdict;
  const char* text;
};

/// Everything that a program can tell about how it went is as in a sandbox of its own.
class EndingTest : public ForkServerTest, public testing::WithParamInterface<Ending> {};

TEST_P(EndingTest, IsTheSameAlone) {
  ProgramRun run;
  run.input = "one\ntwo\n";
  run.arguments = {"a b", ""};
  run.limits.wall = milliseconds(4000);
  run.limits.cpu = milliseconds(1500);
  run.limits.memory_bytes = uint64_t{200} << 20;
  run.limits.output_bytes = 10'000;
  const ProgramOutcome warm = Run(GetParam().text, run);
  run.fresh = true;
  const ProgramOutcome cold = Run(GetParam().text, run);
  EXPECT_TRUE(warm.warm);
  EXPECT_FALSE(cold.warm);
  EXPECT_EQ(VerdictName(warm.result.verdict), GetParam().verdict) << warm.result.err;
  EXPECT_EQ(VerdictName(cold.result.verdict), GetParam().verdict) << cold.result.err;
  EXPECT_EQ(warm.result.out, cold.result.out);
  EXPECT_EQ(warm.result.err, cold.result.err);
  EXPECT_EQ(warm.result.exit_status, cold.result.exit_status);
  EXPECT_EQ(warm.result.signal, cold.result.signal);
  EXPECT_EQ(warm.result.truncated, cold.result.truncated);
  EXPECT_EQ(warm.diagnostics, cold.diagnostics);
  ExpectAllClean();
}

constexpr Ending kEndings[] = {
    {"Plain", "OK",
     "import sys\nprint(input(), sys.argv, __name__, __file__, sys.path[0], len(sys.stdin.read()))\n"},
    {"Exception", "RE",
     "def f():\n  return {}['x']\ntry:\n  f()\nexcept KeyError as e:\n  raise ValueError('no') from e\n"},
    {"SyntaxError", "CE", "x = (\n"},
    {"OtherEncoding", "OK", "# -*- coding: latin-1 -*-\nprint(ascii('\xe9'))\n"},
    {"ExitStatus", "RE", "import sys\nprint('x')\nsys.exit(7)\n"},
    {"ExitText", "RE", "raise SystemExit('some words')\n"},
    {"ExitNone", "OK", "import sys\nsys.exit()\n"},
    {"HardExit", "RE", "import os\nprint('lost')\nos._exit(3)\n"},
    {"Segfault", "SG", "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n"},
    {"Abort", "SG", "import os\nos.abort()\n"},
    {"AtTheEnd", "OK",
     "import atexit, threading, time\natexit.register(print, 'atexit')\n"
     "class A:\n  def __del__(self): print('del')\na = A()\n"
     "threading.Thread(target=lambda: (time.sleep(0.1), print('thread'))).start()\nprint('main')\n"},
    {"ClosedOutput", "OK", "import sys\nprint('x')\nsys.stdout.close()\n"},
    {"OwnHook", "RE", "import sys\nsys.excepthook = lambda *a: print('hook', a[0].__name__)\n1 / 0\n"},
    {"Dataclass", "OK",
     "import dataclasses, pickle, inspect\n@dataclasses.dataclass\nclass P:\n  x: int\n"
     "print(pickle.loads(pickle.dumps(P(1))), inspect.getsource(P))\n"},
    {"Subprocess", "OK",
     "import subprocess\nprint(subprocess.run(['echo', 'hi'], capture_output=True, text=True).stdout)\n"},
    {"Multiprocessing", "OK",
     "import multiprocessing as m\ndef f(x): return x * x\nif __name__ == '__main__':\n"
     "  with m.Pool(2) as p: print(p.map(f, [1, 2, 3]))\n"},
    {"EndlessOutput", "OL", "while True: print('y' * 1000)\n"},
    {"MemoryHog", "ML", "x = []\nwhile True: x.append(bytearray(1 << 20))\n"},
    {"Sleep", "TO", "import time\ntime.sleep(1000)\n"},
    {"Loop", "TO", "while True: pass\n"},
    {"IgnoresSignals", "TO",
     "import signal\nfor s in (2, 15, 24): signal.signal(s, signal.SIG_IGN)\nwhile True: pass\n"},
};

INSTANTIATE_TEST_SUITE_P(Endings, EndingTest, testing::ValuesIn(kEndings),
                         [](const testing::TestParamInfo<Ending>& one) { return one.param.name; });

}  // namespace
}  // namespace espalier
