// Merging of half-open intervals, as calendars and allocators need it.
#include <algorithm>
#include <cstdint>
#include <iostream>
#include <vector>

struct Interval {
  int64_t begin = 0;
  int64_t end = 0;  // one past the last

  int64_t length() const { return end - begin; }
};

bool operator==(const Interval& a, const Interval& b) { return a.begin == b.begin && a.end == b.end; }

// The smallest set of intervals that covers the same numbers: sorted, without overlaps, and without
// intervals that touch.
std::vector<Interval> MergeIntervals(std::vector<Interval> intervals) {
  std::sort(intervals.begin(), intervals.end(),
            [](const Interval& a, const Interval& b) { return a.begin < b.begin; });
  std::vector<Interval> merged;
  for (const Interval& interval : intervals) {
    
  }
  return merged;
}

int64_t CoveredLength(const std::vector<Interval>& intervals) {
  int64_t total = 0;
  for (const Interval& interval : MergeIntervals(intervals)) total += interval.length();
  return total;
}

int main() {
  const std::vector<Interval> meetings = {{9, 10}, {13, 15}, {10, 11}, {14, 16}};
  for (const Interval& busy : MergeIntervals(meetings)) {
    std::cout << busy.begin << " to " << busy.end << "\n";
  }
  std::cout << "busy for " << CoveredLength(meetings) << " hours\n";
  return 0;
}
