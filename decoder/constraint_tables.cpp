#include "decoder/constraint_tables.h"

#include <string_view>

namespace espalier {

const Vocabulary& ConstraintTables::vocabulary() {
  if (!vocabulary_) {
    std::vector<std::string_view> tokens;
    for (size_t id = 0; id < tokenizer_.vocab_size(); ++id) {
      tokens.push_back(tokenizer_.TokenBytes(static_cast<TokenId>(id)));
    }
    vocabulary_ = std::make_unique<Vocabulary>(tokens);
  }
  return *vocabulary_;
}

MaskTables& ConstraintTables::MasksFor(const Grammar& grammar) {
  for (const auto& [known, masks] : masks_) {
    if (known == &grammar) return *masks;
  }
  masks_.emplace_back(&grammar, std::make_unique<MaskTables>(grammar, vocabulary()));
  return *masks_.back().second;
}

}  // namespace espalier
