#include "lsp/inline_item.h"

#include <utility>

namespace espalier::lsp {
namespace {

struct Replacement {
  uint32_t begin = 0, end = 0;
  std::string text;
};

// Leaves the text behind the cursor alone where the completion would only write it again: editors then
// need no filter for the item and keep it while the user types on.
void SpareTextBehindCursor(const InlineQuery& query, Replacement& edit) {
  const std::string_view behind = std::string_view(*query.text).substr(query.cursor, edit.end - query.cursor);
  const size_t before = query.cursor - edit.begin;
  if (edit.text.size() < before + behind.size() || !edit.text.ends_with(behind)) return;
  edit.text.resize(edit.text.size() - behind.size());
  edit.end = query.cursor;
}

bool IsOnCursorLine(const InlineQuery& query, const Replacement& edit) {
  if (edit.begin < query.line_begin || edit.begin > query.cursor || edit.end < query.cursor ||
      edit.end > query.text->size()) {
    return false;
  }
  const std::string_view replaced = std::string_view(*query.text).substr(edit.begin, edit.end - edit.begin);
  return replaced.find_first_of("\r\n") == std::string_view::npos;
}

Position OnCursorLine(const InlineQuery& query, uint32_t offset) {
  const std::string_view text(*query.text);
  return {query.line, CountUnits(text.substr(query.line_begin, offset - query.line_begin), query.encoding)};
}

InlineCompletionItem ItemOf(std::string insert_text, std::string_view replaced, const Range& range) {
  InlineCompletionItem item{std::move(insert_text), std::nullopt, range};
  if (!item.insert_text.starts_with(replaced)) item.filter_text = std::string(replaced);
  return item;
}

std::optional<InlineCompletionItem> ExtendSelected(const InlineQuery& query, const Replacement& edit) {
  const std::string_view before = std::string_view(*query.text).substr(edit.begin, query.cursor - edit.begin);
  if (edit.end != query.cursor || !edit.text.starts_with(before)) return std::nullopt;
  std::string text = query.selected->text + edit.text.substr(before.size());
  return ItemOf(std::move(text), query.replaced, query.selected->range);
}

std::optional<InlineQuery> WithSelectedAccepted(const Document& document, InlineQuery query) {
  const SelectedCompletionInfo& selected = *query.selected;
  const uint32_t begin = document.OffsetAt(selected.range.start, query.encoding);
  const uint32_t end = document.OffsetAt(selected.range.end, query.encoding);
  const bool one_line = selected.range.start.line == selected.range.end.line;
  if (!one_line || begin > query.cursor || end < query.cursor) return std::nullopt;
  query.replaced = query.text->substr(begin, end - begin);
  std::string text = *query.text;
  text.replace(begin, end - begin, selected.text);
  query.text = std::make_shared<const std::string>(std::move(text));
  query.cursor = begin + static_cast<uint32_t>(selected.text.size());
  return query;
}

}  // namespace

std::optional<InlineQuery> MakeQuery(const Document& document, const InlineCompletionParams& params,
                                     PositionEncoding encoding) {
  InlineQuery query;
  query.text = document.text();
  query.encoding = encoding;
  query.cursor = document.OffsetAt(params.position, encoding);
  query.line = document.PositionAt(query.cursor, encoding).line;
  query.line_begin = document.OffsetAt({query.line, 0}, encoding);
  query.selected = params.selected_completion_info;
  if (!query.selected) return query;
  return WithSelectedAccepted(document, std::move(query));
}

std::optional<InlineCompletionItem> MakeItem(const InlineQuery& query, const Completion& completion) {
  Replacement edit{completion.begin, completion.end, completion.text};
  if (!IsOnCursorLine(query, edit)) return std::nullopt;
  SpareTextBehindCursor(query, edit);
  const std::string_view text(*query.text);
  const std::string_view replaced = text.substr(edit.begin, edit.end - edit.begin);
  if (edit.text == replaced) return std::nullopt;
  if (query.selected) return ExtendSelected(query, edit);
  const Range range{OnCursorLine(query, edit.begin), OnCursorLine(query, edit.end)};
  return ItemOf(std::move(edit.text), replaced, range);
}

}  // namespace espalier::lsp
