// Internal to testgen/: the tools of a language as this machine has them, looked for once, and what was made
// with them to make builds faster. Thread-safe.
#pragma once

#include <array>
#include <filesystem>
#include <mutex>
#include <optional>
#include <vector>

#include "adapters/adapter.h"
#include "testgen/sandbox.h"

namespace espalier {

/// Where the sandbox shows a warm folder.
constexpr const char* kWarmTarget = "/warm";

struct Tools {
  std::vector<std::filesystem::path> programs;  ///< in the order of the recipe
  std::vector<std::filesystem::path> folders;   ///< for SandboxPolicy::toolchains
};

class Toolbox {
 public:
  /// `warm_root`: where warm folders are kept; empty: nowhere.
  Toolbox(std::filesystem::path warm_root, SandboxIsolation isolation)
      : warm_root_(std::move(warm_root)), isolation_(isolation) {}

  /// Errors: kNotFound, with how to install what is missing.
  Result<Tools> Find(const Adapter& adapter);

  /// The language's warm folder, made now when there is none yet; empty when it has none, or when it cannot
  /// be made (builds then do without). Errors: kCancelled, kDeadlineExceeded.
  Result<std::filesystem::path> WarmFolder(const Adapter& adapter, const Tools& tools,
                                           const CancelToken& cancel);

 private:
  Result<std::filesystem::path> MakeWarmFolder(const Adapter& adapter, const Tools& tools,
                                               const CancelToken& cancel) const;

  const std::filesystem::path warm_root_;
  const SandboxIsolation isolation_;
  std::mutex mutex_;  // guards tools_
  std::array<std::optional<Tools>, kLanguageCount> tools_;
  std::array<std::mutex, kLanguageCount>
      warm_mutexes_;  // each guards its entry of warm_, and the making of it
  std::array<std::optional<std::filesystem::path>, kLanguageCount> warm_;
};

}  // namespace espalier
