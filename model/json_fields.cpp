#include "model/json_fields.h"

#include <set>

namespace espalier {
namespace {

using nlohmann::json;

/// Notes names that occur twice in the outermost object, which the parser itself would let pass.
class DuplicateFinder {
 public:
  bool operator()(int depth, json::parse_event_t event, const json& parsed) {
    if (event == json::parse_event_t::key && depth == 1) {
      const auto& name = parsed.get_ref<const std::string&>();
      if (!names_.insert(name).second) duplicate_ = name;
    }
    return true;
  }
  const std::optional<std::string>& duplicate() const { return duplicate_; }

 private:
  std::set<std::string> names_;
  std::optional<std::string> duplicate_;
};

/// The value as JSON text of bounded length, whatever it holds.
std::string Shown(const json& value) {
  if (value.is_structured()) return std::string("an ") + value.type_name();
  return Quoted(value.dump(-1, ' ', true, json::error_handler_t::replace));
}

}  // namespace

Result<json> ParseJsonObject(std::string_view text, const FileErrors& errors) {
  DuplicateFinder finder;
  json value;
  try {
    value = json::parse(text.begin(), text.end(), std::ref(finder));
  } catch (const json::parse_error& error) {
    return errors.Corrupt("not valid JSON at byte " + std::to_string(error.byte));
  } catch (const json::exception&) {  // a number beyond the range of double
    return errors.Corrupt("not valid JSON: a number is out of range");
  }
  if (!value.is_object()) return errors.Corrupt("expected a JSON object");
  if (finder.duplicate())
    return errors.Corrupt("the member " + Quoted(*finder.duplicate()) + " occurs twice");
  return value;
}

const json* FindMember(const json& object, std::string_view name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::optional<std::string> FindText(const json& object, std::string_view name) {
  const json* value = FindMember(object, name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return value->get<std::string>();
}

bool IsTrue(const json& object, std::string_view name) {
  const json* value = FindMember(object, name);
  return value != nullptr && value->is_boolean() && value->get<bool>();
}

const json* JsonFields::Find(std::string_view dotted_name) const {
  const json* value = &object_;
  while (value != nullptr && !dotted_name.empty()) {
    const size_t dot = dotted_name.find('.');
    value = FindMember(*value, dotted_name.substr(0, dot));
    dotted_name = dot == std::string_view::npos ? "" : dotted_name.substr(dot + 1);
  }
  return value;
}

tl::unexpected<Error> JsonFields::Wrong(std::string_view name, const json& value,
                                        std::string_view expected) const {
  return errors_.Corrupt(Quoted(name) + " is " + Shown(value) + "; expected " + std::string(expected));
}

Result<std::optional<uint64_t>> JsonFields::FindUint(std::string_view name, UintRange range) const {
  const json* value = Find(name);
  if (value == nullptr) return std::nullopt;
  // Non-negative integers are parsed as unsigned; all others are below every range.
  if (!value->is_number_unsigned() || value->get<uint64_t>() < range.min ||
      value->get<uint64_t>() > range.max) {
    return Wrong(name, *value, "an integer, " + RangeText(range.min, range.max));
  }
  return value->get<uint64_t>();
}

Result<std::optional<double>> JsonFields::FindFloat(std::string_view name, FloatRange range) const {
  const json* value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number()) return Wrong(name, *value, "a number");
  const double number = value->get<double>();
  if (!(number >= range.min && number <= range.max)) return errors_.Corrupt(OutOfRange(name, number, range));
  return number;
}

Result<std::optional<std::string>> JsonFields::FindString(std::string_view name) const {
  const json* value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) return Wrong(name, *value, "a string");
  return value->get<std::string>();
}

}  // namespace espalier
