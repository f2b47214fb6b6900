// Source files and the output of tools. The first byte chooses the language.
#include <string>
#include <vector>

#include "adapters/signature.h"
#include "tests/fuzz/fuzz_check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace espalier;
  if (size == 0) return 0;
  const auto adapters = AllAdapters();
  const Adapter& adapter = *adapters[data[0] % adapters.size()];
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (const auto all = ListFunctions(adapter, text)) {
    for (const Signature& one : *all) {
      FuzzCheck(one.begin <= one.end && one.end <= text.size() && one.body_begin <= one.body_end);
      FuzzCheck(one.name_begin <= text.size());
    }
  }
  const std::vector<std::string> files = {"main.c", "lib/util.py"};
  const FileNames names{files, "/tmp/work"};
  FuzzCheck(ParseCompilerOutput(adapter.recipe->compiler, text, names).size() <= kMostDiagnostics);
  ParseCrash(adapter.recipe->crash, text, names);
  return 0;
}
