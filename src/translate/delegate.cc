#include "translate/delegate.h"

#include <fmt/format.h>

#include <algorithm>

#include "mesh/v1alpha1/config.pb.h"
#include "networking/v1alpha3/virtual_service.pb.h"
#include "translate/delegate_merge.h"
#include "translate/hosts.h"

namespace amime::translate {
namespace {

namespace api = ::istio::networking::v1alpha3;

void resolve_names(std::string_view ns, api::HTTPRoute* route) {
  const auto resolve = [ns](api::Destination* destination) { destination->set_host(mesh::resolve_host(destination->host(), ns)); };
  for (auto& match : *route->mutable_match()) {
    for (std::string& gateway : *match.mutable_gateways()) gateway = resolve_gateway_name(gateway, ns);
  }
  for (auto& weighted : *route->mutable_route()) {
    if (weighted.has_destination()) resolve(weighted.mutable_destination());
  }
  if (route->has_mirror()) resolve(route->mutable_mirror());
  for (auto& mirror : *route->mutable_mirrors()) {
    if (mirror.has_destination()) resolve(mirror.mutable_destination());
  }
}

std::shared_ptr<api::HTTPRoute> resolved(const api::HTTPRoute& route, std::string_view ns) {
  auto copy = std::make_shared<api::HTTPRoute>(route);
  resolve_names(ns, copy.get());
  return copy;
}

// exportTo of the delegate, or the mesh's default, as seen from the root's namespace.
bool exported_to(RouteScope& scope, const api::VirtualService& delegate, std::string_view own_ns, std::string_view ns) {
  const auto& list = delegate.export_to().empty() ? scope.view.mesh_config().default_virtual_service_export_to() : delegate.export_to();
  if (list.empty()) return true;
  return std::any_of(list.begin(), list.end(), [&](const std::string& to) { return to == "*" || to == ns || (to == "." && own_ns == ns); });
}

void append_delegated(RouteScope& scope, const mesh::Object& root, const api::HTTPRoute& route, const std::string& field,
                      std::vector<PlainRoute>* out) {
  const std::string& name = route.delegate().name();
  const std::string ns = route.delegate().namespace_().empty() ? root.key.ns : route.delegate().namespace_();
  const mesh::ObjectPtr object = scope.view.virtual_service(ns, name);
  if (object == nullptr || !object->spec<api::VirtualService>().hosts().empty()) {
    scope.note(root.key, "dangling", field + ".delegate",
               fmt::format("there is no VirtualService {}/{} without hosts; the route is left out", ns, name));
    return;
  }
  const auto& delegate = object->spec<api::VirtualService>();
  if (!exported_to(scope, delegate, ns, root.key.ns)) {
    scope.note(root.key, "dangling", field + ".delegate",
               fmt::format("VirtualService {}/{} is not exported to {}; the route is left out", ns, name, root.key.ns));
    return;
  }
  scope.from.push_back(object->key);
  const auto resolved_root = resolved(route, root.key.ns);
  for (int i = 0; i < delegate.http_size(); ++i) {
    const std::string delegate_field = fmt::format("spec.http[{}]", i);
    auto merged = resolved(delegate.http(i), ns);
    if (!merge_into_delegate(*resolved_root, merged.get())) {
      scope.note(object->key, "conflict", delegate_field + ".match",
                 fmt::format("matches requests that {} of VirtualService {}/{} does not; the route is left out", field, root.key.ns,
                             root.key.name));
      continue;
    }
    if (merged->has_delegate()) {
      scope.note(object->key, "not-honoured", delegate_field + ".delegate", "a delegate cannot delegate further");
      merged->clear_delegate();
    }
    out->push_back({std::move(merged), object->key, delegate_field});
  }
}

}  // namespace

std::vector<PlainRoute> plain_routes(RouteScope& scope, const mesh::Object& virtual_service) {
  std::vector<PlainRoute> out;
  const auto& spec = virtual_service.spec<api::VirtualService>();
  for (int i = 0; i < spec.http_size(); ++i) {
    std::string field = fmt::format("spec.http[{}]", i);
    if (spec.http(i).has_delegate()) {
      append_delegated(scope, virtual_service, spec.http(i), field, &out);
    } else {
      out.push_back({resolved(spec.http(i), virtual_service.key.ns), virtual_service.key, std::move(field)});
    }
  }
  return out;
}

}  // namespace amime::translate
