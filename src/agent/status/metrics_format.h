// In which format metrics are asked for and merged: Prometheus' text, or OpenMetrics. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace amime::agent {

inline constexpr char kPrometheusText[] = "text/plain; version=0.0.4; charset=utf-8";

// What is passed on of a scraper's Accept header to an application: the text formats, for only those can be concatenated.
std::string accept_for_application(std::string_view accept);

// One of ours by the Content-Type that an application answered with.
std::string metrics_format(std::string_view content_type);

// Without its "# EOF" line.
std::string_view without_end_mark(std::string_view openmetrics);

struct MetricsPart {
  std::string format, text;
};
// Parts of several applications in one format: OpenMetrics only if all are of the same, then with one end mark.
MetricsPart merge_metrics(const std::vector<MetricsPart>& parts);

}  // namespace amime::agent
