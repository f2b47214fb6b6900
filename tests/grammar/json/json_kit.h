// What the tests of JSON share.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/json/json_machine.h"
#include "grammar/json/json_schema.h"

namespace espalier {

inline std::unique_ptr<JsonSchema> MustParse(std::string_view text, const JsonSchemaOptions& options = {}) {
  auto schema = JsonSchema::Parse(text, options);
  if (!schema) {
    ADD_FAILURE() << text << "\n" << schema.error().message;
    return JsonSchema::AnyValue();
  }
  return std::move(*schema);
}

enum class Verdict { kAccepted, kPrefix, kRefused };

inline void PrintTo(Verdict verdict, std::ostream* out) {
  *out << (verdict == Verdict::kAccepted ? "accepted" : verdict == Verdict::kPrefix ? "a prefix" : "refused");
}

inline Verdict VerdictOn(const JsonSchema& schema, std::string_view text) {
  JsonMachine machine(schema);
  if (!machine.Advance(text)) return Verdict::kRefused;
  return machine.Complete() ? Verdict::kAccepted : Verdict::kPrefix;
}

/// The machine accepts what it was given with its Closing.
inline void ExpectClosing(JsonMachine& machine) {
  const JsonMachine::Place place = machine.place();
  const std::string closing = machine.Closing();
  EXPECT_EQ(closing.empty(), machine.Complete()) << machine.text() << " + " << closing;
  EXPECT_TRUE(machine.Advance(closing) && machine.Complete()) << machine.text() << " closed by " << closing;
  machine.ReturnTo(place);
}

inline std::vector<std::string> LinesOf(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace espalier
