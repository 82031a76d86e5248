// Monitoring: the HTTP port of `amime serve` and `amime up`: /ready, /version, /metrics for everybody, and /debug for this machine and
// for those who prove who they are (delivery/debug_access.h), as Istio has them.
// Owned by whoever starts it; what it shows outlives it.
#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <memory>
#include <string>

#include "base/http_server.h"
#include "base/metrics.h"
#include "base/published.h"
#include "delivery/control_plane.h"
#include "delivery/debug_access.h"
#include "local/debug_config.h"
#include "source/gateway_api/conversion.h"

namespace amime::local {

struct Monitored {
  delivery::ControlPlane& plane;
  base::MetricsRegistry& metrics;
  std::function<SourceStatuses()> sources;                      // any thread
  std::function<source::gateway_api::Statuses()> derived = {};  // any thread; none: there is nothing of the sort
};

// Whom the Authorization header of a request proves somebody to be. Any thread.
using ProvePage = std::function<absl::StatusOr<delivery::ProvenPeer>(const std::string& authorization, const std::string& address)>;

// The answer to one request; Monitoring serves it. `prove` null: nobody can prove anything.
base::HttpResponse monitoring_answer(const Monitored& monitored, const base::HttpRequest& request, const ProvePage& prove = nullptr);

class Monitoring {
 public:
  static absl::StatusOr<std::unique_ptr<Monitoring>> start(std::string_view address, Monitored monitored);
  std::uint16_t port() const { return server_->port(); }
  // Until then only this machine sees /debug. What `prove` speaks of outlives stop().
  void set_prove(ProvePage prove) { prove_.publish(std::make_shared<const ProvePage>(std::move(prove))); }
  void stop() { server_->stop(); }

 private:
  Monitoring() = default;
  base::Published<ProvePage> prove_;
  std::unique_ptr<base::HttpServer> server_;
};

}  // namespace amime::local
