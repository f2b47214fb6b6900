#include "lsp/server.h"

#include <csignal>

#include "lsp/asio_host.h"
#include "lsp/language_server.h"

namespace espalier {
namespace {

// Writing to a client that is gone must be an error, not the end of the process.
class IgnoreSigpipe {
 public:
  IgnoreSigpipe() {
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &ignore, &before_);
  }
  ~IgnoreSigpipe() { ::sigaction(SIGPIPE, &before_, nullptr); }
  IgnoreSigpipe(const IgnoreSigpipe&) = delete;
  IgnoreSigpipe& operator=(const IgnoreSigpipe&) = delete;

 private:
  struct sigaction before_ {};
};

}  // namespace

Status RunLspServer(const LspServerOptions& options) {
  const IgnoreSigpipe ignore_sigpipe;
  ESPALIER_ASSIGN_OR_RETURN(const auto host,
                            lsp::AsioHost::Create(options.input_fd, options.output_fd, options.log));
  const lsp::InlineSettings settings{options.completion, options.completion_budget, options.loading_wait};
  const auto load = [&options] {
    return lsp::LoadCompletionService(options.model, options.model_options, options.engine_options,
                                      options.validation);
  };
  lsp::LanguageServer server(*host, load, settings, ESPALIER_VERSION);
  host->Run({.on_message = [&](std::string body) { server.OnMessage(std::move(body)); },
             .on_problem = [&](std::string_view what) { server.OnProblem(what); },
             .on_closed = [&] { server.OnClosed(); }});
  if (server.was_shut_down()) return {};
  return Fail(ErrorCode::kCancelled, "the client left without asking for shutdown");
}

}  // namespace espalier
