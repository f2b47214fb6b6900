// What every fuzz target may assume and must check.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

/// The entry point that libFuzzer and replay_test.cpp call with one input.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace espalier {

/// Ends the program, which fuzzers and tests count as a failure.
inline void FuzzCheck(bool condition) {
  if (!condition) std::abort();
}

/// An error of a reader is one line about the file.
inline void CheckReaderError(const Error& error) {
  FuzzCheck(error.message.starts_with("'fuzz'") && error.message.find('\n') == std::string::npos);
  FuzzCheck(error.code == ErrorCode::kCorrupt || error.code == ErrorCode::kUnsupported);
}

inline std::span<const std::byte> FuzzBytes(const uint8_t* data, size_t size) {
  return std::as_bytes(std::span(data, size));
}

inline std::string_view FuzzText(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Reads every byte, so that a sanitizer sees any that is not there.
inline void Touch(std::span<const std::byte> bytes) {
  volatile std::byte sink{};
  for (const std::byte byte : bytes) sink = byte;
  static_cast<void>(sink);
}

}  // namespace espalier
