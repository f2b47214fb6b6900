// JSON, and JSON that follows a JSON Schema, as a language of texts: what JsonMachine takes. Immutable; may
// be shared by threads.
//
// The schema language is a subset of draft 2020-12: type, enum, const; properties, required,
// additionalProperties; prefixItems, items, minItems, maxItems; minLength, maxLength, pattern (the subset in
// pattern.h), format (those in formats.h; others are remarks); minimum, maximum, exclusiveMinimum,
// exclusiveMaximum; allOf, anyOf, oneOf whose alternatives exclude each other, $ref to "#/...", $defs, true
// and false. Remarks (title, description, default, ...) are ignored. Everything else is an error, so that no
// text is accepted that the schema refuses.
//
// Texts are valid JSON (RFC 8259: any escapes, well-formed surrogate pairs and UTF-8, no control characters
// in strings), and what they stand for satisfies the schema. Of the ways to write a value some are not
// accepted:
//  - properties come in the order in which the schema writes them (of allOf and $ref, in the order of the
//  parts), then
//    required ones that it does not describe; optional ones may be left out; others follow all of these. With
//    `any_order` objects that describe at most 12 properties may have them in any order;
//  - no name comes twice in an object;
//  - names that the schema describes, and strings that it says more of than their length, are spelled without
//  needless
//    escapes (spelling.h); values of enum and const are spelled as nlohmann::json writes them, with any white
//    space;
//  - where the type is integer, there is no fraction, exponent or -0; where a number has a bound, no exponent
//  or -0;
//  - there are at most `most_spaces` bytes of white space in a row.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "grammar/json/json_program.h"

namespace espalier {

struct JsonSchemaOptions {
  uint32_t most_spaces = 64;  ///< bytes of white space in a row; 0: none
  bool any_order = false;
};

class JsonSchema {
 public:
  /// Errors are one line with the JSON pointer of the place: kCorrupt (not JSON), kInvalidArgument (no
  /// schema, or one that no value satisfies), kUnsupported (outside of the subset), kResourceExhausted (its
  /// automata would be too large).
  static Result<std::unique_ptr<JsonSchema>> Parse(std::string_view text,
                                                   const JsonSchemaOptions& options = {});
  /// Any JSON value.
  static std::unique_ptr<JsonSchema> AnyValue(const JsonSchemaOptions& options = {});

  const JsonProgram& program() const { return program_; }

 private:
  explicit JsonSchema(JsonProgram program);

  const JsonProgram program_;
};

}  // namespace espalier
