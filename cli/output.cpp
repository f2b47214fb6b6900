#include "cli/output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace espalier {

void PrintJson(const nlohmann::json& value) {
  constexpr int kIndent = 2;
  std::puts(value.dump(kIndent, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

void PrintError(const Error& error, bool json) {
  if (json) PrintJson({{"error", {{"code", ErrorCodeName(error.code)}, {"message", error.message}}}});
  fmt::print(stderr, "espalier: {}\n", error.message);
}

void PrintNote(std::string_view note) { fmt::print(stderr, "espalier: {}\n", note); }

bool StdoutIsTerminal() { return isatty(STDOUT_FILENO) == 1; }
bool StderrIsTerminal() { return isatty(STDERR_FILENO) == 1; }

Status FlushStdout() {
  errno = 0;
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return {};
  return Fail(ErrorCode::kIo,
              fmt::format("cannot write the output: {}", std::strerror(errno != 0 ? errno : EIO)));
}

std::string HumanBytes(double bytes) {
  constexpr std::array<const char*, 5> kUnits = {"B", "kB", "MB", "GB", "TB"};
  size_t unit = 0;
  for (; bytes >= 999.5 && unit + 1 < kUnits.size(); ++unit) bytes /= 1000;
  return unit == 0 ? fmt::format("{:.0f} B", bytes) : fmt::format("{:.1f} {}", bytes, kUnits[unit]);
}

}  // namespace espalier
