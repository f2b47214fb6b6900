#include "grammar/json/json_schema.h"

#include <utility>

#include "grammar/json/schema_compiler.h"
#include "grammar/json/schema_document.h"

namespace espalier {

JsonSchema::JsonSchema(JsonProgram program) : program_(std::move(program)) {}

Result<std::unique_ptr<JsonSchema>> JsonSchema::Parse(std::string_view text,
                                                      const JsonSchemaOptions& options) {
  ESPALIER_ASSIGN_OR_RETURN(const SchemaDocument document, SchemaDocument::Parse(text));
  ESPALIER_ASSIGN_OR_RETURN(JsonProgram program, CompileSchema(document, options));
  return std::unique_ptr<JsonSchema>(new JsonSchema(std::move(program)));
}

std::unique_ptr<JsonSchema> JsonSchema::AnyValue(const JsonSchemaOptions& options) {
  return std::move(*Parse("true", options));
}

}  // namespace espalier
