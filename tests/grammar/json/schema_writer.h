// Random schemas, values that satisfy them, and the texts of values. Reproducible by its seed.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>

#include "tests/grammar/json/slow_validator.h"

namespace espalier {

class SchemaWriter {
 public:
  explicit SchemaWriter(uint32_t seed) : random_(seed) {}

  size_t Below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random_); }

  /// A whole schema, with definitions to which it refers, also recursively.
  TestJson Schema();
  /// A value that satisfies a schema, or nothing when none was found.
  std::optional<TestJson> ValueOf(const TestJson& root);
  /// Its text, with random white space between tokens.
  std::string TextOf(const TestJson& value);
  /// A text with a few changes of bytes and words.
  std::string Mutant(const std::string& text);

 private:
  TestJson Part(int depth);
  TestJson OfType(const std::string& type, int depth);
  TestJson ObjectSchema(int depth);
  TestJson ArraySchema(int depth);
  TestJson AnyJson(int depth);
  TestJson Guess(const TestJson& root, const TestJson& schema, int depth);
  TestJson GuessObject(const TestJson& root, const TestJson& schema, int depth);
  TestJson GuessString(const TestJson& schema);
  std::string Spaces();
  std::string Word();

  std::mt19937 random_;
};

}  // namespace espalier
