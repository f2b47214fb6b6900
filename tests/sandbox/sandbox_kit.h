// Hostile programs, and the users and forms of the sandbox in which they are tried.
#pragma once

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "testgen/sandbox.h"

namespace espalier {

/// Who calls the sandbox, and which form of it.
struct Setting {
  const char* name;
  bool as_nobody;  ///< a plain user; needs root to become one
  SandboxIsolation isolation;
};

inline void PrintTo(const Setting& setting, std::ostream* stream) { *stream << setting.name; }

/// Runs `body` in a child process as user 65534, with a plain PATH. Failed expectations in it count here.
void AsNobody(const std::function<void()>& body);

/// Why a setting cannot be tried here; empty when it can.
std::string ReasonToSkip(const Setting& setting);

/// A program of this folder, ready to run. C is compiled inside the sandbox, with the sandbox's own means.
struct Exploit {
  SandboxPolicy policy;
  SandboxRun run;
  std::string mark;  ///< the last argument: by it, what is left behind is found
};
Exploit MakeExploit(const std::string& file, const std::vector<std::string>& arguments);
/// An executable from `source` (C), compiled in the sandbox; empty and a failed expectation when that fails.
std::string CompileC(const std::string& source);

std::string ReadSource(const std::string& file);

/// A word that no other process has on its command line.
std::string NewMark();

/// How many processes of this machine have `mark` on their command line.
int CountMarked(const std::string& mark);

/// A limit that tests can wait for.
SandboxPolicy QuickPolicy();

/// A one-line shell script as a request.
SandboxRun Shell(const std::string& script);

}  // namespace espalier
