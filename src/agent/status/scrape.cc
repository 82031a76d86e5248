#include "agent/status/scrape.h"

#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <fmt/format.h>

#include <future>
#include <nlohmann/json.hpp>
#include <set>

#include "agent/status/gzip.h"
#include "agent/status/local_http.h"
#include "agent/status/metrics_format.h"
#include "base/log.h"
#include "base/metrics.h"

namespace amime::agent {
namespace {

constexpr auto kScrapeTimeout = std::chrono::milliseconds(10'000);
// Envoy's and the agent's own.
const std::set<unsigned> kNotTheApplications = {15000, 15001, 15004, 15006, 15008, 15020, 15021, 15053, 15090};

std::string text_of(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return {};
  return found->is_string() ? found->get<std::string>() : found->dump();
}

absl::StatusOr<ScrapeTarget> read_target(const nlohmann::json& object, std::uint16_t status_port, const char* default_port) {
  std::string port = object.is_object() ? text_of(object, "port") : "";
  if (port.empty()) port = default_port;
  unsigned number = 0;
  if (!absl::SimpleAtoi(port, &number) || number < 1 || number > 65535)
    return absl::InvalidArgumentError(fmt::format("prometheus annotations: \"{}\" is no port", port));
  if (number == status_port || kNotTheApplications.contains(number))
    return absl::InvalidArgumentError(fmt::format("prometheus annotations: port {} is the proxy's own, not the application's", number));
  std::string path = text_of(object, "path");
  if (path.empty()) path = "/metrics";
  if (path[0] != '/') path = "/" + path;
  return ScrapeTarget{static_cast<std::uint16_t>(number), path};
}

std::chrono::milliseconds timeout_of(const base::HttpRequest& request) {
  double seconds = 0;
  const auto* header = base::find_header(request.headers, "x-prometheus-scrape-timeout-seconds");
  if (!header || !absl::SimpleAtod(*header, &seconds) || !(seconds > 0 && seconds < 300)) return kScrapeTimeout;
  return std::chrono::milliseconds(static_cast<long>(seconds * 1000));
}

// One target's answer, unpacked.
absl::StatusOr<MetricsPart> fetch_metrics(const ScrapeTarget& target, const base::HttpRequest& from, const std::string& accept,
                                          std::size_t max_body) {
  LocalHttp how;
  how.target = {.host = target.host, .port = target.port};
  how.timeout = timeout_of(from);
  how.max_body = max_body;
  base::HttpRequest request;
  request.target = target.path;
  request.headers = {{"Accept", accept}, {"Accept-Encoding", "gzip"}};
  for (const char* name : {"User-Agent", "X-Prometheus-Scrape-Timeout-Seconds"})
    if (const auto* value = base::find_header(from.headers, name)) request.headers.emplace_back(name, *value);
  auto answer = ask_local(how, request);
  if (!answer.ok()) return answer.status();
  if (answer->status != 200) return absl::UnavailableError(fmt::format("it answers {}", answer->status));
  const auto* type = base::find_header(answer->headers, "content-type");
  MetricsPart out{metrics_format(type ? *type : ""), std::move(answer->body)};
  const auto* encoding = base::find_header(answer->headers, "content-encoding");
  if (!encoding || !absl::EqualsIgnoreCase(*encoding, "gzip")) return out;
  auto unpacked = gunzip(out.text, max_body);
  if (!unpacked) return absl::ResourceExhaustedError(fmt::format("not gzip, or more than {} bytes", max_body));
  out.text = *std::move(unpacked);
  return out;
}

// Everything of one scrape; the targets are asked at the same time, for they share the scraper's patience.
class Scrape {
 public:
  Scrape(const ScrapeSources& sources, const base::HttpRequest& request) : sources_(sources), request_(request) {
    count("istio_agent_scrapes_total", "Scrapes of the merged metrics.", {});
  }

  base::HttpResponse run() {
    std::future<absl::StatusOr<MetricsPart>> envoy;
    if (sources_.envoy_port) {
      const auto mark = request_.target.find('?');
      const std::string query = mark == std::string::npos ? "" : request_.target.substr(mark);
      envoy = start({sources_.envoy_port, "/stats/prometheus" + query, sources_.envoy_host}, "text/plain;version=0.0.4", kEnvoyLimit);
    }
    const auto* accept = base::find_header(request_.headers, "accept");
    std::vector<std::future<absl::StatusOr<MetricsPart>>> applications;
    for (const auto& target : sources_.application)
      applications.push_back(start(target, accept_for_application(accept ? *accept : ""), sources_.max_body));

    std::string envoy_text;
    if (envoy.valid()) {
      auto part = envoy.get();
      if (!part.ok()) failed("envoy", sources_.envoy_port, part.status());
      if (part.ok()) envoy_text = std::move(part->text);
    }
    std::vector<MetricsPart> parts;
    for (std::size_t i = 0; i < applications.size(); ++i) {
      auto part = applications[i].get();
      if (!part.ok()) failed("application", sources_.application[i].port, part.status());
      if (part.ok()) parts.push_back(*std::move(part));
    }
    const std::string own = sources_.agent ? sources_.agent() : std::string();  // after the others, whose failures it counts
    auto merged = merge_metrics(parts);                                         // last, for an end mark ends everything
    return reply(own + envoy_text + merged.text, merged.format);
  }

 private:
  static constexpr std::size_t kEnvoyLimit = 256u << 20;  // tens of thousands of clusters

  std::future<absl::StatusOr<MetricsPart>> start(const ScrapeTarget& target, std::string accept, std::size_t limit) {
    return std::async(std::launch::async, [this, target, accept, limit] { return fetch_metrics(target, request_, accept, limit); });
  }

  void failed(const char* kind, unsigned port, const absl::Status& status) {
    base::log_warn("status", "metrics of the {} at port {}: {}", kind, port, std::string(status.message()));
    count("istio_agent_scrape_failures_total", "Sources that a scrape had to leave out.", {{"type", kind}});
  }
  void count(const char* name, const char* help, const base::MetricLabels& labels) {
    if (sources_.metrics) sources_.metrics->counter(name, help, labels).add();
  }

  base::HttpResponse reply(std::string text, const std::string& format) {
    base::HttpResponse out{.status = 200, .headers = {{"Content-Type", format}}, .body = std::move(text)};
    const auto* encodings = base::find_header(request_.headers, "accept-encoding");
    if (!encodings || !absl::StrContains(*encodings, "gzip")) return out;
    out.body = gzip(out.body);
    out.headers.emplace_back("Content-Encoding", "gzip");
    return out;
  }

  const ScrapeSources& sources_;
  const base::HttpRequest& request_;
};

}  // namespace

absl::StatusOr<std::vector<ScrapeTarget>> read_scrape_targets(std::string_view annotations, std::uint16_t status_port) {
  std::vector<ScrapeTarget> out;
  if (annotations.empty()) return out;
  const auto json = nlohmann::json::parse(annotations, nullptr, false);
  if (!json.is_object()) return absl::InvalidArgumentError("prometheus annotations: not a JSON object");
  if (text_of(json, "scrape") == "false") return out;
  const auto targets = json.find("targets");
  if (targets != json.end() && targets->is_array() && !targets->empty()) {
    for (const auto& one : *targets) {
      auto target = read_target(one, status_port, "");
      if (!target.ok()) return target.status();
      out.push_back(*std::move(target));
    }
    return out;
  }
  auto target = read_target(json, status_port, "80");
  if (!target.ok()) return target.status();
  out.push_back(*std::move(target));
  return out;
}

base::HttpResponse scrape(const ScrapeSources& sources, const base::HttpRequest& request) { return Scrape(sources, request).run(); }

}  // namespace amime::agent
