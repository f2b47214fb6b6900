// How long programs take from text to verdict, warm and cold: build/release/program_bench
#include <fmt/core.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "adapters/adapter.h"
#include "testgen/program.h"
#include "tests/testgen/sample_programs.h"

namespace espalier {
namespace {

double Seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Verdicts a second with two callers.
double Throughput(Workshop& workshop, const ProgramRun& run, int each) {
  const auto build = workshop.Build({Language::kPython, {{"main.py", "print(sum(range(100)))\n"}}, {}});
  auto work = [&] {
    for (int i = 0; i < each; ++i) {
      const auto outcome = workshop.Run(**build, run);
      if (!outcome || outcome->result.out != "4950\n") fmt::print("a run went wrong\n");
    }
  };
  work();
  const double begin = Seconds();
  std::thread other(work);
  work();
  other.join();
  return 2 * each / (Seconds() - begin);
}

/// Milliseconds of building and of running, of programs that were not built before.
void PrintLanguage(Workshop& workshop, const std::string& name, const SamplePrograms& sample,
                   const std::string& text) {
  constexpr int kWarmUps = 8, kRounds = 16;
  double build_s = 0, run_s = 0;
  for (int i = 0; i < kRounds; ++i) {
    const std::string sign(AdapterFor(sample.language).line_comment);
    const double begin = Seconds();
    const auto build =
        workshop.Build({sample.language, {{sample.file, text + sign + std::to_string(i) + "\n"}}, {}});
    const double built = Seconds();
    if (!build || (*build)->verdict != Verdict::kOk) return fmt::print("{:12} cannot be built\n", name);
    const auto outcome = workshop.Run(**build, {.input = "2 3"});
    if (!outcome || outcome->result.verdict != Verdict::kOk) return fmt::print("{:12} cannot be run\n", name);
    if (i < kWarmUps) continue;
    build_s += (built - begin) / (kRounds - kWarmUps);
    run_s += (Seconds() - built) / (kRounds - kWarmUps);
  }
  fmt::print("{:12} build {:5.0f} ms   run {:4.0f} ms\n", name, build_s * 1e3, run_s * 1e3);
}

void PrintAll() {
  Workshop workshop({});
  fmt::print("Python, trivial programs, two callers: {:.0f} verdicts/s in forks, {:.0f} alone\n",
             Throughput(workshop, {}, 400), Throughput(workshop, {.fresh = true}, 40));
  for (const SamplePrograms& sample : AllSamplePrograms())
    PrintLanguage(workshop, sample.name, sample, sample.sum);
  const std::string everything =
      "#include <bits/stdc++.h>\nusing namespace std;\nint main() {\n  vector<int> v;\n  int x;\n"
      "  while (cin >> x) v.push_back(x);\n  sort(v.begin(), v.end());\n  map<string, int> m;\n"
      "  for (int i : v) m[to_string(i)]++;\n  for (auto& [k, n] : m) cout << k << n << '\\n';\n}\n";
  PrintLanguage(workshop, "bits/stdc++", AllSamplePrograms()[2], everything);
}

}  // namespace
}  // namespace espalier

int main() { espalier::PrintAll(); }
