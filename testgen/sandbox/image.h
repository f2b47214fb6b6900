// The inner program (init/), which the library carries with it.
#pragma once

#include "base/result.h"

namespace espalier::sandbox {

/// A descriptor of the executable, made once for the process and never closed. Errors: kIo.
Result<int> InnerImage();

}  // namespace espalier::sandbox
