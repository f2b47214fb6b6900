// Random schemas and texts: what the machine says against a slow validator.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/grammar/json/json_kit.h"
#include "tests/grammar/json/schema_writer.h"
#include "tests/grammar/json/slow_validator.h"

namespace espalier {
namespace {

constexpr int kSchemas = 4000;

/// Where the texts of numbers and the values differ: exponents, and -0 as a fraction.
bool HasOddNumber(const TestJson& value) {
  if (value.is_structured()) return std::any_of(value.begin(), value.end(), HasOddNumber);
  if (!value.is_number()) return false;
  const std::string text = value.dump();
  return text.find('e') != std::string::npos || text.starts_with("-0.0") || text.ends_with(".0");
}

class Property : public testing::Test {
 protected:
  /// A schema that can be compiled; counts the others.
  std::unique_ptr<JsonSchema> Next() {
    while (true) {
      schema_ = writer_.Schema();
      auto ordered = JsonSchema::Parse(schema_.dump());
      if (!ordered) {
        ++refused_;
        EXPECT_EQ(ordered.error().message.find('\n'), std::string::npos);
        const bool empty = ordered.error().message.find("no value satisfies it") != std::string::npos;
        const bool own = ordered.error().message.find("itself") != std::string::npos;
        EXPECT_TRUE(empty || own || ordered.error().message.find("oneOf") != std::string::npos)
            << ordered.error().message << schema_;
        if (empty) ExpectNoValue();
        continue;
      }
      any_order_ = MustParse(schema_.dump(), {.most_spaces = 64, .any_order = true});
      return std::move(*ordered);
    }
  }

  void ExpectNoValue() {
    const auto value = writer_.ValueOf(schema_);
    EXPECT_FALSE(value) << schema_ << ' ' << *value;
  }

  /// The machine's verdict on a text is the validator's, as far as the text is spelled as the machine wants
  /// it.
  void ExpectAgreement(const JsonSchema& ordered, const std::string& text) {
    TestJson value;
    if (HasHugeNumber(text)) return;
    const bool valid = ParseStrictly(text, value) && SatisfiesSchema(schema_, schema_, value);
    const Verdict in_order = VerdictOn(ordered, text), in_any_order = VerdictOn(*any_order_, text);
    if (!valid) {
      EXPECT_NE(in_order, Verdict::kAccepted) << schema_ << '\n' << text;
      EXPECT_NE(in_any_order, Verdict::kAccepted) << schema_ << '\n' << text;
      return;
    }
    ++valid_;
    EXPECT_TRUE(in_order != Verdict::kAccepted || in_any_order == Verdict::kAccepted) << schema_ << '\n'
                                                                                      << text;
    if (HasOddNumber(value)) return;
    EXPECT_EQ(VerdictOn(*any_order_, value.dump()), Verdict::kAccepted) << schema_ << '\n' << value;
  }

  SchemaWriter writer_{1};
  TestJson schema_;
  std::unique_ptr<JsonSchema> any_order_;
  size_t refused_ = 0, valid_ = 0;
};

TEST_F(Property, ValuesAreAcceptedAndMutantsAreJudgedAsByTheValidator) {
  size_t values = 0, mutants = 0, in_order = 0, odd = 0;
  for (int i = 0; i < kSchemas; ++i) {
    const auto ordered = Next();
    for (int j = 0; j < 4; ++j) {
      const auto value = writer_.ValueOf(schema_);
      if (!value) break;
      ++values;
      const std::string text = writer_.TextOf(*value);
      ExpectAgreement(*ordered, text);
      in_order += VerdictOn(*ordered, text) == Verdict::kAccepted;
      EXPECT_TRUE(HasOddNumber(*value) || VerdictOn(*any_order_, text) == Verdict::kAccepted)
          << schema_ << '\n'
          << text;
      odd += HasOddNumber(*value);
      for (int k = 0; k < 6; ++k, ++mutants) ExpectAgreement(*ordered, writer_.Mutant(text));
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(values, kSchemas * 2u);
  EXPECT_GT(valid_ - values, mutants / 20);
  EXPECT_LT(valid_ - values, mutants / 2);
  EXPECT_LT(refused_, kSchemas / 2u);
  EXPECT_GT(in_order, values * 9 / 10);
  EXPECT_LT(odd, values / 10);
  std::cout << values << " values, " << in_order << " in order, " << odd << " odd, " << mutants
            << " mutants, of which " << valid_ - values << " valid; " << refused_ << " schemas refused\n";
}

TEST_F(Property, WhateverIsAliveCanBeCompletedAndIsValidThen) {
  size_t endings = 0;
  for (int i = 0; i < kSchemas / 2; ++i) {
    const auto ordered = Next();
    for (const JsonSchema* schema : {ordered.get(), any_order_.get()}) {
      JsonMachine machine(*schema);
      ExpectClosing(machine);
      const auto value = writer_.ValueOf(schema_);
      const std::string text = writer_.Mutant(writer_.Mutant(value ? writer_.TextOf(*value) : "[{}"));
      for (const char c : text) {
        for (const char next : {c, ",]}:\"[{1a"[writer_.Below(9)]}) {
          const JsonMachine::Place before = machine.place();
          if (!machine.Advance({&next, 1})) machine.ReturnTo(before);
        }
        if (writer_.Below(4) != 0) continue;
        const std::string whole = std::string(machine.text()) + machine.Closing();
        TestJson parsed;
        ASSERT_EQ(VerdictOn(*schema, whole), Verdict::kAccepted)
            << schema_ << '\n'
            << machine.text() << " + " << machine.Closing();
        if (HasHugeNumber(whole)) continue;
        ASSERT_TRUE(ParseStrictly(whole, parsed) && SatisfiesSchema(schema_, schema_, parsed))
            << schema_ << '\n'
            << whole;
        ++endings;
      }
    }
  }
  EXPECT_GT(endings, kSchemas * 2u);
}

TEST_F(Property, ForcedBytesAreTheOnlyWay) {
  size_t forced = 0;
  for (int i = 0; i < kSchemas / 2; ++i) {
    const auto ordered = Next();
    const auto compact = MustParse(schema_.dump(), {.most_spaces = 0, .any_order = false});
    JsonMachine machine(*compact);
    for (int steps = 0; steps < 40 && machine.alive(); ++steps) {
      const std::string run = machine.Forced();
      std::string way;
      for (const char c : run + '\x01') {  // a byte that is never forced, for the end of the run
        std::vector<char> next;
        for (int byte = 0; byte < 256; ++byte) {
          const JsonMachine::Place before = machine.place();
          const char b = static_cast<char>(byte);
          if (machine.Advance({&b, 1})) next.push_back(b);
          machine.ReturnTo(before);
        }
        ASSERT_EQ(machine.MayGoOn(), !next.empty()) << schema_ << '\n' << machine.text();
        const bool at_end = way.size() == run.size();
        ASSERT_EQ(next.size() == 1 && !machine.Complete(), !at_end) << schema_ << '\n' << machine.text();
        if (at_end) {
          if (next.empty()) break;
          machine.Advance({&next[writer_.Below(next.size())], 1});
        } else {
          ASSERT_EQ(next[0], c);
          machine.Advance({&c, 1});
          way += c;
        }
      }
      forced += run.size();
      if (machine.Complete()) break;
    }
  }
  EXPECT_GT(forced, 2000u);
}

}  // namespace
}  // namespace espalier
