// The syntax tree of a text that changes: each version is parsed from the one before, so that a
// keystroke costs what it changed and not the whole file. Thread-safe; work happens on the calling thread.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"
#include "grammar/syntax.h"

namespace espalier::lsp {

/// Texts and trees are shared and never change once made: readers on other threads keep theirs.
using SharedText = std::shared_ptr<const std::string>;
using SharedTree = std::shared_ptr<const SyntaxTree>;

/// The smallest replacement that turns `before` into `after`, on whole UTF-8 characters; `text` points
/// into `after`.
ByteEdit Difference(std::string_view before, std::string_view after);

class IncrementalTree {
 public:
  explicit IncrementalTree(Language language) : language_(language) {}

  /// The tree of `text`, which is remembered as the start for the next. Errors: as SyntaxTree::Parse;
  /// `budget_us` limits the first parse (0 = no limit), the later ones are short.
  Result<SharedTree> TreeOf(const SharedText& text, uint64_t budget_us = 0);

 private:
  const Language language_;
  std::mutex mutex_;
  SharedText text_;  ///< guarded by mutex_, as tree_; null until the first call
  SharedTree tree_;  ///< of *text_
};

}  // namespace espalier::lsp
