// Checks messages against the LSP metaModel (the machine-readable specification), structurally:
// required properties, types, enumerations, unions, inheritance. Properties that the model does not
// know are mistakes too, unless said otherwise.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace espalier::lsp {

enum class Direction { kClientToServer, kServerToClient };

class MetaModel {
 public:
  /// The model of LSP together with our own extensions; nullptr when the shared folder is not there.
  static std::shared_ptr<const MetaModel> Shared();
  /// The same, with unknown properties allowed: real editors add their own.
  static std::shared_ptr<const MetaModel> SharedLenient();

  /// REQUIRES: `model` is a metaModel.json.
  explicit MetaModel(nlohmann::json model);
  /// Adds the requests, notifications and structures of another model.
  void Extend(const nlohmann::json& model);

  /// Each returns the first problem as "path: what is wrong", or "" when there is none.
  std::string CheckMessage(const nlohmann::json& message, Direction direction) const;
  std::string CheckResult(const std::string& method, const nlohmann::json& result) const;
  std::string CheckType(const nlohmann::json& type, const nlohmann::json& value,
                        const std::string& path) const;

  void set_allow_unknown_properties(bool allow) { allow_unknown_properties_ = allow; }

 private:
  using Json = nlohmann::json;

  std::string CheckBase(const std::string& name, const Json& value, const std::string& path) const;
  std::string CheckReference(const std::string& name, const Json& value, const std::string& path) const;
  std::string CheckEnumeration(const Json& enumeration, const Json& value, const std::string& path) const;
  std::string CheckStructure(const Json& structure, const Json& value, const std::string& path) const;
  std::string CheckProperties(const std::map<std::string, Json>& properties, const Json& value,
                              const std::string& path) const;
  std::string CheckArray(const Json& element, const Json& value, const std::string& path) const;
  std::string CheckTuple(const Json& items, const Json& value, const std::string& path) const;
  std::string CheckMap(const Json& type, const Json& value, const std::string& path) const;
  std::string CheckOr(const Json& items, const Json& value, const std::string& path) const;
  std::string CheckAnd(const Json& items, const Json& value, const std::string& path) const;
  void CollectProperties(const Json& structure, std::map<std::string, Json>& out) const;

  std::map<std::string, Json> methods_;  ///< requests and notifications
  std::map<std::string, Json> structures_, enumerations_, aliases_;
  bool allow_unknown_properties_ = false;
};

/// Follows one session: every message is checked, responses against the method of their request.
class SessionChecker {
 public:
  explicit SessionChecker(std::shared_ptr<const MetaModel> model) : model_(std::move(model)) {}
  /// "" when the message is right (or there is no model to check against).
  std::string Check(const nlohmann::json& message, Direction direction);

 private:
  std::string CheckResponse(const nlohmann::json& message, Direction direction);

  std::shared_ptr<const MetaModel> model_;
  std::map<std::string, std::string> client_requests_, server_requests_;  ///< id -> method
};

}  // namespace espalier::lsp
