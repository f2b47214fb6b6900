#include "evals/report/plots.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "evals/harness/statistics.h"
#include "evals/report/markup.h"

namespace espalier {
namespace {

constexpr double kWidth = 760, kLeft = 210, kRight = 60, kRow = 26;
constexpr double kPlotWidth = kWidth - kLeft - kRight;

std::string Open(double height, std::string_view title) {
  return fmt::format("<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"{}\"><title>{}</title>\n",
                     kWidth, height, EscapeHtml(title), EscapeHtml(title));
}

std::string Text(double x, double y, std::string_view anchor, std::string_view text,
                 std::string_view classes = "label") {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" class=\"{}\">{}</text>\n", x, y,
                     anchor, classes, EscapeHtml(text));
}

std::string Line(double x1, double y1, double x2, double y2, std::string_view classes) {
  return fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"{}\"/>\n", x1, y1,
                     x2, y2, classes);
}

double ShareX(double share) { return kLeft + kPlotWidth * share; }

std::string PercentAxis(double top, double bottom) {
  std::string svg;
  for (int percent = 0; percent <= 100; percent += 20) {
    const double x = ShareX(percent / 100.0);
    svg += Line(x, top, x, bottom, "grid");
    svg += Text(x, bottom + 16, "middle", fmt::format("{} %", percent), "tick");
  }
  return svg;
}

std::string SecondsText(double seconds) {
  return seconds < 0.1  ? fmt::format("{:.0f} ms", 1000 * seconds)
         : seconds < 10 ? fmt::format("{:.1f} s", seconds)
                        : fmt::format("{:.0f} s", seconds);
}

/// A logarithmic axis in whole powers of ten around all values.
struct LogAxis {
  double low = 0, high = 1;  // exponents

  explicit LogAxis(const std::vector<PlotDistribution>& distributions) {
    double least = 1e300, most = 0;
    for (const PlotDistribution& one : distributions) {
      for (const double value : one.values) {
        least = std::min(least, value);
        most = std::max(most, value);
      }
    }
    if (most <= 0) return;
    low = std::floor(std::log10(least));
    high = std::max(low + 1, std::ceil(std::log10(most)));
  }
  double X(double value) const { return ShareX((std::log10(value) - low) / (high - low)); }
};

/// The curve, and its marks.
std::string Curve(const PlotDistribution& distribution, const LogAxis& axis, double top, double bottom) {
  std::vector<double> sorted = distribution.values;
  std::sort(sorted.begin(), sorted.end());
  const auto y = [&](double share) { return bottom - (bottom - top) * share; };
  constexpr size_t kMostPoints = 200;
  std::string points = fmt::format("{:.1f},{:.1f}", axis.X(sorted.front()), y(0));
  const size_t step = std::max<size_t>(1, sorted.size() / kMostPoints);
  for (size_t i = 0; i < sorted.size(); i += step) {
    const double share = static_cast<double>(i + 1) / static_cast<double>(sorted.size());
    points += fmt::format(" {:.1f},{:.1f}", axis.X(sorted[i]), y(share));
  }
  points += fmt::format(" {:.1f},{:.1f}", axis.X(sorted.back()), y(1));
  std::string svg =
      fmt::format("<polyline points=\"{}\" class=\"curve series{}\"/>\n", points, distribution.series);
  for (const double share : {0.5, 0.95}) {
    const double value = Percentile(sorted, share);
    svg += fmt::format(
        "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4\" class=\"dot series{}\"><title>{}: {:.0f} % "
        "below {}</title></circle>\n",
        axis.X(value), y(share), distribution.series, EscapeHtml(distribution.label), 100 * share,
        SecondsText(value));
  }
  return svg;
}

}  // namespace

std::string SharesPlot(const std::vector<PlotShare>& shares) {
  const double bottom = 8 + kRow * static_cast<double>(shares.size());
  std::string svg = Open(bottom + 24, "Shares of tasks solved") + PercentAxis(4, bottom);
  for (size_t i = 0; i < shares.size(); ++i) {
    const PlotShare& one = shares[i];
    const double y = 8 + kRow * (static_cast<double>(i) + 0.5);
    svg += Text(kLeft - 10, y + 4, "end", one.label);
    if (one.interval.low < one.interval.high) {
      svg += Line(ShareX(one.interval.low), y, ShareX(one.interval.high), y,
                  fmt::format("interval series{}", one.series));
    }
    svg += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"5\" class=\"dot series{}\"/>\n",
                       ShareX(one.share), y, one.series);
    svg += Text(kWidth - 2, y + 4, "end", fmt::format("{:.1f} %", 100 * one.share), "value");
  }
  return svg + "</svg>\n";
}

std::string StacksPlot(const std::vector<PlotStack>& stacks, const std::vector<std::string>& classes) {
  const double bottom = 8 + kRow * static_cast<double>(stacks.size());
  std::string svg = Open(bottom + 24, "What became of the answers") + PercentAxis(4, bottom);
  for (size_t i = 0; i < stacks.size(); ++i) {
    const PlotStack& stack = stacks[i];
    const double y = 8 + kRow * static_cast<double>(i) + 4;
    svg += Text(kLeft - 10, y + 13, "end", stack.label);
    const uint64_t total =
        std::max<uint64_t>(1, std::accumulate(stack.counts.begin(), stack.counts.end(), uint64_t{0}));
    double x = kLeft;
    for (size_t k = 0; k < stack.counts.size(); ++k) {
      if (stack.counts[k] == 0) continue;
      const double share = static_cast<double>(stack.counts[k]) / static_cast<double>(total);
      const double width = kPlotWidth * share;
      svg += fmt::format(
          "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.0f}\" class=\"class-{}\">"
          "<title>{}: {} of {} ({:.1f} %)</title></rect>\n",
          x, y, std::max(0.5, width - 1), kRow - 8, classes[k], classes[k], stack.counts[k], total,
          100 * share);
      x += width;
    }
    svg += Text(kWidth - 2, y + 13, "end", fmt::format("{}", total), "value");
  }
  return svg + "</svg>\n";
}

std::string DistributionsPlot(const std::vector<PlotDistribution>& distributions) {
  constexpr double kTop = 10, kBottom = 190;
  const LogAxis axis(distributions);
  std::string svg = Open(kBottom + 44, "Seconds an answer takes");
  for (int percent = 0; percent <= 100; percent += 25) {
    const double y = kBottom - (kBottom - kTop) * percent / 100;
    svg += Line(kLeft, y, kLeft + kPlotWidth, y, "grid");
    svg += Text(kLeft - 10, y + 4, "end", fmt::format("{} %", percent), "tick");
  }
  for (double exponent = axis.low; exponent <= axis.high; ++exponent) {
    const double x = axis.X(std::pow(10, exponent));
    svg += Line(x, kTop, x, kBottom, "grid");
    svg += Text(x, kBottom + 16, "middle", SecondsText(std::pow(10, exponent)), "tick");
  }
  for (const PlotDistribution& one : distributions) {
    if (!one.values.empty()) svg += Curve(one, axis, kTop, kBottom);
  }
  svg += Text(kLeft + kPlotWidth / 2, kBottom + 36, "middle", "time, logarithmic", "tick");
  return svg + "</svg>\n";
}

}  // namespace espalier
