// JSON at the border: parsing that never throws and keeps a document's offsets right whatever the
// client put into its strings, and typed decoding that says where a message is wrong
// ("params.position.line: expected an unsigned integer, got a string").
#pragma once

#include <concepts>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace espalier::lsp {

using Json = nlohmann::json;

/// Deeper nesting is refused: no LSP message comes near it, and copies and output recurse.
inline constexpr int kMaxJsonDepth = 128;

/// Parses one message. Strings that JSON or UTF-8 does not allow are repaired without moving any
/// offset: a lone surrogate escape becomes U+FFFD (one UTF-16 unit, as it was), a byte of no valid
/// UTF-8 sequence becomes '?'. Errors: kCorrupt.
Result<Json> ParseJson(std::string text);

/// Compact text; invalid UTF-8 comes out as U+FFFD.
std::string DumpJson(const Json& value);

/// A value inside a message that knows its path. Lives on the stack while a message is decoded; the
/// first failure is kept in the `error` given to the root.
class JsonCursor {
 public:
  JsonCursor(const Json& value, std::string_view name, std::string& error)
      : value_(value), name_(name), error_(error) {}

  const Json& value() const { return value_; }

  /// Records "path: expected <what>, got <type>"; always false.
  bool Fail(std::string_view what) const;

  /// Decodes member `key` of this object into `out`; a failure when it is absent.
  template <typename T>
  bool Required(const char* key, T& out) const {
    const Json* member = nullptr;
    if (!Member(key, &member)) return false;
    if (member == nullptr) return FailMissing(key);
    return Decode(JsonCursor(*member, key, *this), out);
  }

  /// As Required, but `out` stays as it is when the member is absent or null.
  template <typename T>
  bool Optional(const char* key, T& out) const {
    const Json* member = nullptr;
    if (!Member(key, &member)) return false;
    return member == nullptr || member->is_null() || Decode(JsonCursor(*member, key, *this), out);
  }
  template <typename T>
  bool Optional(const char* key, std::optional<T>& out) const {
    T value{};
    const Json* member = nullptr;
    if (!Member(key, &member)) return false;
    if (member == nullptr || member->is_null()) return true;
    if (!Decode(JsonCursor(*member, key, *this), value)) return false;
    out = std::move(value);
    return true;
  }

  /// Decodes every element of this array.
  template <typename T>
  bool Elements(std::vector<T>& out) const {
    if (!value_.is_array()) return Fail("an array");
    for (size_t i = 0; i < value_.size(); ++i) {
      const std::string name = "[" + std::to_string(i) + "]";
      if (!Decode(JsonCursor(value_[i], name, *this), out.emplace_back())) return false;
    }
    return true;
  }

 private:
  JsonCursor(const Json& value, std::string_view name, const JsonCursor& parent)
      : value_(value), name_(name), parent_(&parent), error_(parent.error_) {}

  bool Member(const char* key, const Json** member) const;
  bool FailMissing(const char* key) const;
  std::string Path() const;

  const Json& value_;
  std::string_view name_;
  const JsonCursor* parent_ = nullptr;
  std::string& error_;
};

bool Decode(const JsonCursor& cursor, bool& out);
bool Decode(const JsonCursor& cursor, std::string& out);
/// LSP's `integer`.
bool Decode(const JsonCursor& cursor, int32_t& out);
/// LSP's `uinteger`; larger numbers saturate, since clients send "the end of the line" as a huge one.
bool Decode(const JsonCursor& cursor, uint32_t& out);
template <typename T>
bool Decode(const JsonCursor& cursor, std::vector<T>& out) {
  return cursor.Elements(out);
}

}  // namespace espalier::lsp
