// `espalier lsp`: a language server (LSP 3.18, textDocument/inlineCompletion) on a pair of file
// descriptors. docs/lsp.md is the protocol as it is spoken here.
#pragma once

#include <unistd.h>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "decoder/completion.h"
#include "decoder/engine.h"
#include "model/model.h"
#include "testgen/validate_completion.h"

namespace espalier {

struct LspServerOptions {
  /// A model file or directory, or a name the model store knows. It is loaded after initialize, in the
  /// background; when it cannot be, the client is told and every completion says why it is empty.
  std::string model = "qwen2.5-coder-0.5b";
  ModelOptions model_options;
  EngineOptions engine_options;
  CompletionOptions completion;
  CompletionValidation validation = CompletionValidation::kOff;
  std::chrono::milliseconds completion_budget{4000};  ///< wall time for computing one completion
  std::chrono::milliseconds loading_wait{3000};       ///< how long a request waits for the model to load
  int input_fd = STDIN_FILENO;
  int output_fd = STDOUT_FILENO;
  /// Lines for the log of the process (standard error, usually): what cannot be told to the client.
  /// Called on the calling thread. May be empty.
  std::function<void(std::string_view)> log;
};

/// Serves until the client says exit, closes the input, or its process ends. Runs the message loop on
/// the calling thread and ignores SIGPIPE meanwhile. Errors: kIo (a descriptor that is not open);
/// kCancelled when the client left without shutdown, for which LSP wants the exit code 1 (and 0 after
/// success).
Status RunLspServer(const LspServerOptions& options);

}  // namespace espalier
