// The life of inline completion requests: at most one per document is being computed, on a worker
// thread; a newer one, a cancellation or an edit that makes it stale ends it at once, and whatever the
// worker brings afterwards is dropped. Requests that come while the model loads wait a while for it.
// Every request ends with a report that says what became of it.
//
// Not thread-safe: the message loop's thread owns it. It must outlive the host's workers.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/cancellation.h"
#include "lsp/completion_service.h"
#include "lsp/dispatcher.h"
#include "lsp/document.h"
#include "lsp/host.h"
#include "lsp/inline_item.h"

namespace espalier::lsp {

/// Without anything to show the list is empty, not null: clients then take away what they show.
using InlineReply = Reply<InlineCompletionList>;

struct InlineSettings {
  CompletionOptions completion;
  std::chrono::milliseconds budget{4000};        ///< for computing one answer
  std::chrono::milliseconds loading_wait{3000};  ///< how long a request waits for the model to load
};

class InlineCompletions {
 public:
  /// `report` hears how each request of a document ended.
  using Report = std::function<void(const std::string& uri, const ReasonResult& result)>;
  InlineCompletions(Host& host, Report report) : host_(host), report_(std::move(report)) {}
  InlineCompletions(const InlineCompletions&) = delete;
  InlineCompletions& operator=(const InlineCompletions&) = delete;

  void Configure(const InlineSettings& settings) { settings_ = settings; }
  /// The model is there: waiting requests start.
  void SetService(std::shared_ptr<CompletionService> service);
  /// There will be no model: waiting and later requests are answered with `why`.
  void SetUnavailable(std::string why);

  void Request(const Document& document, const InlineCompletionParams& params, PositionEncoding encoding,
               InlineReply reply);
  /// Ends the document's request with ContentModified if its text is no longer the document's.
  void DocumentChanged(const Document& document);
  void DocumentClosed(const std::string& uri);
  /// Ends every request with RequestCancelled.
  void CancelAll();

 private:
  using Serial = uint64_t;  ///< of a job, never used twice
  struct Job {
    Job(std::string document_uri, InlineReply inline_reply)
        : uri(std::move(document_uri)), reply(std::move(inline_reply)) {}
    std::string uri;
    std::string path;
    int32_t version = 0;
    const Adapter* adapter = nullptr;
    SharedText document_text;  ///< as it was asked about
    std::shared_ptr<IncrementalTree> trees;
    std::optional<InlineQuery> query;  ///< none when the selected item does not fit
    InlineReply reply;
    std::optional<CancelSource> cancel;  ///< once it runs
  };
  using Jobs = std::map<Serial, Job>;

  Jobs::iterator Find(const std::string& uri);
  /// Starts the job, lets it wait for the model, or answers why neither can be.
  void Begin(Serial serial, Job& job);
  void Start(Serial serial, Job& job);
  void Finish(Serial serial, const Completion& completion);
  void EndWithReason(Serial serial, const Completion& completion, const std::string& reason);
  void EndWithError(Jobs::iterator job, LspErrorCode code, const std::string& message);
  void Answer(Job& job, const Completion& completion, const std::string& reason,
              const InlineCompletionList& list);

  Host& host_;
  Report report_;
  InlineSettings settings_;
  std::shared_ptr<CompletionService> service_;
  std::optional<std::string> unavailable_;
  Jobs jobs_;
  Serial next_serial_ = 1;
};

}  // namespace espalier::lsp
