#include "decoder/scheduler.h"

#include <algorithm>
#include <tuple>

namespace espalier {
namespace {

// Prefill of a class below one that decodes gets a chunk once in this many steps, lest it starve.
constexpr uint32_t kHeldBackSteps = 8;
constexpr uint32_t kOldestShare = 4;  // the oldest of a class gets a quarter of the rows

/// Decode rows, best first; spare rows are shared out for drafts while few requests are live.
std::vector<RowGrant> DecodeGrants(std::span<const ScheduleEntry> entries, uint32_t batch_rows) {
  std::vector<RowGrant> grants;
  for (size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].decodes()) grants.push_back({i, 1, 0});
  }
  std::sort(grants.begin(), grants.end(), [&](const RowGrant& a, const RowGrant& b) {
    const ScheduleEntry &x = entries[a.entry], &y = entries[b.entry];
    return std::tie(x.priority, x.last_step, x.arrival) < std::tie(y.priority, y.last_step, y.arrival);
  });
  if (grants.size() > batch_rows) grants.resize(batch_rows);
  const auto count = static_cast<uint32_t>(grants.size());
  for (RowGrant& grant : grants) grant.drafts = (batch_rows - count) / count;
  return grants;
}

/// True when a step that computes `grant` leaves pages that spare `entry` its own next rows.
bool Spares(std::span<const ScheduleEntry> entries, const RowGrant& grant, const ScheduleEntry& entry) {
  const ScheduleEntry& other = entries[grant.entry];
  const uint32_t reach = (other.computed + grant.tokens) / kKvPageTokens * kKvPageTokens;
  if (reach < entry.computed + kKvPageTokens || entry.tokens.size() <= reach) return false;
  return std::equal(other.tokens.begin(), other.tokens.begin() + reach, entry.tokens.begin());
}

/// Shares `budget` rows out among prefilling entries.
class PrefillPlan {
 public:
  PrefillPlan(std::span<const ScheduleEntry> entries, uint32_t budget, bool share_prefixes)
      : entries_(entries), budget_(budget), share_prefixes_(share_prefixes) {}

  /// Serves the entries of one class.
  void Serve(std::vector<size_t> group) {
    const size_t oldest = *std::min_element(group.begin(), group.end(), [&](size_t a, size_t b) {
      return entries_[a].arrival < entries_[b].arrival;
    });
    std::sort(group.begin(), group.end(), [&](size_t a, size_t b) {
      const ScheduleEntry &x = entries_[a], &y = entries_[b];
      return std::make_tuple(x.pending(), x.arrival) < std::make_tuple(y.pending(), y.arrival);
    });
    const uint32_t set_aside =
        group.front() == oldest ? 0 : std::min(budget_ / kOldestShare, entries_[oldest].pending());
    budget_ -= set_aside;
    for (const size_t entry : group) {
      if (entry == oldest) budget_ += set_aside;
      Grant(entry, entry == oldest ? budget_ : std::min(budget_, entries_[entry].pending()));
    }
  }

  std::vector<RowGrant> Take() { return std::move(grants_); }

 private:
  void Grant(size_t entry, uint32_t rows) {
    rows = std::min(rows, entries_[entry].pending());
    if (rows == 0 || IsSpared(entries_[entry])) return;
    grants_.push_back({entry, rows, 0});
    budget_ -= rows;
  }

  bool IsSpared(const ScheduleEntry& entry) const {
    return share_prefixes_ && std::any_of(grants_.begin(), grants_.end(), [&](const RowGrant& grant) {
             return Spares(entries_, grant, entry);
           });
  }

  std::span<const ScheduleEntry> entries_;
  uint32_t budget_;
  bool share_prefixes_;
  std::vector<RowGrant> grants_;
};

}  // namespace

std::vector<size_t> Scheduler::Eligible(std::span<const ScheduleEntry> entries,
                                        std::span<const RowGrant> decode) {
  const bool decodes = !decode.empty();
  const Priority top = decodes ? entries[decode.front().entry].priority : Priority::kEval;
  std::vector<size_t> eligible, held_back;
  for (size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].decodes()) continue;
    (entries[i].priority <= top ? eligible : held_back).push_back(i);
  }
  held_back_steps_ = held_back.empty() ? 0 : held_back_steps_ + 1;
  if (held_back_steps_ == kHeldBackSteps) {
    held_back_steps_ = 0;
    eligible.insert(eligible.end(), held_back.begin(), held_back.end());
  }
  return eligible;
}

std::vector<RowGrant> Scheduler::Plan(std::span<const ScheduleEntry> entries, const StepLimits& limits) {
  std::vector<RowGrant> grants = DecodeGrants(entries, limits.batch_rows);
  const std::vector<size_t> eligible = Eligible(entries, grants);
  PrefillPlan prefill(entries, grants.empty() ? limits.alone_rows : limits.beside_rows,
                      limits.share_prefixes);
  for (const Priority priority : {Priority::kInline, Priority::kInteractive, Priority::kEval}) {
    std::vector<size_t> group;
    std::copy_if(eligible.begin(), eligible.end(), std::back_inserter(group),
                 [&](size_t i) { return entries[i].priority == priority; });
    if (!group.empty()) prefill.Serve(std::move(group));
  }
  for (const RowGrant& grant : prefill.Take()) grants.push_back(grant);
  return grants;
}

}  // namespace espalier
