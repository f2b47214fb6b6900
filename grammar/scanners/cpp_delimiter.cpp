#include "grammar/scanners/cpp_delimiter.h"

#include <cstring>
#include <deque>
#include <map>
#include <mutex>

namespace espalier {
namespace {

// The cursor's flags: how many bytes the delimiter has, and how many of them are matched. Both are below 128.
constexpr uint32_t kProgressShift = 8;
constexpr uint32_t kSizeMask = (1u << kProgressShift) - 1;
constexpr char kInvalidByte = '\xFF';

// The delimiters that are too long for a cursor, numbered as they come.
class LongDelimiters {
 public:
  uint32_t NumberOf(const std::string& bytes) {
    const std::lock_guard lock(mutex_);
    const auto [entry, is_new] = numbers_.try_emplace(bytes, static_cast<uint32_t>(delimiters_.size()));
    if (is_new) delimiters_.push_back(bytes);
    return entry->second;
  }

  std::string At(uint32_t number) {
    const std::lock_guard lock(mutex_);
    return delimiters_[number];
  }

 private:
  std::mutex mutex_;
  std::map<std::string, uint32_t> numbers_;
  std::deque<std::string> delimiters_;
};

LongDelimiters& KeptDelimiters() {
  static LongDelimiters delimiters;
  return delimiters;
}

// Of the bytes made by DelimiterBytes().
uint32_t SizeFromLead(char lead) {
  const auto byte = static_cast<uint8_t>(lead);
  if (byte < 0x80 || lead == kInvalidByte) return 1;
  if (byte < 0xE0) return 2;
  return byte < 0xF0 ? 3 : 4;
}

int32_t CodePointOf(std::string_view bytes) {
  if (bytes[0] == kInvalidByte) return kScanInvalid;
  if (bytes.size() == 1) return bytes[0];
  int32_t code_point = static_cast<uint8_t>(bytes[0]) & (0xFF >> (bytes.size() + 1));
  for (const char byte : bytes.substr(1)) code_point = code_point << 6 | (byte & 0x3F);
  return code_point;
}

}  // namespace

std::string DelimiterBytes(int32_t c) {
  if (c < 0) return {kInvalidByte};
  if (c < 0x80) return {static_cast<char>(c)};
  std::string bytes;
  int32_t lead_limit = 0x40;  // what still fits behind the marker bits of the lead byte
  for (; c >= lead_limit; c >>= 6, lead_limit /= 2) {
    bytes.insert(bytes.begin(), static_cast<char>(0x80 | (c & 0x3F)));
  }
  const int lead_marker = 0xFF00 >> (bytes.size() + 1);
  bytes.insert(bytes.begin(), static_cast<char>(lead_marker | c));
  return bytes;
}

std::string LoadDelimiter(const ScanCursor& cursor) {
  const uint32_t size = cursor.flags & kSizeMask;
  if (size > sizeof cursor.words) return KeptDelimiters().At(cursor.words[0]);
  return {reinterpret_cast<const char*>(cursor.words), size};
}

void StoreDelimiter(ScanCursor& cursor, const std::string& bytes) {
  cursor.flags = static_cast<uint16_t>((cursor.flags & ~kSizeMask) | bytes.size());
  std::memset(cursor.words, 0, sizeof cursor.words);
  if (bytes.size() > sizeof cursor.words) {
    cursor.words[0] = KeptDelimiters().NumberOf(bytes);
  } else {
    std::memcpy(cursor.words, bytes.data(), bytes.size());
  }
}

uint32_t DelimiterProgress(const ScanCursor& cursor) { return cursor.flags >> kProgressShift; }

void SetDelimiterProgress(ScanCursor& cursor, uint32_t bytes) {
  cursor.flags = static_cast<uint16_t>((cursor.flags & kSizeMask) | bytes << kProgressShift);
}

std::string DelimiterFromState(std::string_view state) {
  std::string bytes;
  for (size_t i = 0; i + sizeof(int32_t) <= state.size(); i += sizeof(int32_t)) {
    int32_t code_point = 0;
    std::memcpy(&code_point, state.data() + i, sizeof code_point);
    bytes += DelimiterBytes(code_point);
  }
  return bytes;
}

std::string DelimiterToState(std::string_view bytes) {
  std::string state;
  while (!bytes.empty()) {
    const uint32_t size = SizeFromLead(bytes[0]);
    const int32_t code_point = CodePointOf(bytes.substr(0, size));
    state.append(reinterpret_cast<const char*>(&code_point), sizeof code_point);
    bytes.remove_prefix(size);
  }
  return state;
}

}  // namespace espalier
