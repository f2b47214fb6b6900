// What constraints of one model share: its vocabulary as a trie, and for each language the masks that were
// worked out. Made at first use, since most requests never need a mask.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "grammar/mask_walk.h"
#include "grammar/syntax.h"
#include "model/tokenizer.h"

namespace espalier {

/// Used by the engine's thread alone, once requests run.
class ConstraintTables {
 public:
  /// `tokenizer` must outlive the tables.
  explicit ConstraintTables(const Tokenizer& tokenizer) : tokenizer_(tokenizer) {}

  /// About 25 ms the first time.
  const Vocabulary& vocabulary();
  MaskTables& MasksFor(const Grammar& grammar);

 private:
  const Tokenizer& tokenizer_;
  std::unique_ptr<Vocabulary> vocabulary_;
  std::vector<std::pair<const Grammar*, std::unique_ptr<MaskTables>>> masks_;
};

}  // namespace espalier
