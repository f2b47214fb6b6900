// Internal to grammar/json/: from a schema to a program. Pure function.
#pragma once

#include "base/result.h"
#include "grammar/json/json_program.h"
#include "grammar/json/json_schema.h"
#include "grammar/json/schema_document.h"

namespace espalier {

/// Errors as of JsonSchema::Parse.
Result<JsonProgram> CompileSchema(const SchemaDocument& document, const JsonSchemaOptions& options);

/// Takes out what nothing satisfies, so that the program is as json_program.h promises, and returns whether
/// each value rule can be satisfied. When the root cannot, there is no program.
std::vector<bool> RemoveImpossible(JsonProgram& program);

}  // namespace espalier
