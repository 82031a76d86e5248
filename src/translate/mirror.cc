#include "translate/mirror.h"

#include <fmt/format.h>

#include <functional>

#include "envoy/config/route/v3/route_components.pb.h"
#include "networking/v1alpha3/virtual_service.pb.h"
#include "translate/destination.h"
#include "translate/percent.h"

// mirrorPercent is deprecated, but users still write it.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace amime::translate {
namespace {

using envoy::config::route::v3::RouteAction;
using envoy::type::v3::FractionalPercent;

FractionalPercent* add_mirror(std::string cluster, RouteAction* action) {
  auto* policy = action->add_request_mirror_policies();
  policy->set_cluster(std::move(cluster));
  policy->mutable_trace_sampled()->set_value(false);
  policy->set_disable_shadow_host_suffix_append(true);
  return policy->mutable_runtime_fraction()->mutable_default_value();
}

}  // namespace

void apply_mirrors(RouteScope& scope, const istio::networking::v1alpha3::HTTPRoute& route, const mesh::ObjectKey& object,
                   const std::string& field, RouteAction* action) {
  const auto cluster = [&](const istio::networking::v1alpha3::Destination& destination, std::string_view part) {
    return destination_cluster(scope, destination, object, fmt::format("{}.{}", field, part));
  };
  if (route.has_mirror()) {
    if (route.has_mirror_percentage()) {
      if (route.mirror_percentage().value() > 0) {
        set_percent(route.mirror_percentage(), add_mirror(cluster(route.mirror(), "mirror"), action));
      }
    } else if (!route.has_mirror_percent() || route.mirror_percent().value() > 0) {
      set_percent(route.has_mirror_percent() ? route.mirror_percent().value() : 100u,
                  add_mirror(cluster(route.mirror(), "mirror"), action));
    }
  }
  for (int i = 0; i < route.mirrors_size(); ++i) {
    const auto& mirror = route.mirrors(i);
    if (!mirror.has_destination() || (mirror.has_percentage() && mirror.percentage().value() <= 0)) continue;
    auto* percent = add_mirror(cluster(mirror.destination(), fmt::format("mirrors[{}].destination", i)), action);
    if (mirror.has_percentage()) {
      set_percent(mirror.percentage(), percent);
    } else {
      set_percent(100u, percent);
    }
  }
}

}  // namespace amime::translate
