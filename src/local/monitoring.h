// Monitoring: the HTTP port of `amime serve` and `amime up`: /ready, /version, /metrics and /debug, as Istio has them.
// Owned by whoever starts it; what it shows outlives it.
#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <memory>
#include <string>

#include "base/http_server.h"
#include "base/metrics.h"
#include "delivery/control_plane.h"
#include "local/debug_config.h"
#include "source/gateway_api/conversion.h"

namespace amime::local {

struct Monitored {
  delivery::ControlPlane& plane;
  base::MetricsRegistry& metrics;
  std::function<SourceStatuses()> sources;                      // any thread
  std::function<source::gateway_api::Statuses()> derived = {};  // any thread; none: there is nothing of the sort
};

// The answer to one request; Monitoring serves it.
base::HttpResponse monitoring_answer(const Monitored& monitored, const base::HttpRequest& request);

class Monitoring {
 public:
  static absl::StatusOr<std::unique_ptr<Monitoring>> start(std::string_view address, Monitored monitored);
  std::uint16_t port() const { return server_->port(); }
  void stop() { server_->stop(); }

 private:
  explicit Monitoring(std::unique_ptr<base::HttpServer> server) : server_(std::move(server)) {}
  std::unique_ptr<base::HttpServer> server_;
};

}  // namespace amime::local
