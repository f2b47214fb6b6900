#include "model/special_text.h"

#include <algorithm>
#include <cstdint>

namespace espalier {
namespace {

bool IsSpecial(TokenType type) { return type == TokenType::kControl || type == TokenType::kUserDefined; }

}  // namespace

SpecialTextFinder::SpecialTextFinder(const TokenTable& tokens) : tokens_(&tokens) {
  for (TokenId id = 0; tokens.Contains(id); ++id) {
    if (IsSpecial(tokens.Type(id)) && !tokens.Name(id).empty())
      by_first_byte_[static_cast<uint8_t>(tokens.Name(id)[0])].push_back(id);
  }
  const auto longer = [&](TokenId a, TokenId b) { return tokens.Name(a).size() > tokens.Name(b).size(); };
  for (std::vector<TokenId>& ids : by_first_byte_) std::stable_sort(ids.begin(), ids.end(), longer);
}

SpecialMatch SpecialTextFinder::Find(std::string_view text, size_t from) const {
  for (size_t i = from; i < text.size(); ++i) {
    for (TokenId id : by_first_byte_[static_cast<uint8_t>(text[i])]) {
      const std::string_view name = tokens_->Name(id);
      if (text.substr(i, name.size()) == name) return {i, name.size(), id};
    }
  }
  return {};
}

}  // namespace espalier
