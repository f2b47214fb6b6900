#include "model/special_tokens.h"

#include <algorithm>
#include <span>
#include <unordered_map>

namespace espalier {
namespace {

/// A role and the names that model families give it, the likeliest first.
struct Role {
  TokenId SpecialTokenIds::*id;
  std::span<const std::string_view> names;
};

constexpr std::string_view kBos[] = {"<|begin_of_text|>", "<｜begin▁of▁sentence｜>", "<s>"};
constexpr std::string_view kEos[] = {"<|end_of_text|>", "<|endoftext|>", "<｜end▁of▁sentence｜>", "</s>"};
constexpr std::string_view kEot[] = {"<|eot_id|>", "<|EOT|>", "<EOT>", "▁<EOT>", "<|endoftext|>"};
constexpr std::string_view kFimPrefix[] = {"<|fim_prefix|>",  "<fim_prefix>", "<fim-prefix>",
                                           "<｜fim▁begin｜>", "<PRE>",        "▁<PRE>"};
constexpr std::string_view kFimSuffix[] = {"<|fim_suffix|>", "<fim_suffix>", "<fim-suffix>",
                                           "<｜fim▁hole｜>", "<SUF>",        "▁<SUF>"};
constexpr std::string_view kFimMiddle[] = {"<|fim_middle|>", "<fim_middle>", "<fim-middle>",
                                           "<｜fim▁end｜>",  "<MID>",        "▁<MID>"};
constexpr std::string_view kFimPad[] = {"<|fim_pad|>", "<fim_pad>", "<fim-pad>", "<PAD>"};
constexpr std::string_view kRepoName[] = {"<|repo_name|>", "<repo_name>", "<reponame>", "<|fim_repo|>"};
constexpr std::string_view kFileSep[] = {"<|file_sep|>", "<file_sep>", "<filename>"};
constexpr std::string_view kImStart[] = {"<|im_start|>"};
constexpr std::string_view kImEnd[] = {"<|im_end|>"};

constexpr Role kRoles[] = {
    {&SpecialTokenIds::bos, kBos},
    {&SpecialTokenIds::eos, kEos},
    {&SpecialTokenIds::eot, kEot},
    {&SpecialTokenIds::pad, {}},
    {&SpecialTokenIds::fim_prefix, kFimPrefix},
    {&SpecialTokenIds::fim_suffix, kFimSuffix},
    {&SpecialTokenIds::fim_middle, kFimMiddle},
    {&SpecialTokenIds::fim_pad, kFimPad},
    {&SpecialTokenIds::repo_name, kRepoName},
    {&SpecialTokenIds::file_sep, kFileSep},
    {&SpecialTokenIds::im_start, kImStart},
    {&SpecialTokenIds::im_end, kImEnd},
};

/// End marks that a vocabulary may have beside the one that fills the role.
constexpr std::string_view kEndMarks[] = {"<|endoftext|>", "<|end_of_text|>", "<|eot_id|>", "<|eom_id|>",
                                          "<|end|>",       "<|EOT|>",         "<EOT>",      "</s>"};

bool IsSpecial(TokenType type) { return type == TokenType::kControl || type == TokenType::kUserDefined; }

using NameIndex = std::unordered_map<std::string_view, TokenId>;

/// The first of equal names wins. REQUIRES: data.types is as long as data.tokens.
NameIndex SpecialByName(const TokenizerData& data) {
  NameIndex index;
  for (size_t i = 0; i < data.tokens.size(); ++i) {
    if (IsSpecial(data.types[i])) index.emplace(data.tokens[i], static_cast<TokenId>(i));
  }
  return index;
}

TokenId FirstOf(std::span<const std::string_view> names, const NameIndex& index) {
  for (std::string_view name : names) {
    if (const auto found = index.find(name); found != index.end()) return found->second;
  }
  return kNoToken;
}

}  // namespace

void FindSpecialTokens(TokenizerData& data) {
  const NameIndex index = SpecialByName(data);
  for (const Role& role : kRoles) {
    TokenId& id = data.special.*role.id;
    if (id == kNoToken) id = FirstOf(role.names, index);
  }
}

std::vector<TokenId> EndOfGenerationTokens(const TokenizerData& data) {
  std::vector<TokenId> ends;
  for (const Role& role : kRoles) ends.push_back(data.special.*role.id);
  const NameIndex index = SpecialByName(data);
  for (std::string_view mark : kEndMarks) ends.push_back(FirstOf({&mark, 1}, index));
  std::sort(ends.begin(), ends.end());
  ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
  std::erase(ends, kNoToken);
  return ends;
}

}  // namespace espalier
