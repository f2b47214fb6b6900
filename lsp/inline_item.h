// From "complete at this position" to the engine's question, and from its answer to the item that an
// editor shows. Pure functions; byte offsets inside, positions at the edges.
#pragma once

#include <optional>
#include <string>

#include "decoder/completion.h"
#include "lsp/document.h"
#include "lsp/protocol.h"

namespace espalier::lsp {

/// What to ask the engine. With an item selected in the popup menu, the text is the document as it
/// would be with that item accepted: the answer then extends the item, as LSP demands.
struct InlineQuery {
  SharedText text;
  uint32_t cursor = 0;
  uint32_t line = 0;  ///< of the cursor, and where it begins
  uint32_t line_begin = 0;
  PositionEncoding encoding = PositionEncoding::kUtf16;
  std::optional<SelectedCompletionInfo> selected;
  std::string replaced;  ///< what the selected item replaces
};

/// Nothing when the selected item's range spans lines or does not hold the cursor.
std::optional<InlineQuery> MakeQuery(const Document& document, const InlineCompletionParams& params,
                                     PositionEncoding encoding);

/// The item to show, such that the text it replaces is a prefix of its filterText (or of its
/// insertText, when it has none): clients hide other items. Nothing when the completion adds no text, spans
/// lines with its range, or does not extend the selected item. REQUIRES: completion.reason == kOk, for
/// the query's text and cursor.
std::optional<InlineCompletionItem> MakeItem(const InlineQuery& query, const Completion& completion);

}  // namespace espalier::lsp
