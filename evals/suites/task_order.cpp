#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "evals/suites/loaders.h"
#include "evals/text_hash.h"

namespace espalier {

void MixTasks(std::vector<SuiteTask>& tasks) {
  std::map<std::string, std::vector<SuiteTask>> groups;
  for (SuiteTask& task : tasks) groups[task.group].push_back(std::move(task));
  size_t most = 0;
  for (auto& [name, group] : groups) {
    std::ranges::sort(group, {}, [](const SuiteTask& task) { return std::pair(TextHash(task.id), task.id); });
    most = std::max(most, group.size());
  }
  tasks.clear();
  for (size_t round = 0; round < most; ++round) {
    for (auto& [name, group] : groups) {
      if (round < group.size()) tasks.push_back(std::move(group[round]));
    }
  }
}

}  // namespace espalier
