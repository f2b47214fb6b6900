#include "model/token_table.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "model/byte_alphabet.h"

namespace espalier {
namespace {

constexpr uint64_t kMultiplier = 0x9E3779B97F4A7C15;  // 2^64 / golden ratio

template <typename T>
T Load(const char* p) {
  T value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

/// Up to 8 bytes as one number, by loads that overlap rather than by a loop.
uint64_t Pack(std::string_view bytes) {
  const size_t n = bytes.size();
  const char* p = bytes.data();
  if (n == 8) return Load<uint64_t>(p);
  if (n >= 4) return Load<uint32_t>(p) | static_cast<uint64_t>(Load<uint32_t>(p + n - 4)) << (8 * (n - 4));
  if (n >= 2) return Load<uint16_t>(p) | static_cast<uint64_t>(Load<uint16_t>(p + n - 2)) << (8 * (n - 2));
  return n == 1 ? static_cast<uint8_t>(*p) : 0;
}

uint64_t KeyOf(std::string_view bytes) {
  if (bytes.size() <= 8) return Pack(bytes);
  uint64_t hash = bytes.size();
  for (size_t i = 0; i + 8 < bytes.size(); i += 8)
    hash = std::rotl((hash ^ Load<uint64_t>(bytes.data() + i)) * kMultiplier, 29);
  return (hash ^ Load<uint64_t>(bytes.data() + bytes.size() - 8)) * kMultiplier;
}

}  // namespace

Result<TokenTable> TokenTable::Create(const TokenizerData& data) {
  const size_t count = data.tokens.size();
  if (data.types.size() != count)
    return Fail(ErrorCode::kCorrupt, "the tokenizer has " + std::to_string(count) + " tokens but " +
                                         std::to_string(data.types.size()) + " token types");
  if (count == 0 || count > static_cast<size_t>(std::numeric_limits<TokenId>::max()))
    return Fail(ErrorCode::kCorrupt, "the tokenizer has " + std::to_string(count) + " tokens");
  size_t text_bytes = 0;
  for (const std::string& token : data.tokens) text_bytes += token.size();
  if (text_bytes > std::numeric_limits<uint32_t>::max())
    return Fail(ErrorCode::kCorrupt, "the tokens' texts take " + std::to_string(text_bytes) + " bytes");

  TokenTable table;
  table.names_.text.reserve(text_bytes);
  table.bytes_.text.reserve(text_bytes);
  table.names_.begins.reserve(count + 1);
  table.bytes_.begins.reserve(count + 1);
  table.types_.reserve(count);
  table.slots_.resize(std::bit_ceil(count * 3 / 2 + 2));
  table.slot_shift_ = 64 - static_cast<unsigned>(std::countr_zero(table.slots_.size()));
  for (size_t i = 0; i < count; ++i) {
    if (table.AppendToken(data.tokens[i], data.types[i])) table.Insert(static_cast<TokenId>(i));
  }
  return table;
}

/// True when the token is one that plain text can become.
bool TokenTable::AppendToken(std::string_view name, TokenType type) {
  names_.text += name;
  names_.begins.push_back(static_cast<uint32_t>(names_.text.size()));
  bool findable = false;
  if (type == TokenType::kNormal) {
    findable = AppendAlphabetBytes(name, bytes_.text) && !name.empty();
    if (!findable) bytes_.text += name;
  } else if (type == TokenType::kUserDefined) {
    bytes_.text += name;
  }
  bytes_.begins.push_back(static_cast<uint32_t>(bytes_.text.size()));
  types_.push_back(type);
  return findable;
}

void TokenTable::Insert(TokenId id) {
  const std::string_view bytes = Bytes(id);
  const uint64_t key = KeyOf(bytes);
  Slot& slot = slots_[Probe(bytes, key)];
  if (slot.id != kNoToken) return;
  slot = {key, id, static_cast<uint32_t>(bytes.size())};
  longest_findable_ = std::max(longest_findable_, bytes.size());
}

size_t TokenTable::Probe(std::string_view bytes, uint64_t key) const {
  const size_t mask = slots_.size() - 1;
  size_t i = ((key ^ bytes.size()) * kMultiplier) >> slot_shift_;
  for (;; i = (i + 1) & mask) {
    const Slot& slot = slots_[i];
    if (slot.id == kNoToken) return i;
    if (slot.key != key || slot.length != bytes.size()) continue;
    if (bytes.size() <= 8 || Bytes(slot.id) == bytes) return i;
  }
}

TokenId TokenTable::Find(std::string_view bytes) const {
  return bytes.size() > longest_findable_ ? kNoToken : slots_[Probe(bytes, KeyOf(bytes))].id;
}

}  // namespace espalier
