// What an application's metrics annotations say, and the merged answer to a scraper: the agent's metrics, Envoy's and the
// application's, in that order.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/http.h"

namespace amime::base {
class MetricsRegistry;
}

namespace amime::agent {

struct ScrapeTarget {
  std::uint16_t port = 0;
  std::string path;
  std::string host = "localhost";
};

// ISTIO_PROMETHEUS_ANNOTATIONS, JSON: {"scrape":"true","path":"/metrics","port":"8080"}, or "targets":[{"port":...,"path":...}].
// Empty: none. InvalidArgument: not of that form, or ports that would be scraped in a circle or are not the application's.
absl::StatusOr<std::vector<ScrapeTarget>> read_scrape_targets(std::string_view annotations, std::uint16_t status_port);

struct ScrapeSources {
  std::function<std::string()> agent;  // text format
  std::uint16_t envoy_port = 15000;    // of this machine, /stats/prometheus; 0: there is no Envoy
  std::string envoy_host = "localhost";
  std::vector<ScrapeTarget> application;
  std::size_t max_body = 10u << 20;          // of one target, unpacked; what has more counts as failed
  base::MetricsRegistry* metrics = nullptr;  // counts scrapes and what failed
};

// Always 200: what fails is left out, logged and counted. Any thread; blocks as long as the scraper's own timeout
// (X-Prometheus-Scrape-Timeout-Seconds), else 10 s.
base::HttpResponse scrape(const ScrapeSources& sources, const base::HttpRequest& request);

}  // namespace amime::agent
