// What the sandbox is made of, and whether it works here.
#include <unistd.h>

#include <string>

#include "testgen/sandbox.h"
#include "testgen/sandbox/control_group.h"
#include "testgen/sandbox/means.h"

namespace espalier {
namespace {

SandboxMechanism BubblewrapHere() {
  const sandbox::Bubblewrap found = sandbox::FindBubblewrap();
  const bool good = !found.path.empty() && found.can_limit_size;
  return {
      .name = "bubblewrap",
      .present = good,
      .needed = true,
      .what = found.path.empty() ? "not installed" : found.path,
      .cost =
          good ? ""
               : "generated programs cannot be run safely; run: apt-get install bubblewrap (0.5 or later)"};
}

SandboxMechanism SeccompHere() {
  const bool present = sandbox::HasSeccomp();
  return {.name = "seccomp",
          .present = present,
          .needed = true,
          .what = present ? "system calls can be filtered" : "not in this kernel",
          .cost = present
                      ? ""
                      : "generated programs cannot be run safely; use a kernel with CONFIG_SECCOMP_FILTER"};
}

SandboxMechanism LandlockHere() {
  const uint64_t abi = sandbox::LandlockAbi();
  return {
      .name = "landlock",
      .present = abi > 0,
      .needed = false,
      .what = abi > 0 ? "ABI " + std::to_string(abi) : "not in this kernel",
      .cost = abi > 0 ? "" : "one wall less around files; use Linux 5.13 or later with Landlock switched on"};
}

SandboxMechanism ControlGroupsHere() {
  const sandbox::ControlGroupRoots roots = sandbox::FindControlGroups();
  const bool present = roots.version != 0;
  return {
      .name = "control groups",
      .present = present,
      .needed = false,
      .what = present ? "version " + std::to_string(roots.version) + ", " + roots.memory.string()
                      : "none that can be written here",
      .cost = present
                  ? ""
                  : "memory is looked at every 20 ms instead of being held by the kernel, so a program may "
                    "exceed its limit for that long; run as root, or have systemd delegate memory and pids"};
}

SandboxMechanism NamespacesHere(const Result<SandboxOutcome>& tried) {
  const bool works = tried.has_value() && tried->verdict == Verdict::kOk;
  return {.name = "user namespaces",
          .present = works,
          .needed = true,
          .what = works ? "a program was run in them" : "a program could not be run in them",
          .cost = works
                      ? ""
                      : "generated programs cannot be run safely; allow them: sysctl "
                        "kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0, "
                        "user.max_user_namespaces=10000"};
}

}  // namespace

SandboxSupport ProbeSandbox() {
  SandboxRun nothing;
  nothing.arguments = {"/bin/true"};
  const auto tried = RunInSandbox({}, nothing);
  SandboxSupport support;
  support.mechanisms = {BubblewrapHere(), NamespacesHere(tried), SeccompHere(), LandlockHere(),
                        ControlGroupsHere()};
  support.works = tried.has_value() && tried->verdict == Verdict::kOk;
  if (!tried) support.failure = tried.error().message;
  if (tried && !support.works)
    support.failure = tried->failure.empty() ? "'/bin/true' failed in the sandbox" : tried->failure;
  return support;
}

}  // namespace espalier
