// From a policy and a request to what the inner program is told: the allow-list of the file system,
// bubblewrap's command line, limits, environment.
#pragma once

#include <string>

#include "testgen/sandbox.h"
#include "testgen/sandbox/means.h"
#include "testgen/sandbox/spec.h"

namespace espalier::sandbox {

/// The work folder as a sandboxed program sees it, on a tmpfs that /tmp is.
constexpr const char* kWorkFolder = "/tmp/work";

/// Says what is wrong with a policy or a request. Errors: kInvalidArgument, kNotFound.
Status CheckRequest(const SandboxPolicy& policy, const SandboxRun& run);

/// The form with namespaces. `memory_is_bounded`: a control group holds the run. Errors: kInternal.
Result<Spec> PlanWithNamespaces(const SandboxPolicy& policy, const SandboxRun& run,
                                const Bubblewrap& bubblewrap, bool memory_is_bounded);
/// The form without, in `work_folder` of this machine. Errors: kUnsupported, kInternal.
Result<Spec> PlanWithLandlock(const SandboxPolicy& policy, const SandboxRun& run,
                              const std::string& work_folder);

/// Is `path` in one of the folders that every sandboxed program sees?
bool IsInSystemFolders(const std::filesystem::path& path);
/// Is `folder` the root, the caller's home, or a folder that holds it?
bool HoldsHome(const std::filesystem::path& folder);

}  // namespace espalier::sandbox
