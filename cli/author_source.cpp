#include "cli/author_source.h"

#include "model/model.h"
#include "model/model_store.h"

namespace espalier {

std::string ModelForCode(const Settings& settings) {
  if (settings.generate.model != "auto") return settings.generate.model;
  std::string chosen = settings.model;
  for (const KnownModel& model : KnownModels()) {
    if (IsInstalled(model)) chosen = model.name;
  }
  return chosen;
}

void AddAuthorFlags(CLI::App& verb, AuthorFiles& files) {
  CLI::Option* record =
      verb.add_option("--record", files.record, "Append the model's answers to a file")->type_name("FILE");
  verb.add_option("--replay", files.replay, "Take answers from such a file instead of a model")
      ->type_name("FILE")
      ->excludes(record);
}

Result<AuthorSource> AuthorSource::Open(const Settings& settings, const AuthorFiles& files) {
  AuthorSource source;
  if (!files.replay.empty()) {
    ESPALIER_ASSIGN_OR_RETURN(source.author_, ReplayingAuthor(files.replay));
    return source;
  }
  ESPALIER_ASSIGN_OR_RETURN(const auto path, ResolveModel(ModelForCode(settings)));
  ESPALIER_ASSIGN_OR_RETURN(auto model, Model::Load(path, ModelOptionsOf(settings)));
  ESPALIER_ASSIGN_OR_RETURN(source.engine_, Engine::Create(std::move(model), {}));
  source.author_ = ModelAuthor(*source.engine_);
  if (!files.record.empty()) {
    ESPALIER_ASSIGN_OR_RETURN(source.recorder_, RecordingAuthor(*source.author_, files.record));
  }
  return source;
}

}  // namespace espalier
