// Internal to grammar/json/: what a list of rules says of null, booleans, numbers and strings, as automata.
// One compilation.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "grammar/json/decimal.h"
#include "grammar/json/json_program.h"
#include "grammar/json/schema_document.h"
#include "grammar/json/schema_expansion.h"

namespace espalier {

/// The types that a value may have, as bits.
enum JsonTypes : uint8_t {
  kNullType = 1,
  kBooleanType = 2,
  kNumberType = 4,
  kStringType = 8,
  kArrayType = 16,
  kObjectType = 32,
  kAllTypes = 63
};

/// What all parts of a conjunction say together, but of arrays and objects only whether they may be.
struct ScalarFacts {
  uint8_t types = kAllTypes;
  NumberRange numbers;
  StringRule strings;
  std::vector<std::pair<std::string, const SchemaJson*>> patterns;  ///< with their places
  /// When the values are given.
  std::optional<std::vector<const SchemaJson*>> literals;

  /// REQUIRES: the parts' schemas are checked, and none is kAll.
  static ScalarFacts Of(const Conjunction& conjunction);

 private:
  void AddOwn(const SchemaJson& schema);
  void AddTypes(const SchemaJson& type);
  void AddLiterals(const std::vector<const SchemaJson*>& values);
};

/// Makes automata, each once.
class ScalarCompiler {
 public:
  ScalarCompiler(const SchemaDocument& document, JsonProgram& program)
      : document_(document), program_(program) {}

  /// Adds the scalars and strings that fit. Errors as of JsonSchema::Parse.
  Status AddTo(ValueRule& rule, const ScalarFacts& facts);
  /// Joins what overlaps in a rule, as far as that is cheap, so that there is less to be tried side by side.
  void Simplify(ValueRule& rule);

 private:
  template <typename Make>
  uint32_t Automaton(const std::string& name, Make make);
  Status AddLiterals(ValueRule& rule, const ScalarFacts& facts);
  Status AddStrings(ValueRule& rule, const ScalarFacts& facts);
  Result<const ByteDfa*> InsideOf(const std::string& pattern, const SchemaJson& place);
  Result<bool> Fits(const SchemaJson& literal, const ScalarFacts& facts);
  static void AddAutomaton(ValueRule& rule, uint32_t automaton);
  void JoinAutomata(ValueRule& rule);
  void JoinStrings(ValueRule& rule);

  const SchemaDocument& document_;
  JsonProgram& program_;
  std::map<std::string, uint32_t> automata_;  // by name; kNoRule: it accepts nothing
  std::map<std::string, ByteDfa> insides_;    // of strings, by pattern
  std::map<StringRule, uint32_t> strings_;
  size_t entries_ = 0;  // of the automata's tables
};

}  // namespace espalier
