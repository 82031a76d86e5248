#include "delivery/control_plane.h"

#include <malloc.h>

#include "delivery/engine_source.h"
#include "delivery/grpc_server.h"

namespace amime::delivery {

ControlPlane::ControlPlane(const Options& options, base::MetricsRegistry& metrics)
    : stats_(metrics),
      hub_(make_engine_source(options.source),
           {.on_idle =
                [this] {
                  selections_.trim();
                  malloc_trim(0);  // what a storm of new proxies needed goes back to the system
                }},
           &stats_),
      court_(hub_, registry_, options.judge),
      context_{hub_,       selections_,  names_,
               registry_,  stats_,       pages_,
               alarms_,    options.gate, [this](Charge charge) { court_.charge(std::move(charge)); },
               extensions_} {}

ControlPlane::~ControlPlane() { shutdown(); }

absl::StatusOr<std::unique_ptr<ControlPlane>> ControlPlane::start(const Options& options, base::MetricsRegistry& metrics) {
  auto plane = std::unique_ptr<ControlPlane>(new ControlPlane(options, metrics));
  plane->alarms_.start();
  plane->hub_.start();
  plane->court_.start();
  auto server = GrpcServer::start({.address = options.xds_address, .token = options.xds_token}, plane->context_);
  if (!server.ok()) return server.status();
  plane->server_ = std::move(*server);
  return plane;
}

int ControlPlane::xds_port() const { return server_->port(); }

absl::StatusOr<int> ControlPlane::open_secure_port(const std::string& address, SecurePort port) {
  auto server = GrpcServer::start({.address = address, .secure = std::move(port)}, context_);
  if (!server.ok()) return server.status();
  secure_server_ = std::move(*server);
  return secure_server_->port();
}

void ControlPlane::shutdown() {
  if (server_) server_->shutdown();
  if (secure_server_) secure_server_->shutdown();
  alarms_.stop();
  court_.stop();
  hub_.stop();
}

}  // namespace amime::delivery
