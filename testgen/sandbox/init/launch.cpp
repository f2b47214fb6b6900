// Outside, with the rights of the caller.
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "testgen/sandbox/init/steps.h"

namespace espalier::sandbox {
namespace {

void JoinGroup(const std::string& file) {
  const int fd = open(file.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, "0", 1) != 1) Die("cannot join the control group " + file);
  close(fd);
}

/// Shows what `source_fd` refers to as `target`.
void BindAt(int source_fd, const std::string& target) {
  if (IsFolder(source_fd)) {
    if (mkdir(target.c_str(), 0755) != 0) Die("cannot make " + target);
  } else {
    const int fd = open(target.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) Die("cannot make " + target);
    close(fd);
  }
  const std::string source = "/proc/self/fd/" + std::to_string(source_fd);
  if (mount(source.c_str(), target.c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0)
    Die("cannot bind " + target);
}

/// Root gives up its rights before bubblewrap starts, and with them the sight of what lies in root's home. So
/// it first puts the sources where everybody can reach them, in a mount namespace that ends with the run.
void Stage(const LaunchSpec& launch) {
  if (unshare(CLONE_NEWNS) != 0) Die("cannot make a mount namespace");
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) Die("cannot make the mounts private");
  std::vector<int> sources;  // opened first: the stage may hide some of them
  for (const std::string& source : launch.staged) {
    sources.push_back(open(source.c_str(), O_PATH | O_CLOEXEC));
    if (sources.back() < 0) Die("cannot open " + source);
  }
  if (mount("tmpfs", launch.stage.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "size=64k,mode=0755") != 0)
    Die("cannot mount on " + launch.stage);
  for (size_t i = 0; i < sources.size(); ++i) {
    BindAt(sources[i], launch.stage + "/" + std::to_string(i));
    close(sources[i]);
  }
}

void BecomeUser(uint64_t user) {
  const auto id = static_cast<uid_t>(user);
  if (setgroups(0, nullptr) != 0 || setresgid(id, id, id) != 0 || setresuid(id, id, id) != 0)
    Die("cannot become user " + std::to_string(id));
}

}  // namespace

void Launch(const LaunchSpec& launch) {
  for (const std::string& file : launch.group_files) JoinGroup(file);
  if (!launch.stage.empty()) Stage(launch);
  if (launch.become_user != 0) BecomeUser(launch.become_user);
  if (launch.command.empty()) return;
  execv(launch.command.front().c_str(), Pointers(launch.command).data());
  Die("cannot run " + launch.command.front());
}

}  // namespace espalier::sandbox
