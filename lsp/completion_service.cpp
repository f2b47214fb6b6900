#include "lsp/completion_service.h"

#include <array>
#include <utility>

#include "decoder/chat_prompt.h"
#include "model/model_store.h"

namespace espalier::lsp {
namespace {

class LocalService : public CompletionService {
 public:
  LocalService(std::unique_ptr<Engine> engine, std::unique_ptr<Completer> completer,
               CompletionValidation validation)
      : engine_(std::move(engine)), completer_(std::move(completer)), validation_(validation) {}

  Completion Complete(const CompletionRequest& request) override {
    return CompleteValidated([this](const CompletionRequest& one) { return completer_->Complete(one); },
                             workshop_, request, validation_);
  }

  Result<GeneratedTests> WriteTestsFor(const TestRequest& request, const TestObserver& observer,
                                       const CancelToken& cancel) override {
    // A model that only completes cannot be asked: documentation and inputs are left.
    const std::array<ChatMessage, 1> question = {{{"user", ""}}};
    const bool chats = BuildChatPrompt(engine_->tokenizer(), question).has_value();
    const auto author = ModelAuthor(*engine_);
    return WriteTests(request, chats ? author.get() : nullptr, workshop_, 1, observer, cancel);
  }

  std::string Description() const override {
    const Model& model = engine_->model();
    const std::string& name = model.hparams().name;
    return (name.empty() ? model.file().path.filename().string() : name) + " (" +
           std::string(model.backend_name()) + ", " + std::to_string(model.threads()) + " threads)";
  }

 private:
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Completer> completer_;  // uses the engine: destroyed first
  const CompletionValidation validation_;
  Workshop workshop_{{}};
};

}  // namespace

Result<std::unique_ptr<CompletionService>> LoadCompletionService(const std::string& model,
                                                                 const ModelOptions& model_options,
                                                                 const EngineOptions& engine_options,
                                                                 CompletionValidation validation) {
  ESPALIER_ASSIGN_OR_RETURN(const auto path, ResolveModel(model));
  ESPALIER_ASSIGN_OR_RETURN(auto loaded, Model::Load(path, model_options));
  ESPALIER_ASSIGN_OR_RETURN(auto engine, Engine::Create(std::move(loaded), engine_options));
  ESPALIER_ASSIGN_OR_RETURN(auto completer, Completer::Create(*engine));
  return std::make_unique<LocalService>(std::move(engine), std::move(completer), validation);
}

}  // namespace espalier::lsp
