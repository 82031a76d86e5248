#include "source/gateway_api/workloads.h"

#include <fmt/format.h>

#include "mesh/target_refs.h"

namespace amime::source::gateway_api {
namespace {

using mesh::Kind;

// NAME, NAME.NAMESPACE or NAME.NAMESPACE.svc...
std::pair<std::string, std::string> service_named(const std::string& host, const std::string& own_ns) {
  const auto dot = host.find('.');
  if (dot == std::string::npos) return {own_ns, host};
  return {host.substr(dot + 1, host.find('.', dot + 1) - dot - 1), host.substr(0, dot)};
}

// As Istio tells it: it deploys what names no address, or only one that is an IP.
bool is_deployed(const GatewaySpec& spec) {
  return spec.addresses.empty() || (spec.addresses.size() == 1 && spec.addresses.front().type == "IPAddress");
}

void serve_with(const mesh::KubeService& service, GatewayWorkloads& out) {
  out.selector = {service.selector.begin(), service.selector.end()};
  auto& ports = out.ports.emplace();
  for (const auto& port : service.ports) ports.insert(port.port);
}

}  // namespace

GatewayWorkloads workloads_of(Reads& reads, const mesh::Object& gateway, std::vector<Condition>& conditions) {
  const auto& spec = spec_of<GatewaySpec>(gateway);
  GatewayWorkloads out{gateway.key.ns, {}};
  if (is_deployed(spec)) {
    // A Service of the name that Istio gives its own is used as it is.
    const auto service = reads.find(Kind::kService, gateway.key.ns, fmt::format("{}-{}", gateway.key.name, spec.class_name));
    if (service && !service->as<mesh::KubeService>().selector.empty())
      serve_with(service->as<mesh::KubeService>(), out);
    else
      out.selector.emplace(std::string(mesh::kGatewayNameLabel), gateway.key.name);
    return out;
  }
  bool found = false;
  for (const auto& address : spec.addresses) {
    if (address.type != "Hostname" || found) {
      fail(conditions, "Accepted", "UnsupportedAddress",
           found ? fmt::format("only one address can be served, {} is left out", address.value)
                 : fmt::format("only Hostname is supported, {} is left out", address.value));
      continue;
    }
    found = true;
    const auto [ns, name] = service_named(address.value, gateway.key.ns);
    const auto service = reads.find(Kind::kService, ns, name);
    if (!service || service->as<mesh::KubeService>().selector.empty()) {
      fail(conditions, "Programmed", "AddressNotUsable", fmt::format("there is no Service {}/{} with a selector", ns, name));
      continue;
    }
    out.ns = ns;
    serve_with(service->as<mesh::KubeService>(), out);
  }
  return out;
}

}  // namespace amime::source::gateway_api
