// What the external scanners of JavaScript, TypeScript and TSX are tested on.
#pragma once

#include "tests/grammar/scanner_samples.h"

namespace espalier {

ScannerSample JavaScriptSample();
ScannerSample TypeScriptSample();
ScannerSample TsxSample();

}  // namespace espalier
