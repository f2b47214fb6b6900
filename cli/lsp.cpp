// espalier lsp: the server that editors start.
#include <unistd.h>

#include <string_view>

#include "cli/flags.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "lsp/server.h"

namespace espalier {
namespace {

LspServerOptions ServerOptions(const Settings& settings) {
  LspServerOptions options;
  options.model = settings.model;
  options.model_options = ModelOptionsOf(settings);
  options.completion = CompletionOptionsOf(settings);
  options.validation = CompletionValidationOf(settings);
  options.completion_budget = std::chrono::milliseconds(settings.lsp.deadline_ms);
  options.log = [](std::string_view line) { PrintNote(line); };
  return options;
}

Result<ExitCode> RunLsp(const Invocation& invocation) {
  ESPALIER_RETURN_IF_ERROR(invocation.settings_status);
  if (isatty(STDIN_FILENO) == 1) {
    PrintNote("waiting for an editor to speak LSP on standard input; Ctrl-C ends");
  }
  const Status served = RunLspServer(ServerOptions(invocation.settings.values));
  if (served) return ExitCode::kOk;
  // LSP asks for exit code 1 when the client leaves without `shutdown`.
  if (served.error().code == ErrorCode::kCancelled) return ExitCode::kNoAnswer;
  return Fail(served.error());
}

constexpr const char* kExamples = R"(  espalier lsp
  espalier lsp --model qwen2.5-coder-1.5b --threads 4

Editors start it and speak the Language Server Protocol 3.18 over standard input and output;
completions are answers to textDocument/inlineCompletion. Exit code 1 when the editor left without
`shutdown`.)";

}  // namespace

void AddLspVerb(CLI::App& app, Invocation& invocation) {
  CLI::App* verb = AddVerb(app, invocation, "lsp", "Serve editors over the Language Server Protocol",
                           kExamples, [&invocation] { return RunLsp(invocation); });
  verb->add_flag("--stdio")->description("Accepted from editors that pass it; this is the only transport");
  AddSettingFlag(*verb, invocation, "--model", "model");
  AddSettingFlag(*verb, invocation, "--max-tokens", "complete.max_tokens");
  AddSettingFlag(*verb, invocation, "--deadline-ms", "lsp.deadline_ms");
  AddSettingFlag(*verb, invocation, "--validate", "complete.validate");
  AddModelFlags(*verb, invocation);
}

}  // namespace espalier
