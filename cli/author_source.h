// Where a verb's generated code comes from: the installed model for whole functions, or answers recorded
// earlier.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "base/result.h"
#include "cli/settings.h"
#include "decoder/author.h"
#include "decoder/engine.h"

namespace espalier {

/// The setting generate.model; "auto" is the largest installed model of the built-in list, else the one for
/// completion.
std::string ModelForCode(const Settings& settings);

/// --record FILE and --replay FILE.
struct AuthorFiles {
  std::string record, replay;
};
void AddAuthorFlags(CLI::App& verb, AuthorFiles& files);

class AuthorSource {
 public:
  /// Loads the model, unless answers are replayed. Errors: those of ResolveModel, Model::Load,
  /// RecordingAuthor, ReplayingAuthor.
  static Result<AuthorSource> Open(const Settings& settings, const AuthorFiles& files);

  CodeAuthor& author() { return recorder_ ? *recorder_ : *author_; }

 private:
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<CodeAuthor> author_;
  std::unique_ptr<CodeAuthor> recorder_;
};

}  // namespace espalier
