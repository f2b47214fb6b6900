#include "tests/lsp/metamodel.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <utility>

namespace espalier::lsp {
namespace {

using Json = nlohmann::json;

Json ReadJson(const std::filesystem::path& path) {
  std::ifstream file(path);
  return Json::parse(file, nullptr, false);
}

std::filesystem::path SharedFolder() {
  if (const char* shared = std::getenv("ESPALIER_SHARED")) return shared;
  return std::filesystem::path(ESPALIER_SOURCE_DIR) / ".." / "shared";
}

std::string Wrong(const std::string& path, const std::string& expected, const Json& value) {
  return path + ": expected " + expected + ", got " + value.dump().substr(0, 80);
}

bool IsInRange(const Json& value, double min, double max) {
  return value.is_number_integer() && value.get<double>() >= min && value.get<double>() <= max;
}

// The model calls the value of $/progress "anything"; the specification says which three it may be.
Json ProgressValueType() {
  Json items = Json::array();
  for (const char* name : {"WorkDoneProgressBegin", "WorkDoneProgressReport", "WorkDoneProgressEnd"}) {
    items.push_back({{"kind", "reference"}, {"name", name}});
  }
  return {{"kind", "or"}, {"items", items}};
}

}  // namespace

std::shared_ptr<const MetaModel> MetaModel::Shared() {
  static const std::shared_ptr<const MetaModel> shared = [] {
    const Json model = ReadJson(SharedFolder() / "data/lsp_metamodel/node-main.metaModel.json");
    if (!model.is_object()) return std::shared_ptr<MetaModel>();
    auto out = std::make_shared<MetaModel>(model);
    out->Extend(ReadJson(std::filesystem::path(ESPALIER_SOURCE_DIR) / "tests/lsp/espalier.metaModel.json"));
    return out;
  }();
  return shared;
}

std::shared_ptr<const MetaModel> MetaModel::SharedLenient() {
  const auto strict = Shared();
  if (!strict) return nullptr;
  const auto lenient = std::make_shared<MetaModel>(*strict);
  lenient->set_allow_unknown_properties(true);
  return lenient;
}

MetaModel::MetaModel(Json model) { Extend(model); }

void MetaModel::Extend(const Json& model) {
  const auto add = [&](const char* section, const char* key, std::map<std::string, Json>& out) {
    for (const Json& entry : model.value(section, Json::array())) out[entry.at(key)] = entry;
  };
  add("requests", "method", methods_);
  add("notifications", "method", methods_);
  add("structures", "name", structures_);
  add("enumerations", "name", enumerations_);
  add("typeAliases", "name", aliases_);
}

std::string MetaModel::CheckMessage(const Json& message, Direction direction) const {
  if (!message.is_object()) return Wrong("message", "an object", message);
  if (message.value("jsonrpc", Json()) != "2.0") return "jsonrpc: expected \"2.0\"";
  const auto found = methods_.find(message.value("method", ""));
  if (found == methods_.end()) return "method: unknown '" + message.value("method", "") + "'";
  const Json& method = found->second;
  const std::string wanted = method.value("messageDirection", "both");
  const char* const actual = direction == Direction::kClientToServer ? "clientToServer" : "serverToClient";
  if (wanted != "both" && wanted != actual) return found->first + ": must not go " + actual;
  if (message.contains("id") != method.contains("result"))
    return found->first + ": id does not fit the method";
  if (message.contains("id")) {
    if (!message["id"].is_number_integer() && !message["id"].is_string())
      return "id: integer or string expected";
  }
  if (!method.contains("params")) return message.contains("params") ? found->first + ": takes no params" : "";
  if (!message.contains("params")) return found->first + ": params missing";
  return CheckType(method["params"], message["params"], "params");
}

std::string MetaModel::CheckResult(const std::string& method, const Json& result) const {
  const auto found = methods_.find(method);
  if (found == methods_.end() || !found->second.contains("result")) return method + ": has no result";
  return CheckType(found->second["result"], result, "result");
}

std::string MetaModel::CheckType(const Json& type, const Json& value, const std::string& path) const {
  const std::string kind = type.at("kind");
  if (kind == "base") return CheckBase(type.at("name"), value, path);
  if (kind == "reference") return CheckReference(type.at("name"), value, path);
  if (kind == "array") return CheckArray(type.at("element"), value, path);
  if (kind == "map") return CheckMap(type, value, path);
  if (kind == "or") return CheckOr(type.at("items"), value, path);
  if (kind == "and") return CheckAnd(type.at("items"), value, path);
  if (kind == "tuple") return CheckTuple(type.at("items"), value, path);
  if (kind == "literal") return CheckStructure(type.at("value"), value, path);
  if (kind == "stringLiteral") {
    return value == type.at("value") ? "" : Wrong(path, type.at("value").dump(), value);
  }
  return path + ": the model has an unknown kind of type '" + kind + "'";
}

std::string MetaModel::CheckBase(const std::string& name, const Json& value, const std::string& path) const {
  const bool ok = name == "integer"    ? IsInRange(value, -2147483648.0, 2147483647.0)
                  : name == "uinteger" ? IsInRange(value, 0, 2147483647.0)
                  : name == "decimal"  ? value.is_number()
                  : name == "boolean"  ? value.is_boolean()
                  : name == "null"     ? value.is_null()
                                       : value.is_string();  // string, URI, DocumentUri, RegExp
  return ok ? "" : Wrong(path, name, value);
}

std::string MetaModel::CheckReference(const std::string& name, const Json& value,
                                      const std::string& path) const {
  if (const auto found = structures_.find(name); found != structures_.end()) {
    return CheckStructure(found->second, value, path);
  }
  if (const auto found = enumerations_.find(name); found != enumerations_.end()) {
    return CheckEnumeration(found->second, value, path);
  }
  if (const auto found = aliases_.find(name); found != aliases_.end()) {
    return CheckType(found->second.at("type"), value, path);
  }
  return path + ": the model has no type '" + name + "'";
}

std::string MetaModel::CheckEnumeration(const Json& enumeration, const Json& value,
                                        const std::string& path) const {
  if (auto problem = CheckType(enumeration.at("type"), value, path); !problem.empty()) return problem;
  if (enumeration.value("supportsCustomValues", false)) return "";
  for (const Json& entry : enumeration.at("values")) {
    if (entry.at("value") == value) return "";
  }
  return Wrong(path, "a value of " + enumeration.at("name").get<std::string>(), value);
}

void MetaModel::CollectProperties(const Json& structure, std::map<std::string, Json>& out) const {
  for (const char* list : {"extends", "mixins"}) {
    for (const Json& parent : structure.value(list, Json::array())) {
      CollectProperties(structures_.at(parent.at("name")), out);
    }
  }
  for (const Json& property : structure.at("properties")) out[property.at("name")] = property;
}

std::string MetaModel::CheckStructure(const Json& structure, const Json& value,
                                      const std::string& path) const {
  std::map<std::string, Json> properties;
  CollectProperties(structure, properties);
  return CheckProperties(properties, value, path);
}

std::string MetaModel::CheckProperties(const std::map<std::string, Json>& properties, const Json& value,
                                       const std::string& path) const {
  if (!value.is_object()) return Wrong(path, "an object", value);
  for (const auto& [name, property] : properties) {
    const auto member = value.find(name);
    if (member == value.end()) {
      if (property.value("optional", false)) continue;
      return path + "." + name + ": missing";
    }
    if (auto problem = CheckType(property.at("type"), *member, path + "." + name); !problem.empty())
      return problem;
  }
  for (const auto& [name, member] : value.items()) {
    if (!allow_unknown_properties_ && !properties.contains(name))
      return path + "." + name + ": unknown property";
  }
  return "";
}

std::string MetaModel::CheckArray(const Json& element, const Json& value, const std::string& path) const {
  if (!value.is_array()) return Wrong(path, "an array", value);
  for (size_t i = 0; i < value.size(); ++i) {
    auto problem = CheckType(element, value[i], path + "[" + std::to_string(i) + "]");
    if (!problem.empty()) return problem;
  }
  return "";
}

std::string MetaModel::CheckTuple(const Json& items, const Json& value, const std::string& path) const {
  if (!value.is_array() || value.size() != items.size()) return Wrong(path, "a tuple", value);
  for (size_t i = 0; i < items.size(); ++i) {
    auto problem = CheckType(items[i], value[i], path + "[" + std::to_string(i) + "]");
    if (!problem.empty()) return problem;
  }
  return "";
}

std::string MetaModel::CheckMap(const Json& type, const Json& value, const std::string& path) const {
  if (!value.is_object()) return Wrong(path, "an object", value);
  for (const auto& [key, member] : value.items()) {
    auto problem = CheckType(type.at("value"), member, path + "." + key);
    if (!problem.empty()) return problem;
  }
  return "";
}

std::string MetaModel::CheckOr(const Json& items, const Json& value, const std::string& path) const {
  std::string problems;
  for (const Json& item : items) {
    const std::string problem = CheckType(item, value, path);
    if (problem.empty()) return "";
    problems += (problems.empty() ? "" : "; or ") + problem;
  }
  return problems;
}

std::string MetaModel::CheckAnd(const Json& items, const Json& value, const std::string& path) const {
  std::map<std::string, Json> properties;
  for (const Json& item : items) CollectProperties(structures_.at(item.at("name")), properties);
  return CheckProperties(properties, value, path);
}

std::string SessionChecker::Check(const Json& message, Direction direction) {
  if (!model_) return "";
  if (message.is_object() && !message.contains("method") && message.contains("id")) {
    return CheckResponse(message, direction);
  }
  std::string problem = model_->CheckMessage(message, direction);
  if (problem.empty() && message["method"] == "$/progress") {
    problem = model_->CheckType(ProgressValueType(), message["params"]["value"], "params.value");
  }
  if (problem.empty() && message.contains("id")) {
    auto& requests = direction == Direction::kClientToServer ? client_requests_ : server_requests_;
    requests[message["id"].dump()] = message["method"];
  }
  return problem;
}

std::string SessionChecker::CheckResponse(const Json& message, Direction direction) {
  if (message.value("jsonrpc", Json()) != "2.0") return "jsonrpc: expected \"2.0\"";
  if (message.contains("result") == message.contains("error")) return "response: result or error expected";
  if (message.contains("error")) {
    const Json& error = message["error"];
    const Json integer = {{"kind", "base"}, {"name", "integer"}};
    if (auto problem = model_->CheckType(integer, error.value("code", Json()), "error.code");
        !problem.empty()) {
      return problem;
    }
    return error.value("message", Json()).is_string() ? "" : "error.message: missing";
  }
  auto& requests = direction == Direction::kServerToClient ? client_requests_ : server_requests_;
  const auto request = requests.find(message["id"].dump());
  if (request == requests.end()) return "response: to no request";
  std::string problem = model_->CheckResult(request->second, message["result"]);
  requests.erase(request);
  return problem;
}

}  // namespace espalier::lsp
