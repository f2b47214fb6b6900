// The system calls that a sandboxed program may not make.
#pragma once

#include <string>

#include "base/result.h"

namespace espalier::sandbox {

/// The filter as struct sock_filter[], for this machine's architecture. Refused calls fail with EPERM
/// (sockets other than AF_UNIX with EAFNOSUPPORT, clone3 with ENOSYS: the C library then uses clone); system
/// calls of a foreign architecture end the process. `unix_sockets` may be false where the file system is
/// shared with processes outside. Made once for a process. Errors: kInternal.
Result<std::string> SeccompFilter(bool unix_sockets);

}  // namespace espalier::sandbox
