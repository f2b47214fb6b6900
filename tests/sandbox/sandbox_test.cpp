// What an honest program gets, what callers get told, and that a run leaves nothing behind.
#include "testgen/sandbox.h"

#include <dirent.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "tests/sandbox/sandbox_kit.h"
#include "tests/support/temporary_folder.h"

namespace espalier {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class SandboxTest : public testing::Test {
 protected:
  void SetUp() override {
    const std::string reason = ReasonToSkip({"", false, SandboxIsolation::kNamespaces});
    if (!reason.empty()) GTEST_SKIP() << reason;
  }
};

SandboxOutcome MustRun(const SandboxPolicy& policy, const SandboxRun& run) {
  const auto outcome = RunInSandbox(policy, run);
  EXPECT_TRUE(outcome.has_value()) << outcome.error().message;
  return outcome.value_or(SandboxOutcome{});
}

/// Entries of a folder of /proc or /sys, to see what comes and goes.
size_t CountEntries(const fs::path& folder) {
  std::error_code ignored;
  size_t count = 0;
  for (fs::directory_iterator entry(folder, ignored), end; entry != end; entry.increment(ignored)) ++count;
  return count;
}

TEST_F(SandboxTest, AProgramGetsInputFilesAndEnvironment) {
  SandboxRun run = Shell("cat; cat data/a.txt; ./tool; echo $NAME $HOME $TMPDIR; pwd; echo problem >&2");
  run.input = "input\n";
  run.files = {{"data/a.txt", "a file\n"}, {"tool", "#!/bin/sh\necho a tool\n", true}};
  run.environment = {"NAME=value", "HOME=/elsewhere"};
  const SandboxOutcome outcome = MustRun(QuickPolicy(), run);
  EXPECT_EQ(VerdictName(outcome.verdict), "OK") << outcome.err;
  EXPECT_EQ(outcome.out, "input\na file\na tool\nvalue /elsewhere /tmp\n/tmp/work\n");
  EXPECT_EQ(outcome.err, "problem\n");
  EXPECT_FALSE(outcome.truncated);
  EXPECT_GT(outcome.wall.count(), 0);
  EXPECT_GT(outcome.peak_memory_bytes, 100'000u);
  EXPECT_THAT(outcome.mechanisms, AllOf(Contains("namespaces"), Contains("seccomp"), Contains("rlimits")));
}

TEST_F(SandboxTest, InputAndOutputMayBeLarge) {
  SandboxPolicy policy = QuickPolicy();
  policy.output_bytes = 8 << 20;
  SandboxRun run = Shell("cat; head -c 3000000 /dev/zero >&2");
  for (int i = 0; i < 400'000; ++i) run.input += "0123456789";
  const SandboxOutcome outcome = MustRun(policy, run);
  EXPECT_EQ(VerdictName(outcome.verdict), "OK");
  EXPECT_EQ(outcome.out, run.input);
  EXPECT_EQ(outcome.err.size(), 3'000'000u);
}

TEST_F(SandboxTest, OutputOfExactlyTheLimitIsWhole) {
  SandboxPolicy policy = QuickPolicy();
  policy.output_bytes = 1000;
  EXPECT_EQ(VerdictName(MustRun(policy, Shell("head -c 1000 /dev/zero")).verdict), "OK");
  const SandboxOutcome more = MustRun(policy, Shell("head -c 1001 /dev/zero"));
  EXPECT_EQ(VerdictName(more.verdict), "OL");
  EXPECT_EQ(more.out.size(), 1000u);
}

TEST_F(SandboxTest, FilesComeBackAndTheCompilerWorks) {
  SandboxRun run;
  run.arguments = {"./program"};
  run.files = {
      {"program", CompileC("#include <stdio.h>\nint main(void) { puts(\"compiled\"); return 4; }\n"), true}};
  const SandboxOutcome outcome = MustRun(QuickPolicy(), run);
  EXPECT_EQ(VerdictName(outcome.verdict), "RE");
  EXPECT_EQ(outcome.exit_status, 4);
  EXPECT_EQ(outcome.out, "compiled\n");
}

TEST_F(SandboxTest, CollectedFilesFitIntoTheLimit) {
  SandboxPolicy policy = QuickPolicy();
  policy.work_bytes = 1 << 20;
  SandboxRun run = Shell("truncate -s 900K a; truncate -s 200K b; truncate -s 100K c; mkdir d; echo x > d/e");
  run.collect = {"a", "b", "c", "d/e"};
  std::vector<std::string> names;
  for (const SandboxFile& file : MustRun(policy, run).files) names.push_back(file.path);
  EXPECT_THAT(names, ElementsAre("a", "c", "d/e"));
}

TEST_F(SandboxTest, AProgramThatIsNotThereIsTheSandboxesFailure) {
  SandboxRun run;
  run.arguments = {"no-such-program"};
  const SandboxOutcome outcome = MustRun(QuickPolicy(), run);
  EXPECT_EQ(VerdictName(outcome.verdict), "XX");
  EXPECT_THAT(outcome.failure, AllOf(HasSubstr("'no-such-program'"), HasSubstr("No such file")));
}

TEST_F(SandboxTest, FilesThatDoNotFitAreTheSandboxesFailure) {
  SandboxPolicy policy = QuickPolicy();
  policy.work_bytes = 1 << 16;
  SandboxRun run = Shell("true");
  run.files = {{"large", std::string(1 << 20, 'x')}};
  const SandboxOutcome outcome = MustRun(policy, run);
  EXPECT_EQ(VerdictName(outcome.verdict), "XX");
  EXPECT_THAT(outcome.failure, HasSubstr("large"));
}

TEST_F(SandboxTest, ToolchainsAndBindsAreSeenReadOnly) {
  const TemporaryFolder folder;
  folder.Write("tools/bin/greet", "#!/bin/sh\necho hello\n");
  folder.Write("data/words.txt", "some words\n");
  folder.Write("hidden/file", "not this\n");
  fs::permissions(folder.path() / "tools/bin/greet", fs::perms(0755));
  SandboxPolicy policy = QuickPolicy();
  policy.toolchains = {folder.path() / "tools"};
  policy.binds = {{folder.path() / "data", "/data"}};
  const SandboxOutcome outcome =
      MustRun(policy, Shell("greet; cat /data/words.txt; touch /data/new || echo read-only; cat " +
                            (folder.path() / "hidden/file").string() + " || echo hidden"));
  if (geteuid() == 0) {
    EXPECT_EQ(outcome.out, "hello\nsome words\nread-only\nhidden\n") << outcome.err;
  }
  EXPECT_FALSE(fs::exists(folder.path() / "data/new"));
}

struct BadRequest {
  const char* message;
  ErrorCode code;
  std::function<void(SandboxPolicy&, SandboxRun&)> spoil;
};

TEST_F(SandboxTest, BadRequestsGetOneSentence) {
  const char* home = getenv("HOME");
  const std::vector<BadRequest> cases = {
      {"name a program", ErrorCode::kInvalidArgument, [](auto&, auto& run) { run.arguments.clear(); }},
      {"'../x'", ErrorCode::kInvalidArgument,
       [](auto&, auto& run) {
         run.files = {{"../x", ""}};
       }},
      {"'a/../../x'", ErrorCode::kInvalidArgument,
       [](auto&, auto& run) {
         run.files = {{"a/../../x", ""}};
       }},
      {"'/etc/x'", ErrorCode::kInvalidArgument,
       [](auto&, auto& run) {
         run.files = {{"/etc/x", ""}};
       }},
      {"''", ErrorCode::kInvalidArgument, [](auto&, auto& run) { run.collect = {""}; }},
      {"more than 0", ErrorCode::kInvalidArgument, [](auto& policy, auto&) { policy.memory_bytes = 0; }},
      {"more than 0", ErrorCode::kInvalidArgument,
       [](auto& policy, auto&) { policy.wall = std::chrono::milliseconds(0); }},
      {"'/'", ErrorCode::kInvalidArgument, [](auto& policy, auto&) { policy.toolchains = {"/"}; }},
      {"'relative'", ErrorCode::kInvalidArgument,
       [](auto& policy, auto&) { policy.toolchains = {"relative"}; }},
      {"no folder to show", ErrorCode::kInvalidArgument,
       [home](auto& policy, auto&) { policy.toolchains = {home != nullptr ? home : "/"}; }},
      {"there is no '/no/such'", ErrorCode::kNotFound,
       [](auto& policy, auto&) { policy.toolchains = {"/no/such"}; }},
      {"'/proc' is no place", ErrorCode::kInvalidArgument,
       [](auto& policy, auto&) {
         policy.binds = {{"/usr/bin", "/proc"}};
       }},
  };
  for (const BadRequest& bad : cases) {
    SCOPED_TRACE(bad.message);
    SandboxPolicy policy;
    SandboxRun run = Shell("true");
    bad.spoil(policy, run);
    const auto outcome = RunInSandbox(policy, run);
    ASSERT_FALSE(outcome.has_value());
    EXPECT_EQ(outcome.error().code, bad.code);
    EXPECT_THAT(outcome.error().message, AllOf(HasSubstr(bad.message), Not(HasSubstr("\n"))));
  }
}

/// PATH for as long as it lives.
class PathVariable {
 public:
  explicit PathVariable(const std::string& path) : before_(getenv("PATH")) {
    setenv("PATH", path.c_str(), 1);
  }
  ~PathVariable() { setenv("PATH", before_.c_str(), 1); }
  PathVariable(const PathVariable&) = delete;
  PathVariable& operator=(const PathVariable&) = delete;

 private:
  std::string before_;
};

TEST_F(SandboxTest, WithoutBubblewrapItRefusesUnlessAskedOtherwise) {
  const TemporaryFolder empty;
  const PathVariable path(empty.path());
  SandboxPolicy policy = QuickPolicy();
  const auto refused = RunInSandbox(policy, Shell("true"));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("apt-get install bubblewrap"));

  policy.isolation = SandboxIsolation::kBestAvailable;
  const SandboxOutcome weaker = MustRun(policy, Shell("echo ran"));
  EXPECT_EQ(weaker.out, "ran\n");
  EXPECT_THAT(weaker.mechanisms, AllOf(Contains("landlock"), Not(Contains("namespaces"))));
}

TEST_F(SandboxTest, ABubblewrapThatFailsIsRefusedWithItsWords) {
  const TemporaryFolder folder;
  fs::permissions(folder.path(), fs::perms(0755));
  const auto program =
      folder.Write("bwrap",
                   "#!/bin/sh\n[ \"$1\" = --help ] && echo '--size --disable-userns' && exit 0\n"
                   "echo 'bwrap: no permissions to create a namespace' >&2\nexit 1\n");
  fs::permissions(program, fs::perms(0755));
  const PathVariable path(folder.path());
  const auto refused = RunInSandbox(QuickPolicy(), Shell("true"));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(refused.error().message,
              AllOf(HasSubstr("bwrap: no permissions to create a namespace"), Not(HasSubstr("\n"))));
  const SandboxSupport support = ProbeSandbox();
  EXPECT_FALSE(support.works);
  EXPECT_THAT(support.failure, HasSubstr("no permissions"));
}

TEST_F(SandboxTest, CancellingEndsTheRun) {
  CancelSource source;
  std::thread canceller([&] { source.Cancel(); });
  const auto outcome = RunInSandbox(QuickPolicy(), Shell("sleep 1000"), source.token());
  canceller.join();
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::kCancelled);

  const CancelSource late(Clock::now() + std::chrono::milliseconds(100));
  const auto expired = RunInSandbox(QuickPolicy(), Shell("sleep 1000"), late.token());
  ASSERT_FALSE(expired.has_value());
  EXPECT_EQ(expired.error().code, ErrorCode::kDeadlineExceeded);
}

TEST_F(SandboxTest, SeveralRunAtOnce) {
  std::vector<std::thread> threads;
  std::vector<std::string> answers(8);
  for (size_t i = 0; i < answers.size(); ++i) {
    threads.emplace_back([&answers, i] {
      for (int round = 0; round < 4; ++round) {
        SandboxRun run = Shell("cat; ls; cat mine; exit $(cat mine)");
        run.input = "thread " + std::to_string(i) + " ";
        run.files = {{"mine", std::to_string(i)}};
        const auto outcome = RunInSandbox(QuickPolicy(), run);
        answers[i] = outcome ? outcome->out + " exit " + std::to_string(outcome->exit_status)
                             : outcome.error().message;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (size_t i = 0; i < answers.size(); ++i) {
    const std::string n = std::to_string(i);
    EXPECT_EQ(answers[i], "thread " + n + " mine\n" + n + " exit " + n);
  }
}

TEST_F(SandboxTest, NothingIsLeftBehind) {
  const TemporaryFolder own;  // other tests run beside this one
  fs::permissions(own.path(), fs::perms(0755));
  setenv("TMPDIR", own.path().c_str(), 1);
  const auto left_over = [&own] {
    std::vector<size_t> counts = {CountEntries("/proc/self/fd"), CountEntries("/proc/self/task")};
    counts.push_back(CountEntries(own.path()));
    counts.push_back(TemporaryFolder::Read("/proc/self/mountinfo").size());
    return counts;
  };
  MustRun(QuickPolicy(), Shell("true"));  // what is made once
  const auto before = left_over();
  SandboxPolicy landlock = QuickPolicy();
  landlock.isolation = SandboxIsolation::kLandlock;
  MustRun(QuickPolicy(), Shell("mkdir -p a/b; chmod 0 a; sleep 1000 & exit 3"));
  MustRun(landlock, Shell("mkdir -p a/b; touch a/b/c; chmod 0 a/b a; sleep 1000 & exit 3"));
  EXPECT_EQ(left_over(), before);
  unsetenv("TMPDIR");
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
  for (const char* group : {"memory", "pids"}) {
    std::error_code ignored;
    for (fs::recursive_directory_iterator entry(std::string("/sys/fs/cgroup/") + group, ignored), end;
         entry != end; entry.increment(ignored)) {
      EXPECT_THAT(entry->path().filename().string(),
                  Not(HasSubstr("espalier-" + std::to_string(getpid()) + "-")));
    }
  }
}

TEST_F(SandboxTest, ACallerThatIsKilledTakesItsRunsAlong) {
  const std::string mark = NewMark();
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t caller = fork();
  if (caller == 0) {
    SandboxRun run = Shell("sleep 1000; : " + mark);
    SandboxPolicy policy = QuickPolicy();
    std::thread runner([&] { (void)RunInSandbox(policy, run); });
    while (CountMarked(mark) == 0) std::this_thread::yield();
    [[maybe_unused]] const ssize_t n = write(ready[1], "x", 1);
    runner.join();
    _exit(0);
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  EXPECT_GT(CountMarked(mark), 0);
  kill(caller, SIGKILL);
  waitpid(caller, nullptr, 0);
  const auto deadline = Clock::now() + std::chrono::seconds(30);  // far from what it takes
  while (CountMarked(mark) > 0 && Clock::now() < deadline) std::this_thread::yield();
  EXPECT_EQ(CountMarked(mark), 0);
  close(ready[0]);
  close(ready[1]);
}

TEST_F(SandboxTest, TheProgramStartsWithPlainSignals) {
  signal(SIGPIPE, SIG_IGN);  // as a server does
  const SandboxOutcome outcome = MustRun(QuickPolicy(), Shell("grep -E 'Sig(Blk|Ign)' /proc/self/status"));
  signal(SIGPIPE, SIG_DFL);
  EXPECT_EQ(outcome.out, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST_F(SandboxTest, TheProbeKnowsTheMechanisms) {
  const SandboxSupport support = ProbeSandbox();
  EXPECT_TRUE(support.works) << support.failure;
  std::vector<std::string> names;
  for (const SandboxMechanism& one : support.mechanisms) {
    names.push_back(one.name);
    EXPECT_EQ(one.cost.empty(), one.present) << one.name;
    EXPECT_NE(one.what, "");
  }
  EXPECT_THAT(names, ElementsAre("bubblewrap", "user namespaces", "seccomp", "landlock", "control groups"));
}

TEST_F(SandboxTest, ToolchainsAreFoundBehindShims) {
  const TemporaryFolder folder;
  folder.Write("opt/go/bin/go", "#!/bin/sh\necho " + (folder.path() / "opt/go").string() + "\n");
  folder.Write("node/v20/bin/node", "#!/bin/sh\necho node\n");
  fs::create_directories(folder.path() / "shims");
  for (const char* program : {"opt/go/bin/go", "node/v20/bin/node"})
    fs::permissions(folder.path() / program, fs::perms(0755));
  fs::create_symlink(folder.path() / "opt/go/bin/go", folder.path() / "shims/go");
  fs::create_symlink(folder.path() / "node/v20/bin/node", folder.path() / "shims/node");
  const PathVariable path((folder.path() / "shims").string() + ":/usr/bin:/bin");

  const auto go = ToolchainFolders("go");
  ASSERT_TRUE(go.has_value()) << go.error().message;
  EXPECT_EQ(go->program, folder.path() / "opt/go/bin/go");
  EXPECT_THAT(go->folders, ElementsAre(folder.path() / "opt/go"));
  const auto node = ToolchainFolders("node");
  ASSERT_TRUE(node.has_value());
  EXPECT_THAT(node->folders, ElementsAre(folder.path() / "node/v20"));
  const auto gcc = ToolchainFolders("gcc");
  ASSERT_TRUE(gcc.has_value());
  EXPECT_THAT(gcc->folders, ElementsAre());
  const auto none = ToolchainFolders("no-such-tool");
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().code, ErrorCode::kNotFound);
}

TEST_F(SandboxTest, AHomeIsNeverAToolchain) {
  const TemporaryFolder home;
  fs::permissions(home.Write("bin/tool", "#!/bin/sh\n"), fs::perms(0755));
  const std::string before = getenv("HOME") != nullptr ? getenv("HOME") : "/";
  setenv("HOME", home.path().c_str(), 1);
  const PathVariable path((home.path() / "bin").string());
  const auto tool = ToolchainFolders("tool");
  setenv("HOME", before.c_str(), 1);
  ASSERT_TRUE(tool.has_value());
  EXPECT_THAT(tool->folders, ElementsAre(home.path() / "bin/tool"));
}

}  // namespace
}  // namespace espalier
