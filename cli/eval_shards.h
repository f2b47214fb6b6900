// Runs that several processes share: each answers a part of the tasks and stores it in a file of its own, and
// the parts are merged to one run.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "cli/verb.h"

namespace espalier {

/// Part `number` (from 0) of `count`.
struct Shard {
  uint32_t number = 0, count = 1;
};

/// What "K/N" says (K from 1), or when it is empty, this process's place under mpirun (Open MPI, MPICH) or
/// srun; everything when there is none. Errors: kInvalidArgument.
Result<Shard> ShardOf(const std::string& flag);

/// The file of a process of several: "runs.sqlite" becomes "runs.2-of-3.sqlite". Unchanged for everything.
std::string ShardDatabase(const std::string& database, const Shard& shard);

/// eval merge: runs of all parts become one.
void AddEvalMergeVerb(CLI::App& eval, Invocation& invocation, const std::shared_ptr<std::string>& database);

}  // namespace espalier
