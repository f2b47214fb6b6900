// The places a model's bytes come from. Each leaves the file in a folder of its own; whether it is the
// right file is for the caller to check.
#pragma once

#include <filesystem>

#include "base/cancellation.h"
#include "base/result.h"
#include "cli/file_hash.h"
#include "model/model_store.h"

namespace espalier {

/// The hub client's program on PATH; empty when there is none.
std::filesystem::path FindHubClient();

/// Fetches `model` with the hub's client into `folder`. Errors: kNotFound (no client), kUnavailable.
Result<std::filesystem::path> FetchFromHub(const KnownModel& model, const std::filesystem::path& folder,
                                           const ByteProgress& progress, const CancelToken& cancel);

}  // namespace espalier
