// Plots as SVG that a page holds inline; colours are classes of the page's style sheet, so that they follow a
// light or a dark page. Labels are escaped. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "evals/harness/statistics.h"

namespace espalier {

/// A share with its interval.
struct PlotShare {
  std::string label;
  double share = 0;
  Interval interval;  ///< low == high: none is drawn
  int series = 0;     ///< picks the colour
};
/// One row a share, on one axis from 0 to 100 %.
std::string SharesPlot(const std::vector<PlotShare>& shares);

/// A row of counts that together make a whole.
struct PlotStack {
  std::string label;
  std::vector<uint64_t> counts;  ///< in the order of `classes`
};
/// Stacked bars, each as long as the others. `classes` are names, and CSS classes that say the colours.
std::string StacksPlot(const std::vector<PlotStack>& stacks, const std::vector<std::string>& classes);

struct PlotDistribution {
  std::string label;
  std::vector<double> values;  ///< positive
  int series = 0;
};
/// What share of the values is below x, on a logarithmic axis of seconds; medians and 95th percentiles are
/// marked.
std::string DistributionsPlot(const std::vector<PlotDistribution>& distributions);

}  // namespace espalier
