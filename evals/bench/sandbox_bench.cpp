// What running a program nobody trusts costs, in wall clock: a start, a program in Python, one in C++ built
// and run, and eight at once.
//   sandbox_bench [--benchmark_...]
#include <benchmark/benchmark.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "testgen/program.h"
#include "testgen/sandbox.h"

namespace espalier {
namespace {

constexpr int kAtOnce = 8;

void StartAndEnd(benchmark::State& state) {
  SandboxRun run;
  run.arguments = {"/bin/true"};
  for (auto _ : state) {
    const auto outcome = RunInSandbox({}, run, {});
    if (!outcome || outcome->verdict != Verdict::kOk) state.SkipWithError("/bin/true does not run here");
  }
}

/// Builds and runs a program; true when it says 3.
bool SaysThree(Workshop& workshop, Language language, const std::string& text, const char* file) {
  Program program;
  program.language = language;
  program.files = {{.path = file, .content = text}};
  const auto build = workshop.Build(program);
  if (!build || (*build)->verdict != Verdict::kOk) return false;
  const auto outcome = workshop.Run(**build, {});
  return outcome && outcome->result.verdict == Verdict::kOk && outcome->result.out == "3\n";
}

void Python(benchmark::State& state) {
  Workshop workshop({});
  for (auto _ : state) {
    if (!SaysThree(workshop, Language::kPython, "print(1 + 2)\n", "main.py")) {
      state.SkipWithError("Python does not run here");
    }
  }
}

void PythonAtOnce(benchmark::State& state) {
  Workshop workshop({});
  for (auto _ : state) {
    std::atomic<int> right = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < kAtOnce; ++i) {
      threads.emplace_back(
          [&] { right += SaysThree(workshop, Language::kPython, "print(1 + 2)\n", "main.py"); });
    }
    for (std::thread& thread : threads) thread.join();
    if (right != kAtOnce) state.SkipWithError("Python does not run here");
  }
  state.SetItemsProcessed(state.iterations() * kAtOnce);
}

void Cpp(benchmark::State& state) {
  Workshop workshop({});
  int round = 0;
  for (auto _ : state) {
    const std::string text =
        "#include <bits/stdc++.h>\nint main() { std::cout << 1 + 2 << std::endl; }  // " +
        std::to_string(round++) + "\n";
    if (!SaysThree(workshop, Language::kCpp, text, "main.cpp")) state.SkipWithError("C++ does not run here");
  }
}

BENCHMARK(StartAndEnd)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(Python)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(PythonAtOnce)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(Cpp)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace espalier

BENCHMARK_MAIN();
