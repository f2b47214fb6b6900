#include "grammar/parse.h"

#include <algorithm>
#include <chrono>
#include <string>

namespace espalier {
namespace {

using Clock = std::chrono::steady_clock;

// TSInput callback: the longest run of bytes at `byte` that one piece holds.
const char* ReadPiece(void* payload, uint32_t byte, TSPoint, uint32_t* bytes_read) {
  const auto& text = *static_cast<const TextPieces*>(payload);
  size_t offset = byte;
  for (std::string_view piece : {text.head, text.inserted, text.tail}) {
    if (offset < piece.size()) {
      *bytes_read = static_cast<uint32_t>(piece.size() - offset);
      return piece.data() + offset;
    }
    offset -= piece.size();
  }
  *bytes_read = 0;
  return "";
}

bool BudgetIsSpent(TSParseState* state) {
  return Clock::now() >= *static_cast<const Clock::time_point*>(state->payload);
}

// Row and column (in bytes) of the end of `text`, counted from `from`.
TSPoint PointAfter(TSPoint from, std::string_view text) {
  const size_t last_newline = text.rfind('\n');
  if (last_newline == std::string_view::npos) {
    return {from.row, from.column + static_cast<uint32_t>(text.size())};
  }
  const auto rows = std::count(text.begin(), text.end(), '\n');
  return {from.row + static_cast<uint32_t>(rows), static_cast<uint32_t>(text.size() - last_newline - 1)};
}

}  // namespace

TextPieces ApplyEdit(std::string_view text, const ByteEdit& edit) {
  return {text.substr(0, edit.begin), edit.text, text.substr(edit.end)};
}

Result<TsTreePtr> ParseText(Language language, const TextPieces& text, const TSTree* old_tree,
                            uint64_t budget_us) {
  if (text.size() > kMaxParseBytes) {
    return Fail(ErrorCode::kInvalidArgument,
                "the text has " + std::to_string(text.size()) + " bytes; at most 64 MiB can be parsed");
  }
  TextPieces pieces = text;
  Clock::time_point deadline = Clock::now() + std::chrono::microseconds(budget_us);
  const TSInput input = {&pieces, ReadPiece, TSInputEncodingUTF8, nullptr};
  const TSParseOptions options = {&deadline, budget_us == 0 ? nullptr : BudgetIsSpent};
  TSParser* parser = ThreadParser(language);
  TsTreePtr tree(ts_parser_parse_with_options(parser, old_tree, input, options));
  if (!tree) {
    ts_parser_reset(parser);  // else the next parse would resume this one
    return Fail(ErrorCode::kDeadlineExceeded,
                "parsing took longer than its budget of " + std::to_string(budget_us) + " us");
  }
  return tree;
}

TsTreePtr EditTree(const TSTree* tree, const ByteEdit& edit, std::string_view old_text) {
  TSInputEdit change;
  change.start_byte = edit.begin;
  change.old_end_byte = edit.end;
  change.new_end_byte = edit.begin + static_cast<uint32_t>(edit.text.size());
  change.start_point = PointAfter({0, 0}, old_text.substr(0, edit.begin));
  change.old_end_point = PointAfter(change.start_point, old_text.substr(edit.begin, edit.end - edit.begin));
  change.new_end_point = PointAfter(change.start_point, edit.text);
  TsTreePtr copy(ts_tree_copy(tree));
  ts_tree_edit(copy.get(), &change);
  return copy;
}

}  // namespace espalier
