#include "lsp/inline_completions.h"

#include <algorithm>
#include <utility>

#include "lsp/uri.h"

namespace espalier::lsp {
namespace {

// Reasons of the server itself, beside those of CompletionReasonName().
constexpr const char* kLoading = "loading";
constexpr const char* kSelectedItem = "selected-item";

Completion NoCompletion(std::string detail) {
  Completion completion;
  completion.detail = std::move(detail);
  return completion;
}

std::string NameOf(CompletionReason reason) { return std::string(CompletionReasonName(reason)); }

// Parses and completes. A tree that cannot be had in time is left to the decoder, which says why.
Completion CompleteOnWorker(CompletionService& service, IncrementalTree& trees, const SharedText& text,
                            CompletionRequest& request) {
  request.document = *text;
  SharedTree tree;
  if (text->size() <= request.options.max_document_bytes && !request.cancel.stop_requested()) {
    const auto left = request.cancel.deadline() - Clock::now();
    const auto budget = std::chrono::duration_cast<std::chrono::microseconds>(left).count();
    tree = trees.TreeOf(text, static_cast<uint64_t>(std::max<int64_t>(budget, 1))).value_or(nullptr);
  }
  request.tree = tree.get();
  return service.Complete(request);
}

ReasonResult ReportOf(int32_t version, const Completion& completion, std::string reason) {
  const CompletionTimings& timings = completion.timings;
  return {std::move(reason),     completion.detail,       version, timings.total_ms, timings.prompt_tokens,
          timings.cached_tokens, timings.generated_tokens};
}

}  // namespace

InlineCompletions::Jobs::iterator InlineCompletions::Find(const std::string& uri) {
  auto job = jobs_.begin();
  while (job != jobs_.end() && job->second.uri != uri) ++job;
  return job;
}

void InlineCompletions::Request(const Document& document, const InlineCompletionParams& params,
                                PositionEncoding encoding, InlineReply reply) {
  if (const auto older = Find(document.uri()); older != jobs_.end()) {
    EndWithError(older, LspErrorCode::kRequestCancelled,
                 "a newer request for the document replaced this one");
  }
  const Serial serial = next_serial_++;
  Job& job = jobs_.try_emplace(serial, document.uri(), std::move(reply)).first->second;
  job.reply.OnCancel([this, serial] {
    if (const auto it = jobs_.find(serial); it != jobs_.end()) {
      EndWithError(it, LspErrorCode::kRequestCancelled, "the request was cancelled");
    }
  });
  job.path = PathOfUri(document.uri()).string();
  job.version = document.version();
  job.adapter = document.adapter();
  job.document_text = document.text();
  job.trees = document.tree();
  job.query = MakeQuery(document, params, encoding);
  Begin(serial, job);
}

void InlineCompletions::Begin(Serial serial, Job& job) {
  if (job.adapter == nullptr) {
    return EndWithReason(serial, NoCompletion("no grammar is known for this file"),
                         NameOf(CompletionReason::kUnknownLanguage));
  }
  if (!job.query) {
    return EndWithReason(serial, NoCompletion("the selected item's range is not around the cursor"),
                         kSelectedItem);
  }
  if (service_) return Start(serial, job);
  if (unavailable_) {
    return EndWithReason(serial, NoCompletion(*unavailable_), NameOf(CompletionReason::kNoModel));
  }
  host_.RunAfter(settings_.loading_wait, [this, serial] {
    const auto it = jobs_.find(serial);
    if (it != jobs_.end() && !it->second.cancel) {
      EndWithReason(serial, NoCompletion("the model is still loading"), kLoading);
    }
  });
}

void InlineCompletions::Start(Serial serial, Job& job) {
  job.cancel.emplace(Clock::now() + settings_.budget);
  CompletionRequest request;
  request.cursor = job.query->cursor;
  request.adapter = job.adapter;
  request.path = job.path;
  request.options = settings_.completion;
  request.cancel = job.cancel->token();
  host_.RunInBackground([this, serial, service = service_, trees = job.trees, text = job.query->text,
                         request = std::move(request)]() mutable {
    auto completion = CompleteOnWorker(*service, *trees, text, request);
    host_.Post([this, serial, completion = std::move(completion)] { Finish(serial, completion); });
  });
}

void InlineCompletions::Finish(Serial serial, const Completion& completion) {
  const auto it = jobs_.find(serial);
  if (it == jobs_.end()) return;  // ended while it ran
  if (completion.reason != CompletionReason::kOk) {
    return EndWithReason(serial, completion, NameOf(completion.reason));
  }
  auto item = MakeItem(*it->second.query, completion);
  if (!item) {
    const bool selected = it->second.query->selected.has_value();
    return EndWithReason(serial, completion, selected ? kSelectedItem : NameOf(CompletionReason::kEmpty));
  }
  const auto node = jobs_.extract(it);
  Answer(node.mapped(), completion, NameOf(completion.reason), InlineCompletionList{{std::move(*item)}});
}

void InlineCompletions::EndWithReason(Serial serial, const Completion& completion,
                                      const std::string& reason) {
  const auto node = jobs_.extract(serial);
  Answer(node.mapped(), completion, reason, {});
}

void InlineCompletions::Answer(Job& job, const Completion& completion, const std::string& reason,
                               const InlineCompletionList& list) {
  report_(job.uri, ReportOf(job.version, completion, reason));
  job.reply(list);
}

void InlineCompletions::EndWithError(Jobs::iterator it, LspErrorCode code, const std::string& message) {
  const auto node = jobs_.extract(it);
  Job& job = node.mapped();
  if (job.cancel) job.cancel->Cancel();
  const bool modified = code == LspErrorCode::kContentModified;
  report_(job.uri, ReportOf(job.version, NoCompletion(message), modified ? "content-modified" : "cancelled"));
  job.reply.Error(code, message);
}

void InlineCompletions::DocumentChanged(const Document& document) {
  const auto job = Find(document.uri());
  if (job == jobs_.end() || *job->second.document_text == *document.text()) return;
  EndWithError(job, LspErrorCode::kContentModified, "the document changed");
}

void InlineCompletions::DocumentClosed(const std::string& uri) {
  if (const auto job = Find(uri); job != jobs_.end()) {
    EndWithError(job, LspErrorCode::kContentModified, "the document was closed");
  }
}

void InlineCompletions::SetService(std::shared_ptr<CompletionService> service) {
  service_ = std::move(service);
  for (auto& [serial, job] : jobs_) Start(serial, job);
}

void InlineCompletions::SetUnavailable(std::string why) {
  unavailable_ = std::move(why);
  while (!jobs_.empty()) {
    EndWithReason(jobs_.begin()->first, NoCompletion(*unavailable_), NameOf(CompletionReason::kNoModel));
  }
}

void InlineCompletions::CancelAll() {
  while (!jobs_.empty()) {
    EndWithError(jobs_.begin(), LspErrorCode::kRequestCancelled, "the server is shutting down");
  }
}

}  // namespace espalier::lsp
