// What completes and writes tests, behind two calls: the local model, or whatever a test puts in its place.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "decoder/completion.h"
#include "decoder/engine.h"
#include "model/model.h"
#include "testgen/test_file.h"
#include "testgen/validate_completion.h"

namespace espalier::lsp {

class CompletionService {
 public:
  virtual ~CompletionService() = default;
  /// Blocks until the answer is there; called from several threads at once. Never fails: problems are
  /// reasons.
  virtual Completion Complete(const CompletionRequest& request) = 0;
  /// Blocks likewise. Errors: those of WriteTests (testgen/test_file.h).
  virtual Result<GeneratedTests> WriteTestsFor(const TestRequest& request, const TestObserver& observer,
                                               const CancelToken& cancel) = 0;
  /// What is answering, for people: "Qwen2.5 Coder 0.5B Instruct (avx512-vnni, 2 threads)".
  virtual std::string Description() const = 0;
};

/// Loads a model (a path, or a name the model store knows) and starts an engine for it; takes as long
/// as loading takes. `validation`: see
/// CompleteValidated. Errors:
/// those of ResolveModel, Model::Load, Engine::Create and Completer::Create.
Result<std::unique_ptr<CompletionService>> LoadCompletionService(
    const std::string& model, const ModelOptions& model_options, const EngineOptions& engine_options,
    CompletionValidation validation = CompletionValidation::kOff);

}  // namespace espalier::lsp
