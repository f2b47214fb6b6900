// One open document: its text, version and line index, kept in step with the editor by full or
// incremental changes, and its language. The text is immutable and shared: a request that is being
// answered keeps the text it was asked about while newer edits arrive.
// Not thread-safe, the message loop owns it; text() and tree() results may be used anywhere.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "adapters/adapter.h"
#include "base/result.h"
#include "lsp/incremental_tree.h"
#include "lsp/position.h"
#include "lsp/protocol.h"

namespace espalier::lsp {

/// Documents above this are dropped: offsets and parsers have limits, and so has memory.
inline constexpr size_t kMaxDocumentBytes = size_t{64} << 20;

class Document {
 public:
  /// The language is taken from `item.language_id` or, when no adapter knows that, from the URI's
  /// file extension. Errors: kResourceExhausted (kMaxDocumentBytes).
  static Result<Document> Open(TextDocumentItem item);

  const std::string& uri() const { return uri_; }
  /// nullptr when no adapter knows the language.
  const Adapter* adapter() const { return adapter_; }
  int32_t version() const { return version_; }
  void set_version(int32_t version) { version_ = version; }
  const SharedText& text() const { return text_; }
  /// Trees of this document's texts; nullptr when no adapter knows the language.
  const std::shared_ptr<IncrementalTree>& tree() const { return tree_; }

  /// Applies one change. A range that ends before it starts is taken the other way round, as editors'
  /// own libraries do. Errors: kResourceExhausted (kMaxDocumentBytes); the document is then unchanged.
  Status Apply(const TextDocumentContentChangeEvent& change, PositionEncoding encoding);

  uint32_t OffsetAt(Position position, PositionEncoding encoding) const;
  Position PositionAt(uint32_t offset, PositionEncoding encoding) const;

 private:
  Document(TextDocumentItem item, const Adapter* adapter);
  void Replace(uint32_t begin, uint32_t end, std::string_view inserted);

  std::string uri_;
  const Adapter* adapter_;
  int32_t version_;
  SharedText text_;
  LineIndex lines_;
  std::shared_ptr<IncrementalTree> tree_;
};

}  // namespace espalier::lsp
