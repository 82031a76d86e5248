#include "agent/status/status_server.h"

#include <absl/strings/match.h>
#include <fmt/format.h>

#include <atomic>

#include "agent/status/app_probe.h"
#include "agent/status/scrape.h"
#include "base/http_server.h"
#include "base/log.h"

namespace amime::agent {
namespace {

constexpr int kStatusThreads = 8;  // an application that hangs must not keep kubelet from the agent's own readiness

bool is_from_this_machine(const base::HttpRequest& request) {
  const std::string& peer = request.peer;
  return absl::StartsWith(peer, "127.") || peer == "::1" || absl::StartsWith(peer, "::ffff:127.");
}

base::HttpResponse forbidden() { return base::text_response(403, "Only requests from localhost are allowed\n"); }

}  // namespace

struct StatusServer::Impl {
  StatusOptions options;
  AppProbers probers;
  ScrapeSources sources;
  std::atomic<std::uint16_t> port = 0;
  std::atomic<bool> was_ready = false;
  std::unique_ptr<base::HttpServer> server;  // dies first: its threads look at all the rest

  base::HttpResponse answer(const base::HttpRequest& request) {
    const std::string path = base::parse_target(request.target).path;
    if (path == "/healthz/ready") return ready();
    if (path == "/stats/prometheus" || path == "/metrics") return scrape(sources, request);
    if (path == "/quitquitquit") return command(request, "quit", options.quit);
    if (path == "/drain") return command(request, "drain", options.drain);
    if (path == "/debug/ndsz") return names(request);
    if (absl::StartsWith(path, "/app-health/") || absl::StartsWith(path, "/app-lifecycle/")) return probe(path, request);
    return base::text_response(404, "404 page not found\n");
  }

  base::HttpResponse ready() {
    const std::string why = options.not_ready ? options.not_ready() : std::string();
    const bool ready = why.empty();
    if (was_ready.exchange(ready) != ready || !ready) {
      if (ready) base::log_info("status", "Envoy proxy is ready");
      if (!ready) base::log_warn("status", "Envoy proxy is NOT ready: {}", why);
    }
    return base::text_response(ready ? 200 : 503, ready ? "" : why + "\n");
  }

  static base::HttpResponse command(const base::HttpRequest& request, const char* what, const std::function<void()>& run) {
    if (!is_from_this_machine(request)) return forbidden();
    if (request.method != "POST") return base::text_response(405, "Method Not Allowed\n");
    base::log_info("status", "asked to {}", what);
    if (run) run();
    return base::text_response(200, "OK");
  }

  base::HttpResponse names(const base::HttpRequest& request) const {
    if (!is_from_this_machine(request)) return forbidden();
    std::string json = options.names_json ? options.names_json() : std::string();
    const bool none = json.empty();
    auto out = base::json_response(none ? "{}" : std::move(json));
    if (none) out.status = 404;
    return out;
  }

  base::HttpResponse probe(const std::string& path, const base::HttpRequest& request) const {
    const auto found = probers.find(path);
    if (found == probers.end()) return base::text_response(400, fmt::format("no probe of the application is known at {}\n", path));
    return probe_application(found->second, {.host = options.pod_ip, .status_port = port}, request);
  }
};

StatusServer::StatusServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
StatusServer::~StatusServer() = default;

absl::StatusOr<std::unique_ptr<StatusServer>> StatusServer::start(StatusOptions options) {
  auto impl = std::make_unique<Impl>();
  std::string host;
  unsigned wanted = 0;
  if (!base::split_host_port(options.address, &host, &wanted))
    return absl::InvalidArgumentError(fmt::format("\"{}\" is not ADDRESS:PORT", options.address));
  auto targets = read_scrape_targets(options.prometheus_annotations, static_cast<std::uint16_t>(wanted));
  if (!targets.ok()) return targets.status();
  auto probers = read_app_probers(options.app_probers);
  if (!probers.ok()) return probers.status();
  impl->probers = *std::move(probers);
  impl->sources = {.agent = options.agent_metrics,
                   .envoy_port = options.envoy_admin_port,
                   .envoy_host = options.envoy_admin_host,
                   .application = *std::move(targets)};
  impl->sources.metrics = options.metrics;
  impl->options = std::move(options);
  impl->port = static_cast<std::uint16_t>(wanted);
  base::HttpServerOptions how;
  how.threads = kStatusThreads;
  auto server = base::HttpServer::start(
      impl->options.address, [raw = impl.get()](const auto& request) { return raw->answer(request); }, how);
  if (!server.ok()) return server.status();
  impl->server = *std::move(server);
  impl->port = impl->server->port();
  return std::unique_ptr<StatusServer>(new StatusServer(std::move(impl)));
}

std::uint16_t StatusServer::port() const { return impl_->server->port(); }

}  // namespace amime::agent
