#include "lsp/json.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/utf8.h"

namespace espalier::lsp {
namespace {

constexpr double kMaxUinteger = 2147483647.0;

// Deepest nesting of brackets outside strings; well-formedness is the parser's business.
int NestingDepth(std::string_view text) {
  int depth = 0, deepest = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return deepest;
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The code unit of an escape "\uXXXX" at text[at], or -1.
int EscapedUnit(std::string_view text, size_t at) {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return -1;
  int unit = 0;
  for (size_t i = at + 2; i < at + 6; ++i) {
    const int digit = HexValue(text[i]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

bool IsHighSurrogate(int unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool IsLowSurrogate(int unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

bool ReplaceLoneSurrogates(std::string& text) {
  bool changed = false;
  for (size_t at = text.find('\\'); at != std::string::npos && at + 1 < text.size();) {
    const int unit = EscapedUnit(text, at);
    size_t length = unit < 0 ? 2 : 6;
    if (IsHighSurrogate(unit) && IsLowSurrogate(EscapedUnit(text, at + 6))) {
      length = 12;
    } else if (IsHighSurrogate(unit) || IsLowSurrogate(unit)) {
      text.replace(at, 6, "\\ufffd");
      changed = true;
    }
    at = text.find('\\', at + length);
  }
  return changed;
}

bool ReplaceInvalidUtf8(std::string& text) {
  bool changed = false;
  for (size_t at = 0; at < text.size();) {
    const size_t bytes = Utf8SequenceLength(std::string_view(text).substr(at));
    if (bytes == 0) text[at] = '?';
    changed = changed || bytes == 0;
    at += std::max<size_t>(1, bytes);
  }
  return changed;
}

Json TryParse(const std::string& text) { return Json::parse(text, nullptr, /*allow_exceptions=*/false); }

bool IsIntegral(const Json& value) {
  return value.is_number_integer() || (value.is_number_float() && std::isfinite(value.get<double>()) &&
                                       std::trunc(value.get<double>()) == value.get<double>());
}

}  // namespace

Result<Json> ParseJson(std::string text) {
  if (NestingDepth(text) > kMaxJsonDepth) {
    return Fail(ErrorCode::kCorrupt, "JSON nested deeper than " + std::to_string(kMaxJsonDepth) + " levels");
  }
  Json value = TryParse(text);
  if (value.is_discarded()) {
    const bool surrogates = ReplaceLoneSurrogates(text);
    const bool bytes = ReplaceInvalidUtf8(text);
    if (surrogates || bytes) value = TryParse(text);
  }
  if (value.is_discarded()) return Fail(ErrorCode::kCorrupt, "the message is not valid JSON");
  return value;
}

std::string DumpJson(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string JsonCursor::Path() const {
  if (parent_ == nullptr) return std::string(name_);
  const std::string parent = parent_->Path();
  return name_.starts_with('[') ? parent + std::string(name_) : parent + "." + std::string(name_);
}

bool JsonCursor::Fail(std::string_view what) const {
  if (error_.empty()) {
    error_ = Path() + ": expected " + std::string(what) + ", got " + value_.type_name();
  }
  return false;
}

bool JsonCursor::FailMissing(const char* key) const {
  if (error_.empty()) error_ = Path() + "." + key + ": missing";
  return false;
}

bool JsonCursor::Member(const char* key, const Json** member) const {
  if (!value_.is_object()) return Fail("an object");
  const auto found = value_.find(key);
  *member = found == value_.end() ? nullptr : &*found;
  return true;
}

bool Decode(const JsonCursor& cursor, bool& out) {
  if (!cursor.value().is_boolean()) return cursor.Fail("a boolean");
  out = cursor.value().get<bool>();
  return true;
}

bool Decode(const JsonCursor& cursor, std::string& out) {
  if (!cursor.value().is_string()) return cursor.Fail("a string");
  out = cursor.value().get_ref<const std::string&>();
  return true;
}

bool Decode(const JsonCursor& cursor, int32_t& out) {
  const Json& value = cursor.value();
  if (!IsIntegral(value)) return cursor.Fail("an integer");
  const double number = value.get<double>();
  if (number < std::numeric_limits<int32_t>::min() || number > std::numeric_limits<int32_t>::max()) {
    return cursor.Fail("an integer of 32 bits");
  }
  out = static_cast<int32_t>(number);
  return true;
}

bool Decode(const JsonCursor& cursor, uint32_t& out) {
  const Json& value = cursor.value();
  if (!IsIntegral(value) || value.get<double>() < 0) return cursor.Fail("an unsigned integer");
  out = static_cast<uint32_t>(std::min(value.get<double>(), kMaxUinteger));
  return true;
}

}  // namespace espalier::lsp
