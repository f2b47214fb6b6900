#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "evals/engines/answer_source.h"
#include "evals/text_hash.h"

namespace espalier {

std::vector<const SuiteTask*> TasksOf(const Suite& suite, const EvalSettings& settings) {
  const size_t limit = settings.limit == 0 ? suite.tasks.size() : settings.limit;
  std::vector<const SuiteTask*> tasks;
  for (size_t i = settings.shard; i < std::min(limit, suite.tasks.size()); i += settings.shards) {
    tasks.push_back(&suite.tasks[i]);
  }
  return tasks;
}

std::vector<SampleJob> JobsOf(const Suite& suite, const EvalSettings& settings,
                              const std::vector<EvalSample>& known) {
  std::set<std::pair<std::string_view, uint32_t>> done;
  for (const EvalSample& sample : known) done.emplace(sample.task, sample.index);
  std::vector<SampleJob> jobs;
  for (const SuiteTask* task : TasksOf(suite, settings)) {
    for (uint32_t index = 0; index < settings.samples; ++index) {
      if (!done.contains({task->id, index})) jobs.push_back({task, index});
    }
  }
  return jobs;
}

uint64_t SeedOf(const SampleJob& job, uint64_t seed) {
  return Fnv1a(fmt::format("{}/{}/{}", seed, job.task->id, job.index));
}

}  // namespace espalier
