#include "tests/sandbox/sandbox_kit.h"

#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "tests/support/temporary_folder.h"

namespace espalier {
namespace {

namespace fs = std::filesystem;

constexpr uid_t kNobody = 65534;

bool BecomeNobody() {
  return setgroups(0, nullptr) == 0 && setresgid(kNobody, kNobody, kNobody) == 0 &&
         setresuid(kNobody, kNobody, kNobody) == 0 && prctl(PR_SET_DUMPABLE, 1) == 0 && chdir("/") == 0;
}

// What a folder of /proc says of its process; empty when the process ends while it is read.
std::string CommandOf(const fs::path& process) {
  const int file = open((process / "cmdline").c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  std::string command(4096, '\0');
  const ssize_t bytes = read(file, command.data(), command.size());
  close(file);
  command.resize(static_cast<size_t>(std::max<ssize_t>(bytes, 0)));
  return command;
}

}  // namespace

void AsNobody(const std::function<void()>& body) {
  const pid_t pid = fork();
  ASSERT_GE(pid, 0);
  if (pid == 0) {
    setenv("PATH", "/usr/bin:/bin", 1);
    setenv("HOME", "/nonexistent", 1);
    EXPECT_TRUE(BecomeNobody());
    body();
    fflush(nullptr);
    _exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0) << "as nobody; see the failures above";
}

std::string ReasonToSkip(const Setting& setting) {
  if (setting.as_nobody && geteuid() != 0)
    return "only root can become another user; the tests already run as a plain one";
  if (access("/usr/bin/python3", X_OK) != 0) return "there is no /usr/bin/python3";
  const SandboxSupport support = ProbeSandbox();
  if (setting.isolation == SandboxIsolation::kNamespaces && !support.works) return support.failure;
  for (const SandboxMechanism& one : support.mechanisms) {
    if (setting.isolation == SandboxIsolation::kLandlock && one.name == "landlock" && !one.present)
      return one.what;
  }
  return {};
}

std::string ReadSource(const std::string& file) {
  return TemporaryFolder::Read(fs::path(ESPALIER_SOURCE_DIR) / "tests/sandbox" / file);
}

std::string CompileC(const std::string& source) {
  SandboxPolicy policy;
  policy.wall = std::chrono::minutes(2);
  SandboxRun run;
  run.arguments = {"gcc", "-O1", "-pthread", "-o", "program", "main.c"};
  run.files = {{"main.c", source}};
  run.collect = {"program"};
  const auto outcome = RunInSandbox(policy, run);
  if (!outcome || outcome->verdict != Verdict::kOk || outcome->files.size() != 1) {
    ADD_FAILURE() << (outcome ? outcome->err + outcome->failure : outcome.error().message);
    return {};
  }
  return outcome->files[0].content;
}

Exploit MakeExploit(const std::string& file, const std::vector<std::string>& arguments) {
  Exploit exploit;
  exploit.policy = QuickPolicy();
  exploit.mark = NewMark();
  if (file.ends_with(".py")) {
    exploit.run.arguments = {"/usr/bin/python3", "main.py"};
    exploit.run.files = {{"main.py", ReadSource(file)}};
  } else {
    exploit.run.arguments = {"./program"};
    exploit.run.files = {{"program", CompileC(ReadSource(file)), true}};
  }
  auto& all = exploit.run.arguments;
  all.insert(all.end(), arguments.begin(), arguments.end());
  all.push_back(exploit.mark);
  return exploit;
}

std::string NewMark() {
  static std::atomic<int> count{0};
  return "espalier-mark-" + std::to_string(getpid()) + "-" + std::to_string(++count);
}

int CountMarked(const std::string& mark) {
  int count = 0;
  std::error_code ignored;
  for (fs::directory_iterator entry("/proc", ignored), end; entry != end; entry.increment(ignored)) {
    if (CommandOf(entry->path()).find(mark) != std::string::npos) ++count;
  }
  return count;
}

SandboxPolicy QuickPolicy() {
  SandboxPolicy policy;
  policy.wall = std::chrono::seconds(60);  // unless a test is about it, no slow machine shall meet it
  policy.cpu = std::chrono::seconds(60);
  return policy;
}

SandboxRun Shell(const std::string& script) {
  SandboxRun run;
  run.arguments = {"sh", "-c", script};
  return run;
}

}  // namespace espalier
