// Internal to adapters/: one function a language, each returning a static, immutable Adapter. A new
// language adds its folder, a line here and a line in AllAdapters().
#pragma once

#include "adapters/adapter.h"

namespace espalier {

const Adapter& PythonAdapter();
const Adapter& CAdapter();
const Adapter& CppAdapter();
const Adapter& JavaAdapter();
const Adapter& JavaScriptAdapter();
const Adapter& TypeScriptAdapter();
const Adapter& TsxAdapter();
const Adapter& GoAdapter();
const Adapter& RustAdapter();

}  // namespace espalier
