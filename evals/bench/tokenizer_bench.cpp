// Speed of the tokenizer on one core, in CPU time.
//   tokenizer_bench [--benchmark_...] MODEL PATH...
// MODEL is a name or a file; the text is the source code under the PATHs, at most 32 MB of it.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "model/model_file.h"
#include "model/model_store.h"
#include "model/tokenizer.h"

namespace espalier {
namespace {

constexpr size_t kMaxTextBytes = 32'000'000;
constexpr size_t kWindowBytes = 2'000;  // about what a completion request sends

struct Input {
  TokenizerData data;
  std::vector<std::string> texts;
  size_t bytes = 0;
};

bool IsSource(const std::filesystem::path& path) {
  static const std::set<std::string> kSuffixes = {".py", ".c",  ".h",   ".cc",  ".cpp", ".hpp", ".java",
                                                  ".js", ".ts", ".tsx", ".mjs", ".go",  ".rs"};
  return kSuffixes.contains(path.extension().string());
}

void AddFile(const std::filesystem::path& path, Input& input) {
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (input.bytes + text.size() > kMaxTextBytes) return;
  input.bytes += text.size();
  input.texts.push_back(std::move(text));
}

/// Each path gives at most its share, so that the mixture does not depend on their order.
void AddPath(const std::filesystem::path& path, size_t share, Input& input) {
  if (!std::filesystem::is_directory(path)) return AddFile(path, input);
  const auto options = std::filesystem::directory_options::skip_permission_denied;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path, options)) {
    if (entry.is_regular_file() && IsSource(entry.path())) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  const size_t end = input.bytes + share;
  for (const auto& file : files) {
    if (input.bytes >= end) break;
    AddFile(file, input);
  }
}

void BenchCreate(benchmark::State& state, const Input& input) {
  for (auto _ : state) benchmark::DoNotOptimize(Tokenizer::Create(input.data));
}

void BenchEncode(benchmark::State& state, const Input& input, const Tokenizer& tokenizer) {
  size_t tokens = 0;
  for (auto _ : state) {
    for (const std::string& text : input.texts) tokens += tokenizer.Encode(text).size();
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * input.bytes));
  state.counters["tokens"] = static_cast<double>(tokens) / static_cast<double>(state.iterations());
}

void BenchEncodeWindow(benchmark::State& state, const Input& input, const Tokenizer& tokenizer) {
  size_t i = 0;
  for (auto _ : state) {
    const std::string_view text = input.texts[i++ % input.texts.size()];
    benchmark::DoNotOptimize(tokenizer.Encode(text.substr(0, kWindowBytes)));
  }
}

void BenchDecode(benchmark::State& state, const Input& input, const Tokenizer& tokenizer) {
  std::vector<std::vector<TokenId>> ids;
  for (const std::string& text : input.texts) ids.push_back(tokenizer.Encode(text));
  for (auto _ : state) {
    for (const auto& text : ids) benchmark::DoNotOptimize(tokenizer.Decode(text));
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * input.bytes));
}

Status Run(int argc, char** argv) {
  ESPALIER_ASSIGN_OR_RETURN(const auto path, ResolveModel(argv[1]));
  ESPALIER_ASSIGN_OR_RETURN(ModelFile file, OpenModelFile(path));
  Input input{std::move(file.tokenizer), {}, 0};
  for (int i = 2; i < argc; ++i) AddPath(argv[i], kMaxTextBytes / static_cast<size_t>(argc - 2), input);
  if (input.texts.empty())
    return Fail(ErrorCode::kNotFound, "there are no source files under the paths given");
  ESPALIER_ASSIGN_OR_RETURN(const Tokenizer tokenizer, Tokenizer::Create(input.data));
  std::printf("%zu files, %.1f MB\n", input.texts.size(), static_cast<double>(input.bytes) / 1e6);
  const auto in_milliseconds = [](benchmark::internal::Benchmark* b) { b->Unit(benchmark::kMillisecond); };
  in_milliseconds(benchmark::RegisterBenchmark("create", [&](auto& state) { BenchCreate(state, input); }));
  in_milliseconds(
      benchmark::RegisterBenchmark("encode", [&](auto& state) { BenchEncode(state, input, tokenizer); }));
  in_milliseconds(
      benchmark::RegisterBenchmark("decode", [&](auto& state) { BenchDecode(state, input, tokenizer); }));
  benchmark::RegisterBenchmark("encode 2 kB",
                               [&](auto& state) { BenchEncodeWindow(state, input, tokenizer); });
  benchmark::RunSpecifiedBenchmarks();
  return {};
}

}  // namespace
}  // namespace espalier

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (argc < 3) {
    std::fprintf(stderr, "usage: tokenizer_bench [--benchmark_...] MODEL PATH...\n");
    return 2;
  }
  const auto status = espalier::Run(argc, argv);
  if (!status) std::fprintf(stderr, "%s\n", status.error().message.c_str());
  return status ? 0 : 1;
}
