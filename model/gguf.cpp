#include "model/gguf.h"

#include <bit>
#include <string>

#include "model/byte_reader.h"
#include "model/gguf_tensors.h"

namespace espalier {
namespace {

constexpr uint32_t kMagic = 0x46554747;  // "GGUF"
constexpr uint32_t kOldestVersion = 2;
constexpr uint32_t kNewestVersion = 3;
constexpr size_t kMaxKeyBytes = 65535;               // the specification's limit
constexpr size_t kMinKeyValueBytes = 8 + 1 + 4 + 1;  // key length, one letter, type, one byte of value
constexpr uint32_t kMinAlignment = 8;
constexpr uint32_t kMaxAlignment = 1 << 20;

constexpr struct {
  std::string_view name;
  uint32_t bytes;  // 0: not of fixed size
} kTypes[] = {
    {"UINT8", 1}, {"INT8", 1},   {"UINT16", 2}, {"INT16", 2},  {"UINT32", 4}, {"INT32", 4},   {"FLOAT32", 4},
    {"BOOL", 1},  {"STRING", 0}, {"ARRAY", 0},  {"UINT64", 8}, {"INT64", 8},  {"FLOAT64", 8},
};

uint32_t FixedBytes(GgufType type) { return kTypes[static_cast<size_t>(type)].bytes; }

class Parser {
 public:
  Parser(std::span<const std::byte> bytes, const FileErrors& errors)
      : bytes_(bytes), reader_(bytes), errors_(errors) {}

  Result<GgufFile> Parse();

 private:
  Status ReadHeader();
  Status ReadKeyValue();
  Result<std::string_view> ReadKey();
  Result<GgufType> ReadType(std::string_view key);
  Result<GgufValue> ReadValue(std::string_view key);
  Status ReadArrayHeader(std::string_view key, GgufValue& value);
  Status SkipElements(std::string_view key, GgufValue& value);
  Status ReadAlignment();
  tl::unexpected<Error> EndsIn(std::string_view what) const;

  std::span<const std::byte> bytes_;
  ByteReader reader_;
  const FileErrors& errors_;
  uint64_t n_tensors_ = 0;
  uint64_t n_key_values_ = 0;
  GgufFile file_;
};

Result<GgufFile> Parser::Parse() {
  ESPALIER_RETURN_IF_ERROR(ReadHeader());
  for (uint64_t i = 0; i < n_key_values_; ++i) ESPALIER_RETURN_IF_ERROR(ReadKeyValue());
  ESPALIER_RETURN_IF_ERROR(ReadAlignment());
  ESPALIER_ASSIGN_OR_RETURN(
      file_.tensors, ReadGgufTensors(bytes_, {reader_.offset(), n_tensors_, file_.alignment}, errors_));
  return std::move(file_);
}

tl::unexpected<Error> Parser::EndsIn(std::string_view what) const {
  return errors_.Corrupt("the file ends inside " + std::string(what) + " at byte " +
                         std::to_string(reader_.offset()) + " of " + std::to_string(bytes_.size()) +
                         "; download it again");
}

Status Parser::ReadHeader() {
  uint32_t magic = 0;
  if (!reader_.Read(magic)) return EndsIn("the header");
  if (magic != kMagic)
    return errors_.Corrupt(
        "not a GGUF file (it does not begin with 'GGUF'); "
        "a safetensors model is opened by its directory");
  if (!reader_.Read(file_.version)) return EndsIn("the header");
  if ((file_.version & 0xffff) == 0 && file_.version != 0) {
    return errors_.Unsupported("big-endian GGUF files are not supported");
  }
  if (file_.version < kOldestVersion || file_.version > kNewestVersion) {
    return errors_.Unsupported("GGUF version " + std::to_string(file_.version) +
                               " is not supported; versions 2 and 3 are");
  }
  if (!reader_.Read(n_tensors_) || !reader_.Read(n_key_values_)) return EndsIn("the header");
  if (n_key_values_ > reader_.remaining() / kMinKeyValueBytes) {
    return errors_.Corrupt("the metadata count " + std::to_string(n_key_values_) +
                           " needs more than the file's " + std::to_string(bytes_.size()) + " bytes");
  }
  return CheckGgufTensorCount(n_tensors_, reader_.remaining(), errors_);
}

Result<std::string_view> Parser::ReadKey() {
  std::string_view key;
  uint64_t length = 0;
  ByteReader peek = reader_;
  if (!peek.Read(length)) return EndsIn("a metadata key");
  if (length == 0 || length > kMaxKeyBytes) {
    return errors_.Corrupt("a metadata key at byte " + std::to_string(reader_.offset()) + " has length " +
                           std::to_string(length) + "; expected " + RangeText(1, kMaxKeyBytes));
  }
  if (!reader_.ReadString(key)) return EndsIn("a metadata key");
  return key;
}

Result<GgufType> Parser::ReadType(std::string_view key) {
  uint32_t type = 0;
  if (!reader_.Read(type)) return EndsIn("the type of " + Quoted(key));
  if (type >= std::size(kTypes)) {
    return errors_.Corrupt(Quoted(key) + " has unknown value type " + std::to_string(type));
  }
  return static_cast<GgufType>(type);
}

Status Parser::ReadArrayHeader(std::string_view key, GgufValue& value) {
  value.is_array = true;
  ESPALIER_ASSIGN_OR_RETURN(value.type, ReadType(key));
  if (value.type == GgufType::kArray) return errors_.Unsupported(Quoted(key) + " is an array of arrays");
  if (!reader_.Read(value.count)) return EndsIn("the length of " + Quoted(key));
  return {};
}

Status Parser::SkipElements(std::string_view key, GgufValue& value) {
  const uint64_t least_bytes = value.type == GgufType::kString ? 8 : FixedBytes(value.type);
  if (value.count > reader_.remaining() / least_bytes) {
    return errors_.Corrupt(Quoted(key) + " claims " + std::to_string(value.count) + " " +
                           std::string(GgufTypeName(value.type)) + " values, but the file has " +
                           std::to_string(reader_.remaining()) + " bytes left");
  }
  const size_t start = reader_.offset();
  std::span<const std::byte> fixed;
  if (value.type != GgufType::kString) {
    if (!reader_.Take(value.count * least_bytes, fixed)) return EndsIn(Quoted(key));
  }
  for (uint64_t i = 0; value.type == GgufType::kString && i < value.count; ++i) {
    std::string_view text;
    if (!reader_.ReadString(text)) return EndsIn("string " + std::to_string(i) + " of " + Quoted(key));
  }
  value.bytes = bytes_.subspan(start, reader_.offset() - start);
  return {};
}

Result<GgufValue> Parser::ReadValue(std::string_view key) {
  GgufValue value;
  ESPALIER_ASSIGN_OR_RETURN(value.type, ReadType(key));
  if (value.type == GgufType::kArray) ESPALIER_RETURN_IF_ERROR(ReadArrayHeader(key, value));
  ESPALIER_RETURN_IF_ERROR(SkipElements(key, value));
  return value;
}

Status Parser::ReadKeyValue() {
  ESPALIER_ASSIGN_OR_RETURN(const std::string_view key, ReadKey());
  ESPALIER_ASSIGN_OR_RETURN(const GgufValue value, ReadValue(key));
  if (!file_.metadata.emplace(key, value).second) {
    return errors_.Corrupt("metadata key " + Quoted(key) + " occurs twice");
  }
  return {};
}

Status Parser::ReadAlignment() {
  constexpr std::string_view kKey = "general.alignment";
  const auto found = file_.metadata.find(kKey);
  if (found == file_.metadata.end()) return {};
  const GgufValue& value = found->second;
  if (value.is_array || value.type != GgufType::kUint32) {
    return errors_.Corrupt(Quoted(kKey) + " has type " + std::string(GgufTypeName(value.type)) +
                           (value.is_array ? " array" : "") + "; expected UINT32");
  }
  std::memcpy(&file_.alignment, value.bytes.data(), sizeof(file_.alignment));
  if (!std::has_single_bit(file_.alignment) || file_.alignment < kMinAlignment ||
      file_.alignment > kMaxAlignment) {
    return errors_.Corrupt(Quoted(kKey) + " is " + std::to_string(file_.alignment) +
                           "; expected a power of two, " + RangeText(kMinAlignment, kMaxAlignment));
  }
  return {};
}

}  // namespace

std::string_view GgufTypeName(GgufType type) { return kTypes[static_cast<size_t>(type)].name; }

Result<GgufFile> ParseGguf(std::span<const std::byte> bytes, const FileErrors& errors) {
  return Parser(bytes, errors).Parse();
}

}  // namespace espalier
