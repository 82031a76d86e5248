// StatusServer: what kubelet, Prometheus and operators ask the agent (port 15020): readiness, merged metrics, the application's
// probes, quit and drain.
//
// Owned by whoever starts it; destroying it stops it. What the options hold is called on the server's threads, several at a time,
// and outlives the server.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace amime::base {
class MetricsRegistry;
}

namespace amime::agent {

struct StatusOptions {
  std::string address = ":15020";              // ADDR:PORT; without ADDR all IPv4 addresses
  std::function<std::string()> not_ready;      // why Envoy may not be sent traffic; empty: it may. Bounded by a second
  std::function<std::string()> agent_metrics;  // text format; may be null
  std::function<void()> quit, drain;           // do not block; may be null
  std::function<std::string()> names_json;     // of the DNS proxy; empty: none; may be null
  std::string envoy_admin_host = "localhost";
  std::uint16_t envoy_admin_port = 15000;    // 0: there is no Envoy to ask for metrics
  std::string prometheus_annotations;        // ISTIO_PROMETHEUS_ANNOTATIONS
  std::string app_probers;                   // ISTIO_KUBE_APP_PROBERS
  std::string pod_ip = "127.0.0.1";          // where the application is probed
  base::MetricsRegistry* metrics = nullptr;  // counts scrapes; outlives the server
};

class StatusServer {
 public:
  // Answers from then on. InvalidArgument: annotations or probers that cannot be read; AlreadyExists: the port is in use.
  static absl::StatusOr<std::unique_ptr<StatusServer>> start(StatusOptions options);
  ~StatusServer();
  StatusServer(const StatusServer&) = delete;
  StatusServer& operator=(const StatusServer&) = delete;

  std::uint16_t port() const;

 private:
  struct Impl;
  explicit StatusServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace amime::agent
