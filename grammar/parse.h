// Internal to grammar/: one call of tree-sitter's parser over a text that may come in pieces, with a
// time budget. Thread-safe (each thread has its own parsers).
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "grammar/ts_language.h"

namespace espalier {

/// Longest text that is parsed; offsets are 32 bits wide and users' files are far below it.
inline constexpr size_t kMaxParseBytes = 64u << 20;

/// A text with one stretch replaced: head, then inserted, then tail. The cuts must not split a UTF-8 code
/// point.
struct TextPieces {
  std::string_view head;
  std::string_view inserted;
  std::string_view tail;

  size_t size() const { return head.size() + inserted.size() + tail.size(); }
};

/// `text` with `edit` applied, without copying. REQUIRES: edit.begin <= edit.end <= text.size().
TextPieces ApplyEdit(std::string_view text, const ByteEdit& edit);

/// Parses; `old_tree`, when not null, was already told of the edit by EditTree and its unchanged parts
/// are reused. Errors: kDeadlineExceeded after `budget_us` (0 = none), kInvalidArgument over 64 MiB.
Result<TsTreePtr> ParseText(Language language, const TextPieces& text, const TSTree* old_tree,
                            uint64_t budget_us);

/// A copy of `tree` (cheap) that knows of `edit` to the text `old_text` that it was parsed from.
TsTreePtr EditTree(const TSTree* tree, const ByteEdit& edit, std::string_view old_text);

}  // namespace espalier
