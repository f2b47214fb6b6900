// JSON Schema decided the slow way: over a parsed value, keyword by keyword, as the specification has it. An
// oracle for tests; it knows the keywords that the product supports.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace espalier {

using TestJson = nlohmann::ordered_json;

/// Whether `value` satisfies `schema`, whose references are to `root`.
bool SatisfiesSchema(const TestJson& root, const TestJson& schema, const TestJson& value);

/// A text as a value; `value` is left as it is when the text is no JSON, or an object in it has a name twice.
bool ParseStrictly(const std::string& text, TestJson& value);

/// Whether a number in a text may be beyond those of a double, which are JSON, but nlohmann::json does not
/// read them.
bool HasHugeNumber(const std::string& text);

}  // namespace espalier
