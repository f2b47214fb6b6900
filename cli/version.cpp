// espalier version.
#include <fmt/format.h>

#include "cli/output.h"
#include "cli/verb.h"

namespace espalier {

void AddVersionVerb(CLI::App& app, Invocation& invocation) {
  const auto action = [&invocation]() -> Result<ExitCode> {
    if (invocation.json) {
      PrintJson({{"version", ESPALIER_VERSION}, {"compiler", __VERSION__}});
    } else {
      fmt::print("espalier {} (compiler {})\n", ESPALIER_VERSION, __VERSION__);
    }
    return ExitCode::kOk;
  };
  AddVerb(app, invocation, "version", "Print the version", "  espalier version", action);
}

}  // namespace espalier
