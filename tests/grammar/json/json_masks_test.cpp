// Masks against the machine itself, token by token.
#include "grammar/json/json_masks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/grammar/json/json_kit.h"
#include "tests/grammar/json/schema_writer.h"

namespace espalier {
namespace {

/// Pieces of JSON that begin and end anywhere, some of them twice, and tokens that are never text.
std::vector<std::string> SmallVocabulary() {
  std::vector<std::string> tokens = {"\"",
                                     "{",
                                     "}",
                                     "[",
                                     "]",
                                     ",",
                                     ":",
                                     "a",
                                     "b",
                                     "1",
                                     "0",
                                     "-",
                                     ".",
                                     "e",
                                     "t",
                                     "null",
                                     "true",
                                     " ",
                                     "\n",
                                     "\\",
                                     "u0061",
                                     "\\u",
                                     "\xC3",
                                     "\xA9",
                                     "é",
                                     "\\ud",
                                     "83d",
                                     "\\n",
                                     "",
                                     "\\",
                                     "{\"",
                                     "\":",
                                     "\",\"",
                                     "\"}",
                                     "\"a\":",
                                     "},",
                                     "]]",
                                     "\":\"",
                                     "a\"",
                                     "b\":1",
                                     "}}",
                                     "],\"",
                                     "\":[",
                                     "1,",
                                     "1]",
                                     "{}",
                                     "[]",
                                     "\"\"",
                                     "a\":1,\"a\":1",
                                     ",\"a\":1",
                                     ",\"b\":2}",
                                     "\"},{\"",
                                     "  ",
                                     "ab",
                                     "aba",
                                     "\",",
                                     "\": \"",
                                     "}]}",
                                     "1.5",
                                     "10",
                                     "{\"a\":{\"a\":1,\"b\":",
                                     "\xF0\x9F",
                                     "\x98\x80",
                                     "00e9\"",
                                     std::string("\0", 1),
                                     "alse",
                                     "\"a",
                                     "\"b\"",
                                     "[[",
                                     "c\",\"c\":",
                                     "u0062\":"};
  tokens.push_back("a");  // the same text again
  return tokens;
}

class Masks : public testing::Test {
 protected:
  Masks() : tokens_(SmallVocabulary()), views_(tokens_.begin(), tokens_.end()), vocabulary_(views_) {}

  TokenMask MaskOf(JsonMachine& machine) const {
    TokenMask mask((tokens_.size() + 63) / 64);
    machine.AddAllowed(vocabulary_, mask);
    return mask;
  }

  /// One token after another. Tokens with a NUL are in no mask, and are refused by the machine as well.
  TokenMask SlowMaskOf(JsonMachine& machine) const {
    TokenMask mask((tokens_.size() + 63) / 64);
    const JsonMachine::Place place = machine.place();
    for (uint32_t id = 0; id < tokens_.size(); ++id) {
      if (!tokens_[id].empty() && machine.Advance(tokens_[id])) SetBit(mask, id);
      machine.ReturnTo(place);
    }
    return mask;
  }

  std::string Shown(const TokenMask& mask) const {
    std::string shown;
    for (uint32_t id = 0; id < tokens_.size(); ++id) {
      if (HasBit(mask, id)) shown += tokens_[id] + "|";
    }
    return shown;
  }

  /// Compares after all sequences of up to `depth` tokens.
  void CompareBelow(JsonMachine& machine, int depth) {
    const TokenMask mask = SlowMaskOf(machine);
    const std::string before(machine.text());
    ASSERT_EQ(Shown(MaskOf(machine)), Shown(mask)) << "after " << machine.text();
    ASSERT_EQ(machine.text(), before);
    ++compared_;
    if (depth == 0) return;
    const JsonMachine::Place place = machine.place();
    for (uint32_t id = 0; id < tokens_.size() && !HasFatalFailure(); ++id) {
      if (!HasBit(mask, id)) continue;
      machine.Advance(tokens_[id]);
      CompareBelow(machine, depth - 1);
      machine.ReturnTo(place);
    }
  }

  /// Compares along random sequences; what was remembered for one is used for the next.
  void CompareAlong(const JsonSchema& schema, size_t length, std::mt19937& random) {
    auto masks = masks_.lock();
    JsonMachine machine(schema, masks);
    for (size_t i = 0; i < length; ++i) {
      const TokenMask mask = SlowMaskOf(machine);
      ASSERT_EQ(Shown(MaskOf(machine)), Shown(mask)) << "after " << machine.text();
      ++compared_;
      std::vector<uint32_t> ids;
      for (uint32_t id = 0; id < tokens_.size(); ++id) {
        if (HasBit(mask, id)) ids.push_back(id);
      }
      if (ids.empty()) return;
      machine.Advance(tokens_[ids[random() % ids.size()]]);
    }
  }

  const std::vector<std::string> tokens_;
  const std::vector<std::string_view> views_;
  const Vocabulary vocabulary_;
  std::weak_ptr<JsonMasks> masks_;
  size_t compared_ = 0;
};

const std::vector<std::string> kSchemas = {
    "true",
    R"({"type": "object", "properties": {"a": {"type": "integer"}, "ab": {"type": "string", "maxLength": 3}}, "required": ["a"]})",
    R"({"type": "object", "properties": {"a": {"type": "integer", "minimum": 1, "maximum": 10}, "b": {"enum": ["a", "ab", 1, null]}},
        "additionalProperties": false})",
    R"({"type": "array", "items": {"type": "string", "minLength": 2, "maxLength": 4}, "minItems": 1, "maxItems": 3})",
    R"({"type": "string", "pattern": "^(ab|a\"|é)*1$"})",
    R"({"anyOf": [{"type": "array", "items": {"$ref": "#"}}, {"type": "object", "additionalProperties": {"$ref": "#"}},
                  {"type": "array", "items": {"type": "number"}}, {"const": {"a": {"a": 1, "b": 2}}}]})",
    R"({"type": "array", "prefixItems": [{"type": "object"}, {"const": 1}, {"type": "array", "items": {"type": "number"}}]})",
};

TEST_F(Masks, EqualTheMachineAfterAllShortTexts) {
  for (const std::string& text : kSchemas) {
    for (const JsonSchemaOptions& options :
         {JsonSchemaOptions{64, false}, JsonSchemaOptions{2, true}, JsonSchemaOptions{0, false}}) {
      SCOPED_TRACE(text);
      const auto schema = MustParse(text, options);
      JsonMachine machine(*schema);
      CompareBelow(machine, 3);
      if (HasFatalFailure()) return;
    }
  }
  EXPECT_GT(compared_, 5000u);
}

TEST_F(Masks, EqualTheMachineAlongRandomTexts) {
  std::mt19937 random(3);
  for (const std::string& text : kSchemas) {
    SCOPED_TRACE(text);
    for (const bool any_order : {false, true}) {
      const auto schema = MustParse(text, {.most_spaces = 5, .any_order = any_order});
      const auto masks = std::make_shared<JsonMasks>(schema->program(), vocabulary_);
      masks_ = masks;
      for (int i = 0; i < 60; ++i) {
        CompareAlong(*schema, 30, random);
        if (HasFatalFailure()) return;
      }
      EXPECT_GT(masks->hits(), masks->misses() / 2);
    }
  }
  EXPECT_GT(compared_, 5000u);
}

TEST_F(Masks, EqualTheMachineUnderRandomSchemas) {
  std::mt19937 random(4);
  SchemaWriter writer(9);
  for (int i = 0; i < 1500; ++i) {
    const std::string text = writer.Schema().dump();
    const auto schema = JsonSchema::Parse(text, {.most_spaces = 3, .any_order = i % 2 == 1});
    if (!schema) continue;
    SCOPED_TRACE(text);
    const auto masks = std::make_shared<JsonMasks>((*schema)->program(), vocabulary_);
    masks_ = masks;
    for (int j = 0; j < 4; ++j) CompareAlong(**schema, 12, random);
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(compared_, 5000u);
}

TEST_F(Masks, AreForgottenWhenTheyAreLarge) {
  std::mt19937 random(5);
  const auto schema = MustParse("true");
  const auto masks = std::make_shared<JsonMasks>(schema->program(), vocabulary_, 20000);
  masks_ = masks;
  for (int i = 0; i < 100 && !HasFatalFailure(); ++i) CompareAlong(*schema, 20, random);
  EXPECT_LT(masks->bytes(), 40000u);
}

// The names of an object are compared with those that tokens complete.
TEST_F(Masks, LeaveOutNamesThatAreTaken) {
  const auto schema = MustParse("true");
  JsonMachine machine(*schema);
  for (const std::string text : {"{\"x\":1,\"", "{\"a\":1,\"", "{\"a\":1,\"b\":2,\"a",
                                 "{\"ab\":1,\"b\":{\"a\":1},\"a", "[{\"a\":1},{\"", "{\"é\":1,\"\xC3",
                                 "{\"a\":1,\"\\", "{\"a\":1", "{\"b\":{\"a\":1}", "{\"c\":1,\"b"}) {
    const JsonMachine::Place start = machine.place();
    ASSERT_TRUE(machine.Advance(text));
    EXPECT_EQ(Shown(MaskOf(machine)), Shown(SlowMaskOf(machine))) << text;
    machine.ReturnTo(start);
  }
}

TEST(JsonMachine, GivesUpWhenThereAreTooManyReadings) {
  std::string alternatives;
  for (int i = 0; i < 70; ++i) {
    alternatives +=
        (i > 0 ? "," : "") + std::string(R"({"type": "array", "minItems": )") + std::to_string(i) + "}";
  }
  const auto schema = MustParse("{\"anyOf\": [" + alternatives + "]}");
  JsonMachine machine(*schema);
  EXPECT_FALSE(machine.Advance("["));
  EXPECT_TRUE(machine.gave_up());
}

TEST(JsonMachine, PlacesOfAnyOrderMayBeReturnedTo) {
  const auto schema = MustParse("true");
  JsonMachine machine(*schema);
  const std::string text = R"({"a":[1,{"b":"c\u00e9"},[[]]],"d":{"e":{}}})";
  std::vector<JsonMachine::Place> places;
  for (const char c : text) {
    places.push_back(machine.place());
    ASSERT_TRUE(machine.Advance({&c, 1}));
  }
  for (size_t i = text.size(); i-- > 0;) {
    machine.ReturnTo(places[i]);
    EXPECT_EQ(machine.text(), text.substr(0, i));
    const JsonMachine::Place here = machine.place();
    EXPECT_FALSE(machine.Advance("\x01"));
    machine.ReturnTo(here);
    EXPECT_TRUE(machine.Advance(text.substr(i)));
    EXPECT_TRUE(machine.Complete());
    machine.ReturnTo(here);
  }
  EXPECT_FALSE(machine.Complete());
}

}  // namespace
}  // namespace espalier
