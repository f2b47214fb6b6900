// Internal to adapters/: what tools write that serve more than one language.
#pragma once

#include <string_view>

#include "adapters/diagnostics.h"

namespace espalier {

namespace formats {

inline constexpr std::string_view kGccLines[] = {"{file}:{line}:{column}: {severity}: {message} [-W{code}]",
                                                 "{file}:{line}:{column}: {severity}: {message} [-f{code}]",
                                                 "{file}:{line}:{column}: {severity}: {message}",
                                                 "{file}:{line}: {severity}: {message}",
                                                 "{any}: {file}:(.text{any}): {message}",
                                                 "{file}:(.text{any}): {message}",
                                                 "{any}/ld: {message}",
                                                 "{any}: {severity}: {message}"};

inline constexpr std::string_view kNativeDeaths[] = {
    "{any}: {file}:{line}: {any}: {message}", "{file}:{line}:{column}: runtime error: {message}",
    "=={any}==ERROR: {message}", "terminate called after throwing an instance of '{message}'",
    "terminate called {message}"};
inline constexpr std::string_view kNativeDetails[] = {"  what():  {message}"};
inline constexpr std::string_view kNativeFrames[] = {"    #{any} in {any} {file}:{line}:{column}"};

inline constexpr std::string_view kNodeDeaths[] = {"Uncaught {code}: {message}", "{code}: {message}",
                                                   "{code} [{any}]: {message}", "{code}"};
inline constexpr std::string_view kNodeFrames[] = {"    at {any} ({file}:{line}:{column})",
                                                   "    at async {file}:{line}:{column}",
                                                   "    at {file}:{line}:{column}"};
inline constexpr std::string_view kNodeHeads[] = {"{file}:{line}"};

}  // namespace formats

/// gcc, g++, clang and the linker behind them.
inline constexpr CompilerFormat kGccFormat = {.patterns = formats::kGccLines};
/// C and C++ programs: assert(), sanitizers, std::terminate.
inline constexpr CrashFormat kNativeCrash = {
    .messages = formats::kNativeDeaths, .details = formats::kNativeDetails, .frames = formats::kNativeFrames};
inline constexpr CrashFormat kNodeCrash = {
    .messages = formats::kNodeDeaths, .frames = formats::kNodeFrames, .heads = formats::kNodeHeads};

}  // namespace espalier
