// Schemas and texts: the schema, a line that is empty, the text. A schema is refused in one line, or
// compiled; a text is taken byte by byte as well as in pieces; what is alive has an ending, and what is
// complete is JSON.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "grammar/json/json_machine.h"
#include "grammar/json/json_schema.h"
#include "tests/fuzz/fuzz_check.h"

namespace espalier {
namespace {

constexpr size_t kLongestClosing = 1 << 20;

void CheckError(const Error& error) {
  FuzzCheck(error.message.starts_with("schema at #") || error.message.starts_with("the schema "));
  FuzzCheck(error.message.find('\n') == std::string::npos && error.code != ErrorCode::kInternal);
}

/// Numbers that are too large for nlohmann::json are JSON nevertheless.
bool IsJson(const std::string& text) {
  try {
    return !nlohmann::json::parse(text).is_discarded();
  } catch (const nlohmann::json::out_of_range&) {
    return true;
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

void CheckText(const JsonSchema& schema, std::string_view text) {
  JsonMachine whole(schema), machine(schema);
  const bool alive = whole.Advance(text);
  for (const char c : text) {
    const JsonMachine::Place before = machine.place();
    if (machine.Advance({&c, 1})) continue;
    FuzzCheck(!alive);
    machine.ReturnTo(before);
    break;
  }
  FuzzCheck(!machine.gave_up() && (!alive || machine.text() == text));
  FuzzCheck(!alive || machine.Complete() == whole.Complete());
  FuzzCheck(!machine.Complete() || IsJson(std::string(machine.text())));
  const std::string closing = machine.Closing();
  if (closing.size() > kLongestClosing) return;
  FuzzCheck(machine.Advance(closing) && machine.Complete() && IsJson(std::string(machine.text())));
}

}  // namespace
}  // namespace espalier

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace espalier;
  const std::string_view input = FuzzText(data, size);
  const size_t end = std::min(input.find("\n\n"), input.size());
  const auto schema = JsonSchema::Parse(input.substr(0, end), {.most_spaces = 8, .any_order = size % 2 == 1});
  if (!schema) {
    CheckError(schema.error());
  } else {
    CheckText(**schema, input.substr(std::min(end + 2, input.size())));
  }
  return 0;
}
