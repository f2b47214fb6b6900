#include "lsp/test_generation.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "adapters/signature.h"
#include "lsp/uri.h"

namespace espalier::lsp {
namespace {

namespace fs = std::filesystem;

/// The outermost function with a body that holds an offset: what is nested in one cannot be called from a
/// test.
std::optional<Signature> FunctionAt(const Adapter& adapter, const std::string& text, uint32_t offset) {
  const auto functions = ListFunctions(adapter, text);
  if (!functions) return std::nullopt;
  const Signature* found = nullptr;
  for (const Signature& one : *functions) {
    const bool holds = one.has_body && !one.name.empty() && one.begin <= offset && offset <= one.end;
    if (holds && (found == nullptr || one.end - one.begin > found->end - found->begin)) found = &one;
  }
  return found == nullptr ? std::nullopt : std::optional(*found);
}

bool IsWanted(const CodeActionParams& params) {
  if (!params.only) return true;
  const std::string_view kind = kGenerateTestsKind;
  return std::ranges::any_of(*params.only, [kind](const std::string& wanted) {
    return kind == wanted || (kind.starts_with(wanted) && kind[wanted.size()] == '.') || wanted.empty();
  });
}

/// The function at the offset, and tests for it.
Result<GeneratedTests> WriteOnWorker(CompletionService& service, TestRequest request, uint32_t offset,
                                     const TestObserver& observer, const CancelToken& cancel) {
  auto function = FunctionAt(AdapterFor(request.language), request.source, offset);
  if (!function) return Fail(ErrorCode::kNotFound, "there is no function with a body at the cursor");
  request.function = std::move(*function);
  return service.WriteTestsFor(request, observer, cancel);
}

}  // namespace

void TestGeneration::OfferActions(const Document& document, const CodeActionParams& params,
                                  ActionsReply reply) {
  const Adapter* adapter = document.adapter();
  if (adapter == nullptr || !IsWanted(params)) return reply({});
  const uint32_t offset = document.OffsetAt(params.range.start, client_.position_encoding);
  const auto shared = std::make_shared<ActionsReply>(std::move(reply));
  host_.RunInBackground([this, adapter, offset, text = document.text(), uri = document.uri(),
                         position = params.range.start, shared] {
    std::vector<GenerateTestsAction> actions;
    if (const auto function = FunctionAt(*adapter, *text, offset)) {
      actions.push_back({function->name, {uri, position}});
    }
    host_.Post([actions = std::move(actions), shared] { (*shared)(actions); });
  });
}

std::optional<std::string> TestGeneration::WhyNot(const Document& document) const {
  if (job_) return "tests are being written already; wait for them, or cancel that first";
  if (unavailable_) return *unavailable_;
  if (!service_) return "the model is still loading";
  if (document.adapter() == nullptr) return "no grammar is known for this file";
  if (!document.uri().starts_with("file:")) return "save the file first, so that its tests have a place";
  if (!client_.creates_files)
    return "this editor cannot create files for a server; use: espalier test FILE::FUNCTION --write";
  return std::nullopt;
}

void TestGeneration::Generate(const Document& document, Position position, Reply<std::nullptr_t> reply) {
  if (const auto why = WhyNot(document)) return reply.Error(LspErrorCode::kRequestFailed, *why);
  const uint64_t serial = next_serial_++;
  reply.OnCancel([this, serial] {
    if (job_ && job_->serial == serial)
      EndWithError(LspErrorCode::kRequestCancelled, "the request was cancelled");
  });
  job_.emplace(serial, document.uri(), std::move(reply));
  ShowProgress();
  Start(document, document.OffsetAt(position, client_.position_encoding));
}

void TestGeneration::Start(const Document& document, uint32_t offset) {
  TestRequest request;
  request.language = document.adapter()->language;
  request.file = PathOfUri(document.uri()).filename().string();
  request.source = *document.text();
  host_.RunInBackground([this, serial = job_->serial, service = service_, offset,
                         request = std::move(request), cancel = job_->cancel.token()]() mutable {
    const auto observe = [this, serial](std::string_view stage, uint32_t, uint32_t) {
      host_.Post([this, serial, text = std::string(stage)] { ReportStage(serial, text); });
    };
    auto tests = std::make_shared<Result<GeneratedTests>>(
        WriteOnWorker(*service, std::move(request), offset, observe, cancel));
    host_.Post([this, serial, tests] { Finish(serial, *tests); });
  });
}

void TestGeneration::ShowProgress() {
  if (!client_.work_done_progress) return;
  const std::string token = Token();
  dispatcher_.Call(
      "window/workDoneProgress/create", {{"token", token}},
      [this, token, serial = job_->serial](bool created) {
        if (!created || !job_ || job_->serial != serial) return;
        job_->progress_shown = true;
        const Json begin = {{"kind", "begin"}, {"title", "Writing tests"}, {"cancellable", true}};
        dispatcher_.Notify("$/progress", {{"token", token}, {"value", begin}});
      });
}

void TestGeneration::ReportStage(uint64_t serial, const std::string& stage) {
  if (!job_ || job_->serial != serial || !job_->progress_shown || job_->stage == stage) return;
  job_->stage = stage;
  const Json report = {{"kind", "report"}, {"message", stage}};
  dispatcher_.Notify("$/progress", {{"token", Token()}, {"value", report}});
}

void TestGeneration::EndProgress(const std::string& message) {
  if (!job_->progress_shown) return;
  const Json end = {{"kind", "end"}, {"message", message}};
  dispatcher_.Notify("$/progress", {{"token", Token()}, {"value", end}});
}

void TestGeneration::Finish(uint64_t serial, const Result<GeneratedTests>& tests) {
  if (!job_ || job_->serial != serial) return;  // ended while it ran
  if (!tests) return EndWithError(LspErrorCode::kRequestFailed, tests.error().message);
  HandOver(*tests);
}

void TestGeneration::HandOver(const GeneratedTests& tests) {
  const RenderedTests& file = tests.file.tests;
  const fs::path folder = PathOfUri(job_->uri).parent_path();
  std::error_code ignored;
  std::string name = file.path;
  if (fs::exists(folder / name, ignored)) name = file.other_path;
  if (fs::exists(folder / name, ignored)) {
    return EndWithError(LspErrorCode::kRequestFailed,
                        name + " is there already; move or delete it, and ask again");
  }
  const NewFileEdit edit{"Tests for " + tests.report.suite.function.name, SiblingUri(job_->uri, name),
                         file.content};
  dispatcher_.Call("workspace/applyEdit", ToJson(edit), [](bool) {});
  const MessageParams message{MessageType::kInfo, name + ": " + SummaryText(tests)};
  dispatcher_.Notify("window/showMessage", ToJson(message));
  EndProgress(name);
  job_->reply(nullptr);
  job_.reset();
}

void TestGeneration::EndWithError(LspErrorCode code, const std::string& message) {
  job_->cancel.Cancel();
  EndProgress(message);
  job_->reply.Error(code, message);
  job_.reset();
}

void TestGeneration::CancelProgress(const std::string& token) {
  if (job_ && token == Token()) EndWithError(LspErrorCode::kRequestCancelled, "the tests were cancelled");
}

void TestGeneration::CancelAll() {
  if (job_) EndWithError(LspErrorCode::kRequestCancelled, "the server is shutting down");
}

}  // namespace espalier::lsp
