// espalier doctor: what this machine offers, and what each lack costs.
#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "cli/machine.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "model/backend.h"
#include "model/cuda/cuda_backend.h"
#include "model/model_store.h"
#include "testgen/sandbox.h"

namespace espalier {
namespace {

struct Finding {
  std::string area;  ///< "processor", "model", ...
  bool good = false;
  std::string what;  ///< what was found
  std::string cost;  ///< what the lack costs and how to mend it; empty when good
};

Finding Processor() {
  const ProcessorInfo info = ReadProcessorInfo();
  const BackendKind best = AvailableBackends().front();
  Finding finding{
      .area = "processor",
      .good = best == BackendKind::kAvx512,
      .what = fmt::format("{}, {} logical cores, {}; backend {}, {} threads",
                          info.name.empty() ? "unknown" : info.name, info.logical_cores,
                          info.extensions.empty() ? "no vector extensions"
                                                  : fmt::format("{}", fmt::join(info.extensions, " ")),
                          BackendKindName(best), DefaultThreads()),
      .cost = {}};
  if (best == BackendKind::kAvx2) finding.cost = "without AVX-512 VNNI prompts are read more slowly";
  if (best == BackendKind::kScalar) finding.cost = "without AVX2 everything runs many times slower";
  return finding;
}

Finding Memory() {
  const MemoryInfo memory = ReadMemoryInfo();
  const uint64_t needed = KnownModels().front().size_bytes * 2;
  return {.area = "memory",
          .good = memory.available_bytes >= needed,
          .what = fmt::format("{} available of {}", HumanBytes(static_cast<double>(memory.available_bytes)),
                              HumanBytes(static_cast<double>(memory.total_bytes))),
          .cost = memory.available_bytes >= needed
                      ? ""
                      : "even the smallest model may not fit; close other programs"};
}

Finding Gpu() {
  const auto gpu = ProbeGpu();
  if (gpu) {
    return {.area = "gpu",
            .good = true,
            .what = fmt::format("{}{}, compute capability {}.{}, {} free of {}; used with --backend cuda{}",
                                gpu->count > 1 ? std::to_string(gpu->count) + " times " : "", gpu->name,
                                gpu->major, gpu->minor, HumanBytes(static_cast<double>(gpu->free_bytes)),
                                HumanBytes(static_cast<double>(gpu->memory_bytes)),
                                gpu->count > 1 ? " and --gpus" : ""),
            .cost = {}};
  }
  // A machine without a GPU lacks nothing.
  const bool found = HasNvidiaGpu();
  return {.area = "gpu",
          .good = !found,
          .what = found ? "an NVIDIA driver, but no GPU that can be used; models run on the processor"
                        : fmt::format("none ({}); models run on the processor", gpu.error().message),
          .cost = found ? gpu.error().message : ""};
}

std::vector<Finding> Models() {
  std::vector<Finding> findings;
  for (const KnownModel& model : KnownModels()) {
    const bool installed = IsInstalled(model);
    findings.push_back({.area = "model",
                        .good = installed,
                        .what = fmt::format("{} ({}): {}", model.name, model.description,
                                            installed ? InstalledPath(model).string() : "not installed"),
                        .cost = installed ? "" : fmt::format("run: espalier model pull {}", model.name)});
  }
  return findings;
}

Finding Configuration(const Invocation& invocation) {
  std::vector<std::string> files;
  for (const auto& file : invocation.settings.files) files.push_back(file);
  const bool good = invocation.settings_status.has_value();
  return {.area = "configuration",
          .good = good,
          .what = files.empty() ? "defaults" : fmt::format("{}", fmt::join(files, ", ")),
          .cost = good ? "" : invocation.settings_status.error().message};
}

/// A program, or the first of several that do the same, and what is lost without it.
struct ProgramNeed {
  std::string_view area;
  std::string_view purpose;
  std::vector<std::string_view> names;
  std::string_view cost;
};

Finding CheckProgram(const ProgramNeed& need) {
  for (const std::string_view name : need.names) {
    const auto path = FindProgram(name);
    if (!path.empty()) {
      return {std::string(need.area), true, fmt::format("{}: {}", need.purpose, path.string()), {}};
    }
  }
  return {std::string(need.area), false,
          fmt::format("{}: no {}", need.purpose, fmt::join(need.names, ", no ")), std::string(need.cost)};
}

std::vector<Finding> Programs() {
  const std::vector<ProgramNeed> needs = {
      {"download", "Python with pip", {"python3"}, "`espalier model pull` needs it, or a hub client (hf)"},
      {"compiler", "C and C++", {"g++", "clang++"}, "C and C++ answers cannot be compiled here"},
      {"compiler", "Python", {"python3"}, "Python answers cannot be run here"},
      {"compiler", "Java", {"javac"}, "Java answers cannot be compiled here"},
      {"compiler", "JavaScript", {"node"}, "JavaScript answers cannot be run here"},
      {"compiler", "TypeScript", {"tsc"}, "TypeScript answers cannot be type-checked here"},
      {"compiler", "Go", {"go"}, "Go answers cannot be compiled here"},
      {"compiler", "Rust", {"rustc"}, "Rust answers cannot be compiled here"},
      {"editor", "Neovim", {"nvim"}, "the Neovim integration cannot be used here"},
      {"editor", "VS Code", {"code", "codium", "code-server"}, "the VS Code integration cannot be used here"},
  };
  std::vector<Finding> findings;
  for (const ProgramNeed& need : needs) findings.push_back(CheckProgram(need));
  return findings;
}

/// The whole first, then what it is made of.
std::vector<Finding> Sandbox() {
  const SandboxSupport support = ProbeSandbox();
  std::vector<Finding> findings = {
      {"sandbox", support.works,
       support.works ? "programs can be run safely" : "programs cannot be run safely", support.failure}};
  for (const SandboxMechanism& one : support.mechanisms) {
    findings.push_back({"sandbox", one.present, fmt::format("{}: {}", one.name, one.what), one.cost});
  }
  return findings;
}

std::vector<Finding> Examine(const Invocation& invocation) {
  std::vector<Finding> findings = {Processor(), Memory(), Gpu()};
  for (Finding& finding : Models()) findings.push_back(std::move(finding));
  findings.push_back(Configuration(invocation));
  for (Finding& finding : Sandbox()) findings.push_back(std::move(finding));
  for (Finding& finding : Programs()) findings.push_back(std::move(finding));
  return findings;
}

nlohmann::json FindingsJson(const std::vector<Finding>& findings) {
  nlohmann::json json = nlohmann::json::array();
  for (const Finding& finding : findings) {
    json.push_back(
        {{"area", finding.area}, {"good", finding.good}, {"what", finding.what}, {"cost", finding.cost}});
  }
  return json;
}

/// Completion needs a configuration that can be read and one model; all else is a matter of degree.
bool CanComplete(const Invocation& invocation) {
  const auto model = ResolveModel(invocation.settings.values.model);
  return invocation.settings_status.has_value() && model.has_value();
}

Result<ExitCode> RunDoctor(const Invocation& invocation) {
  const std::vector<Finding> findings = Examine(invocation);
  const bool ready = CanComplete(invocation);
  if (invocation.json) {
    PrintJson({{"ready", ready}, {"findings", FindingsJson(findings)}});
  } else {
    for (const Finding& finding : findings) {
      fmt::print("{:<4} {:<14} {}\n", finding.good ? "ok" : "-", finding.area, finding.what);
      if (!finding.cost.empty()) fmt::print("     {:<14} -> {}\n", "", finding.cost);
    }
    fmt::print("\n{}\n",
               ready ? "Ready: try `espalier complete FILE:LINE:COLUMN`."
                     : "Not ready to complete code: see the lines marked '-' for models and configuration.");
  }
  return ready ? ExitCode::kOk : ExitCode::kNoAnswer;
}

}  // namespace

void AddDoctorVerb(CLI::App& app, Invocation& invocation) {
  AddVerb(app, invocation, "doctor", "Show what this machine offers and what each lack costs",
          "  espalier doctor\n  espalier doctor --json | jq '.findings[] | select(.good | not)'\n\n"
          "Exit code 0 when code can be completed here, 1 when not.",
          [&invocation] { return RunDoctor(invocation); });
}

}  // namespace espalier
