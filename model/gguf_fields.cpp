#include "model/gguf_fields.h"

#include <cmath>
#include <limits>

#include "model/byte_reader.h"

namespace espalier {
namespace {

template <typename T>
T Scalar(const GgufValue& value) {
  T scalar;
  std::memcpy(&scalar, value.bytes.data(), sizeof(T));
  return scalar;
}

/// An integer of any width; sign and magnitude hold all of INT64 and UINT64.
using WideInt = __int128;

std::optional<WideInt> AsInteger(const GgufValue& value) {
  if (value.is_array) return {};
  switch (value.type) {
    case GgufType::kUint8:
      return Scalar<uint8_t>(value);
    case GgufType::kInt8:
      return Scalar<int8_t>(value);
    case GgufType::kUint16:
      return Scalar<uint16_t>(value);
    case GgufType::kInt16:
      return Scalar<int16_t>(value);
    case GgufType::kUint32:
      return Scalar<uint32_t>(value);
    case GgufType::kInt32:
      return Scalar<int32_t>(value);
    case GgufType::kUint64:
      return Scalar<uint64_t>(value);
    case GgufType::kInt64:
      return Scalar<int64_t>(value);
    default:
      return {};
  }
}

std::optional<double> AsFloat(const GgufValue& value) {
  if (value.is_array) return {};
  if (value.type == GgufType::kFloat32) return Scalar<float>(value);
  if (value.type == GgufType::kFloat64) return Scalar<double>(value);
  if (const auto integer = AsInteger(value)) return static_cast<double>(*integer);
  return {};
}

std::string Text(WideInt value) {
  if (value < 0) return std::to_string(static_cast<int64_t>(value));
  return std::to_string(static_cast<uint64_t>(value));
}

}  // namespace

const GgufValue* GgufFields::Find(const std::string& key) const {
  const auto found = file_.metadata.find(key);
  return found == file_.metadata.end() ? nullptr : &found->second;
}

tl::unexpected<Error> GgufFields::WrongType(const std::string& key, const GgufValue& value,
                                            std::string_view expected) const {
  const std::string_view kind = value.is_array ? " array" : "";
  return errors_.Corrupt(Quoted(key) + " has type " + std::string(GgufTypeName(value.type)) +
                         std::string(kind) + "; expected " + std::string(expected));
}

Result<std::optional<uint64_t>> GgufFields::FindUint(std::string_view name, UintRange range) const {
  const std::string key = prefix_ + std::string(name);
  const GgufValue* value = Find(key);
  if (value == nullptr) return std::nullopt;
  const auto integer = AsInteger(*value);
  if (!integer) return WrongType(key, *value, "an integer");
  if (*integer < range.min || *integer > range.max) {
    return errors_.Corrupt(Quoted(key) + " is " + Text(*integer) + "; expected " +
                           RangeText(range.min, range.max));
  }
  return static_cast<uint64_t>(*integer);
}

Result<std::optional<double>> GgufFields::FindFloat(std::string_view name, FloatRange range) const {
  const std::string key = prefix_ + std::string(name);
  const GgufValue* value = Find(key);
  if (value == nullptr) return std::nullopt;
  const auto number = AsFloat(*value);
  if (!number) return WrongType(key, *value, "a number");
  if (!(*number >= range.min && *number <= range.max))
    return errors_.Corrupt(OutOfRange(key, *number, range));
  return number;
}

Result<std::optional<std::string>> GgufFields::FindString(std::string_view name) const {
  const std::string key = prefix_ + std::string(name);
  const GgufValue* value = Find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_array || value->type != GgufType::kString) return WrongType(key, *value, "STRING");
  const auto text = value->bytes.subspan(sizeof(uint64_t));
  return std::string(reinterpret_cast<const char*>(text.data()), text.size());
}

Result<std::optional<bool>> GgufFields::FindBool(std::string_view name) const {
  const std::string key = prefix_ + std::string(name);
  const GgufValue* value = Find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_array || value->type != GgufType::kBool) return WrongType(key, *value, "BOOL");
  return Scalar<uint8_t>(*value) != 0;
}

Result<std::optional<int32_t>> GgufFields::FindTokenId(std::string_view name, size_t vocab_size) const {
  const std::string key = prefix_ + std::string(name);
  const GgufValue* value = Find(key);
  if (value == nullptr) return std::nullopt;
  const auto id = AsInteger(*value);
  if (!id) return WrongType(key, *value, "an integer");
  if (*id == -1 || *id == std::numeric_limits<uint32_t>::max()) return std::nullopt;
  if (*id < 0 || *id >= static_cast<WideInt>(vocab_size)) {
    return errors_.Corrupt(Quoted(key) + " is " + Text(*id) + "; the vocabulary has " +
                           std::to_string(vocab_size) + " tokens");
  }
  return static_cast<int32_t>(*id);
}

Result<std::vector<std::string_view>> GgufFields::FindStrings(std::string_view name) const {
  const std::string key = prefix_ + std::string(name);
  std::vector<std::string_view> strings;
  const GgufValue* value = Find(key);
  if (value == nullptr) return strings;
  if (!value->is_array || value->type != GgufType::kString) return WrongType(key, *value, "STRING array");
  strings.resize(value->count);
  ByteReader reader(value->bytes);
  for (std::string_view& text : strings) {
    if (!reader.ReadString(text)) return errors_.Corrupt(Quoted(key) + " is cut short");
  }
  return strings;
}

Result<std::vector<int32_t>> GgufFields::FindInts(std::string_view name) const {
  const std::string key = prefix_ + std::string(name);
  std::vector<int32_t> ints;
  const GgufValue* value = Find(key);
  if (value == nullptr) return ints;
  if (!value->is_array || (value->type != GgufType::kInt32 && value->type != GgufType::kUint32)) {
    return WrongType(key, *value, "INT32 array");
  }
  ints.resize(value->count);
  std::memcpy(ints.data(), value->bytes.data(), value->bytes.size());
  return ints;
}

Status GgufFields::CheckArray(std::string_view name, GgufType type, uint64_t count) const {
  const std::string key = prefix_ + std::string(name);
  const GgufValue* value = Find(key);
  if (value == nullptr) return {};
  if (!value->is_array || value->type != type) {
    return WrongType(key, *value, std::string(GgufTypeName(type)) + " array");
  }
  if (value->count == count) return {};
  return errors_.Corrupt(Quoted(key) + " has " + std::to_string(value->count) + " elements; expected " +
                         std::to_string(count));
}

}  // namespace espalier
