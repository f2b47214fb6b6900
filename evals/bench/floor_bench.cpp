// floor_bench: what this machine can do at best, and the bounds that follow for a model. Decoding one
// sequence reads every weight once a token, so it cannot be faster than bandwidth / bytes; prefill
// multiplies every weight once a token, so it cannot be faster than int8 rate / operations.
#include <sys/mman.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <barrier>
#include <chrono>
#include <cstdio>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "evals/bench/floor_kernels.h"
#include "model/model_file.h"
#include "model/model_store.h"

namespace espalier {
namespace {

struct FloorOptions {
  std::vector<std::string> models;
  int threads = 2;
  size_t mebibytes = 1024;  ///< read in one pass: more than any cache here (the largest L3 is 260 MiB)
  int repeats = 7;
  bool json = false;
};

constexpr size_t kIterations = 20'000'000;  // tenths of a second, so that clock speeds settle
constexpr size_t kReadGranule = 4096;

using SteadyClock = std::chrono::steady_clock;

/// Seconds from the first start to the last end of `work(thread)` on `threads` threads.
double SecondsTogether(int threads, const std::function<void(int)>& work) {
  std::barrier start(threads);
  std::vector<SteadyClock::time_point> begins(static_cast<size_t>(threads)), ends(begins.size());
  std::vector<std::jthread> pool;
  for (int t = 0; t < threads; ++t) {
    pool.emplace_back([&, t] {
      start.arrive_and_wait();
      begins[static_cast<size_t>(t)] = SteadyClock::now();
      work(t);
      ends[static_cast<size_t>(t)] = SteadyClock::now();
    });
  }
  pool.clear();  // joins
  return std::chrono::duration<double>(*std::ranges::max_element(ends) - *std::ranges::min_element(begins))
      .count();
}

double BestSeconds(int threads, int repeats, const std::function<void(int)>& work) {
  double best = SecondsTogether(threads, work);
  for (int i = 1; i < repeats; ++i) best = std::min(best, SecondsTogether(threads, work));
  return best;
}

/// Anonymous memory, written once, in huge pages (2 MiB) or in pages of 4 KiB.
class PagedMemory {
 public:
  PagedMemory(size_t bytes, bool huge) : bytes_(bytes) {
    void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) return;
    madvise(at, bytes, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
    data_ = static_cast<std::byte*>(at);
    std::fill_n(data_, bytes, std::byte{1});
  }
  PagedMemory(const PagedMemory&) = delete;
  PagedMemory& operator=(const PagedMemory&) = delete;
  ~PagedMemory() {
    if (data_ != nullptr) munmap(data_, bytes_);
  }
  bool ok() const { return data_ != nullptr; }
  /// The `index`-th of `count` equal parts.
  std::span<const std::byte> Part(int index, int count) const {
    const size_t part = bytes_ / static_cast<size_t>(count) / kReadGranule * kReadGranule;
    return {data_ + part * static_cast<size_t>(index), part};
  }

 private:
  std::byte* data_ = nullptr;
  size_t bytes_;
};

nlohmann::json MeasureBandwidth(const FloorOptions& options, const std::vector<ReadKernel>& kernels) {
  nlohmann::json results = nlohmann::json::array();
  for (const bool huge : {false, true}) {
    const PagedMemory memory(options.mebibytes << 20, huge);
    if (!memory.ok()) continue;
    for (const ReadKernel& kernel : kernels) {
      for (int threads = 1; threads <= options.threads; ++threads) {
        const double seconds = BestSeconds(threads, options.repeats, [&](int t) {
          const auto part = memory.Part(t, threads);
          kernel.run(part.data(), part.size());
        });
        const double bytes = static_cast<double>(memory.Part(0, threads).size()) * threads;
        results.push_back({{"kernel", kernel.name},
                           {"huge_pages", huge},
                           {"threads", threads},
                           {"bytes_per_s", bytes / seconds}});
      }
    }
  }
  return results;
}

nlohmann::json MeasureArithmetic(const FloorOptions& options, const std::vector<ArithmeticKernel>& kernels) {
  nlohmann::json results = nlohmann::json::array();
  for (const ArithmeticKernel& kernel : kernels) {
    for (int threads = 1; threads <= options.threads; ++threads) {
      const double seconds = BestSeconds(threads, options.repeats, [&](int) { kernel.run(kIterations); });
      results.push_back({{"kernel", kernel.name},
                         {"threads", threads},
                         {"operations_per_s", kernel.operations * kIterations * threads / seconds}});
    }
  }
  return results;
}

/// The largest `field` of `results`.
double Most(const nlohmann::json& results, const char* field) {
  double most = 0;
  for (const auto& result : results) most = std::max(most, result[field].get<double>());
  return most;
}

struct ModelCost {
  size_t decode_bytes = 0;   ///< weights read for one token, output head included
  size_t layer_weights = 0;  ///< matrix elements that every token of a prompt is multiplied by
};

ModelCost CostOf(const ModelFile& file) {
  ModelCost cost{file.weights.output_norm.bytes() + file.weights.output.bytes(), 0};
  for (const LayerWeights& l : file.weights.layers) {
    for (const TensorView* matrix : {&l.wq, &l.wk, &l.wv, &l.wo, &l.w_gate, &l.w_up, &l.w_down}) {
      cost.decode_bytes += matrix->bytes();
      cost.layer_weights += matrix->rows * matrix->cols;
    }
    for (const TensorView* vector : {&l.attn_norm, &l.ffn_norm, &l.bq, &l.bk, &l.bv}) {
      if (!vector->empty()) cost.decode_bytes += vector->bytes();
    }
  }
  return cost;
}

Result<nlohmann::json> Bounds(const std::string& path, double bandwidth, double operations) {
  ESPALIER_ASSIGN_OR_RETURN(const auto file_path, ResolveModel(path));
  ESPALIER_ASSIGN_OR_RETURN(const ModelFile file, OpenModelFile(file_path));
  const ModelCost cost = CostOf(file);
  return nlohmann::json{
      {"model", path},
      {"decode_bytes", cost.decode_bytes},
      {"layer_weights", cost.layer_weights},
      {"decode_tokens_per_s", bandwidth / static_cast<double>(cost.decode_bytes)},
      {"prefill_tokens_per_s", operations / (2.0 * static_cast<double>(cost.layer_weights))}};
}

void PrintText(const nlohmann::json& report) {
  for (const auto& r : report["bandwidth"]) {
    std::printf("read, %-8s %-10s %d thread%s %7.2f GB/s\n", r["kernel"].get<std::string>().c_str(),
                r["huge_pages"].get<bool>() ? "huge pages" : "4 KiB", r["threads"].get<int>(),
                r["threads"] == 1 ? " " : "s", r["bytes_per_s"].get<double>() / 1e9);
  }
  for (const auto& r : report["arithmetic"]) {
    std::printf("%-20s        %d thread%s %7.1f G operations/s\n", r["kernel"].get<std::string>().c_str(),
                r["threads"].get<int>(), r["threads"] == 1 ? " " : "s",
                r["operations_per_s"].get<double>() / 1e9);
  }
  for (const auto& b : report["models"]) {
    std::printf("%s\n  decode:  %.1f MB a token, at most %.1f tok/s\n", b["model"].get<std::string>().c_str(),
                b["decode_bytes"].get<double>() / 1e6, b["decode_tokens_per_s"].get<double>());
    std::printf("  prefill: %.1f M weights, at most %.0f tok/s\n", b["layer_weights"].get<double>() / 1e6,
                b["prefill_tokens_per_s"].get<double>());
  }
}

Status RunFloor(const FloorOptions& options) {
  std::vector<ArithmeticKernel> arithmetic;
  std::vector<ReadKernel> read;
  AddAvx2Kernels(arithmetic, read);
  AddAvx512Kernels(arithmetic, read);
  nlohmann::json report = {{"bandwidth", MeasureBandwidth(options, read)},
                           {"arithmetic", MeasureArithmetic(options, arithmetic)}};
  const double bandwidth = Most(report["bandwidth"], "bytes_per_s");
  const double operations = Most(report["arithmetic"], "operations_per_s");
  report["models"] = nlohmann::json::array();
  for (const std::string& path : options.models) {
    ESPALIER_ASSIGN_OR_RETURN(nlohmann::json bounds, Bounds(path, bandwidth, operations));
    report["models"].push_back(std::move(bounds));
  }
  if (options.json) {
    std::puts(report.dump(2).c_str());
  } else {
    PrintText(report);
  }
  return {};
}

int Main(int argc, char** argv) {
  FloorOptions options;
  CLI::App app("Memory bandwidth and arithmetic peak of this machine, and the bounds they put on a model.");
  app.add_option("models", options.models,
                 "Names of installed models, GGUF files or Hugging Face directories");
  app.add_option("-t,--threads", options.threads, "Measure with 1 to this many threads")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--mebibytes", options.mebibytes, "Memory read in one pass")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("-r,--repeats", options.repeats, "Repeats; the best is reported")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_flag("--json", options.json, "Print JSON");
  CLI11_PARSE(app, argc, argv);
  if (const Status status = RunFloor(options); !status) {
    std::fprintf(stderr, "floor_bench: %s\n", status.error().message.c_str());
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace espalier

int main(int argc, char** argv) { return espalier::Main(argc, argv); }
