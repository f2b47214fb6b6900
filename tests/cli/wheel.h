// Python wheels made for a test: what a model's parts look like to pip.
#pragma once

#include <filesystem>
#include <string>

namespace espalier {

/// Writes <package>-<version>-py3-none-any.whl with one member data/part<number>.bin into `folder`.
void WriteWheel(const std::filesystem::path& folder, const std::string& package, const std::string& version,
                const std::string& data);

}  // namespace espalier
