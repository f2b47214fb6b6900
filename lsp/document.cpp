#include "lsp/document.h"

#include <algorithm>
#include <utility>

#include "lsp/uri.h"

namespace espalier::lsp {
namespace {

Status CheckSize(size_t bytes) {
  if (bytes <= kMaxDocumentBytes) return {};
  return Fail(ErrorCode::kResourceExhausted, "the document has " + std::to_string(bytes) +
                                                 " bytes; at most " + std::to_string(kMaxDocumentBytes) +
                                                 " are kept");
}

}  // namespace

Result<Document> Document::Open(TextDocumentItem item) {
  ESPALIER_RETURN_IF_ERROR(CheckSize(item.text.size()));
  const Adapter* adapter = AdapterForName(item.language_id);
  if (adapter == nullptr) adapter = AdapterForPath(PathOfUri(item.uri));
  return Document(std::move(item), adapter);
}

Document::Document(TextDocumentItem item, const Adapter* adapter)
    : uri_(std::move(item.uri)),
      adapter_(adapter),
      version_(item.version),
      text_(std::make_shared<const std::string>(std::move(item.text))),
      lines_(*text_),
      tree_(adapter == nullptr ? nullptr : std::make_shared<IncrementalTree>(adapter->language)) {}

Status Document::Apply(const TextDocumentContentChangeEvent& change, PositionEncoding encoding) {
  uint32_t begin = 0;
  auto end = static_cast<uint32_t>(text_->size());
  if (change.range) {
    begin = OffsetAt(change.range->start, encoding);
    end = OffsetAt(change.range->end, encoding);
    if (begin > end) std::swap(begin, end);
  }
  ESPALIER_RETURN_IF_ERROR(CheckSize(text_->size() - (end - begin) + change.text.size()));
  Replace(begin, end, change.text);
  return {};
}

void Document::Replace(uint32_t begin, uint32_t end, std::string_view inserted) {
  std::string text;
  text.reserve(text_->size() - (end - begin) + inserted.size());
  text.append(*text_, 0, begin).append(inserted).append(*text_, end);
  text_ = std::make_shared<const std::string>(std::move(text));
  lines_.Update(*text_, begin, end, static_cast<uint32_t>(inserted.size()));
}

uint32_t Document::OffsetAt(Position position, PositionEncoding encoding) const {
  return lines_.OffsetAt(*text_, position, encoding);
}

Position Document::PositionAt(uint32_t offset, PositionEncoding encoding) const {
  return lines_.PositionAt(*text_, offset, encoding);
}

}  // namespace espalier::lsp
