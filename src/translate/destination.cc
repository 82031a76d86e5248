#include "translate/destination.h"

#include <fmt/format.h>

#include <algorithm>

#include "networking/v1alpha3/destination_rule.pb.h"
#include "networking/v1alpha3/virtual_service.pb.h"
#include "translate/names.h"

namespace amime::translate {
namespace {

using istio::networking::v1alpha3::Destination;

struct Target {
  std::string host;
  std::uint32_t port = 0;
  mesh::ServicePtr service;  // of `host`; null: none is visible
};

Target find_target(RouteScope& scope, const Destination& destination) {
  Target target{.host = destination.host(), .port = destination.port().number(), .service = scope.view.service(destination.host())};
  const bool whole = scope.router || scope.listen_port == 0;  // a sidecar's table of a port knows services by that port alone
  const bool known = target.service != nullptr && (whole || target.service->port(scope.listen_port) != nullptr);
  if (!destination.has_port()) {
    const bool single = known && whole && target.service->ports.size() == 1;
    target.port = single ? target.service->ports.front().port : scope.listen_port;
  }
  if (known && target.service->resolution == mesh::Resolution::kAlias) {
    target.host = target.service->alias_of;
    target.service = scope.view.service(target.host);
  }
  return target;
}

bool has_subset(RouteScope& scope, const std::string& host, const std::string& subset) {
  const mesh::DestinationPolicyPtr policy = scope.view.destination(host);
  if (policy == nullptr) return false;
  const auto& subsets = policy->rule->subsets();
  return std::any_of(subsets.begin(), subsets.end(), [&](const auto& s) { return s.name() == subset; });
}

void note_if_dangling(RouteScope& scope, const Target& target, const Destination& destination, const mesh::ObjectKey& object,
                      const std::string& field) {
  const auto dangling = [&](std::string_view part, std::string text) {
    scope.note(object, "dangling", fmt::format("{}.{}", field, part), std::move(text));
  };
  if (target.service == nullptr) {
    const bool hidden = scope.view.service_exists(target.host);
    dangling("host", hidden ? fmt::format("service {} is not visible to this client", target.host)
                            : fmt::format("there is no service {}", target.host));
  } else if (destination.has_port() && target.service->port(target.port) == nullptr) {  // else the port is the table's, no mistake
    dangling("port", fmt::format("service {} has no port {}", target.host, target.port));
  } else if (!destination.subset().empty() && !has_subset(scope, target.host, destination.subset())) {
    dangling("subset", fmt::format("no DestinationRule of {} has subset {}", target.host, destination.subset()));
  }
}

}  // namespace

std::string destination_cluster(RouteScope& scope, const Destination& destination, const mesh::ObjectKey& object,
                                const std::string& field) {
  const Target target = find_target(scope, destination);
  if (!scope.gateway_api) note_if_dangling(scope, target, destination, object, field);
  std::string cluster = outbound_cluster_name(target.port, destination.subset(), target.host);
  scope.clusters.insert(cluster);
  return cluster;
}

}  // namespace amime::translate
