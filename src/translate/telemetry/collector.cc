#include "translate/telemetry/collector.h"

#include <algorithm>

#include "envoy/config/core/v3/grpc_service.pb.h"
#include "translate/names.h"

namespace amime::translate {

std::optional<Collector> collector(View& view, std::string_view service, std::uint32_t port) {
  const auto slash = service.find('/');
  const std::string_view ns = slash == std::string_view::npos ? "" : service.substr(0, slash);
  const std::string_view host = slash == std::string_view::npos ? service : service.substr(slash + 1);
  const auto found = view.service(host);
  if (!found || (!ns.empty() && found->ns != ns)) return std::nullopt;
  if (std::none_of(found->ports.begin(), found->ports.end(), [&](const auto& p) { return p.port == port; })) return std::nullopt;
  return Collector{found->host, outbound_cluster_name(port, "", found->host)};
}

std::string span_service(View& view) {
  const auto& proxy = view.proxy_identity();
  return proxy.cluster.empty() ? proxy.id : proxy.cluster;
}

void set_collector(const Collector& collector, envoy::config::core::v3::GrpcService* out) {
  out->mutable_envoy_grpc()->set_cluster_name(collector.cluster);
  out->mutable_envoy_grpc()->set_authority(collector.host);
}

}  // namespace amime::translate
