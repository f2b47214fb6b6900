// Contest problems: a class Solution with one method, many cases, and a difficulty, which is the group of the
// task's id. The statements are LeetCode's text; they are read from where they are and not kept.
#include <fmt/format.h>

#include "adapters/signature.h"
#include "evals/suites/loaders.h"

namespace espalier {
namespace {

/// What the judge has imported for Python programs.
constexpr std::string_view kImports =
    "from bisect import *\nfrom collections import *\nfrom functools import *\nfrom heapq import *\n"
    "from itertools import *\nfrom math import ceil, comb, floor, gcd, inf, isqrt, lcm, log2, sqrt\n"
    "from string import *\nfrom typing import *\n"
    "import bisect, collections, datetime, functools, heapq, itertools, math, operator, re, string\n";

constexpr std::string_view kSystem =
    "You are an intelligent programming assistant to produce Python algorithmic solutions";

/// The tests call the class of the answer; only its name matters here.
constexpr std::string_view kAnyReference = "class Solution:\n    pass\n";

/// Lists and trees of objects cannot be handed to a program in another process.
bool NeedsNodes(const std::string& text) {
  return text.find("ListNode") != std::string::npos || text.find("TreeNode") != std::string::npos;
}

/// The method of a class skeleton.
std::string MethodOf(const std::string& starter) {
  const auto functions = ListFunctions(AdapterFor(Language::kPython), starter + "pass\n");
  return functions && !functions->empty() ? functions->back().name : std::string();
}

Result<SuiteTask> ContestTask(const SuiteRow& row) {
  SuiteTask task;
  ESPALIER_ASSIGN_OR_RETURN(const std::string name, row.Text("title"));
  ESPALIER_ASSIGN_OR_RETURN(task.chat, row.Text("prompt_sft"));
  ESPALIER_ASSIGN_OR_RETURN(task.tests, row.Text("test"));
  ESPALIER_ASSIGN_OR_RETURN(const std::string difficulty, row.TextIn("meta", "difficulty"));
  task.id = fmt::format("{}/{}", difficulty, name);
  task.preamble = kImports;
  task.reference = kAnyReference;
  const size_t skeleton = task.chat.rfind("class Solution");
  if (skeleton == std::string::npos) return Fail(row.Wrong("prompt_sft", "has no class Solution"));
  const size_t end = task.chat.find("```", skeleton);
  task.call = "Solution()." + MethodOf(task.chat.substr(skeleton, end - skeleton));
  return task;
}

Result<SuiteTask> DatasetTask(const SuiteRow& row) {
  SuiteTask task;
  std::string name, difficulty, statement, starter, solution, tests;
  ESPALIER_RETURN_IF_ERROR(row.Read({{"task_id", name},
                                     {"difficulty", difficulty},
                                     {"problem_description", statement},
                                     {"starter_code", starter},
                                     {"completion", solution},
                                     {"test", tests},
                                     {"entry_point", task.call},
                                     {"prompt", task.preamble}}));
  task.id = fmt::format("{}/{}", difficulty, name);
  task.chat =
      fmt::format("{}\n\nPlease complete the code below to solve the above problem:\n```python\n{}\n```\n",
                  statement, starter);
  task.reference = task.preamble + "\n" + solution;
  task.tests = fmt::format("{}\n{}\ncheck({})\n", task.preamble, tests, task.call);
  return task;
}

Result<Suite> Load(const std::filesystem::path& data, Result<SuiteTask> (*task_of)(const SuiteRow&)) {
  ESPALIER_ASSIGN_OR_RETURN(Suite suite, LoadTasks(data, Language::kPython, task_of));
  std::erase_if(suite.tasks, [](const SuiteTask& task) { return NeedsNodes(task.chat); });
  suite.system = kSystem;
  suite.time_limit = std::chrono::seconds(20);
  return suite;
}

}  // namespace

Result<Suite> LoadLeetCode(const std::filesystem::path& data) { return Load(data, ContestTask); }
Result<Suite> LoadLeetCodeDataset(const std::filesystem::path& data) { return Load(data, DatasetTask); }

}  // namespace espalier
