// core/v1 Endpoints and discovery.k8s.io/v1 EndpointSlice. Loopback addresses are allowed, unlike in an API server.
#include "source/kube_kinds.h"

namespace amime::source {
namespace {

using mesh::KubeEndpoint;
using mesh::KubeEndpointGroup;
using mesh::KubeEndpointPort;
using mesh::KubeEndpoints;

void read_ports(FieldReader& holder, KubeEndpointGroup& group) {
  holder.each("ports", [&](FieldReader& port) {
    KubeEndpointPort out;
    port.read("name", out.name);
    port.read("appProtocol", out.app_protocol);
    port.read("protocol", out.protocol);
    port.port("port", out.port);
    group.ports.push_back(std::move(out));
  });
}

void read_target(FieldReader& holder, KubeEndpoint& endpoint) {
  holder.in("targetRef", [&](FieldReader& target) {
    target.read("kind", endpoint.target_kind);
    target.read("name", endpoint.target_name);
    target.read("namespace", endpoint.target_namespace);
  });
}

void read_addresses(FieldReader& subset, const char* field, bool ready, KubeEndpointGroup& group) {
  subset.each(field, [&](FieldReader& address) {
    KubeEndpoint endpoint;
    endpoint.ready = endpoint.serving = ready;
    std::string ip;
    address.read("ip", ip);
    if (ip.empty()) return address.error("ip", "is required");
    endpoint.addresses.push_back(ip);
    address.read("hostname", endpoint.hostname);
    address.read("nodeName", endpoint.node_name);
    read_target(address, endpoint);
    group.endpoints.push_back(std::move(endpoint));
  });
}

// Absent conditions mean ready (Kubernetes' API reference); serving follows ready where it is absent. Of an unready one
// that does not say whether it terminates, Istio assumes so.
void read_conditions(FieldReader& slice_endpoint, KubeEndpoint& endpoint) {
  slice_endpoint.in("conditions", [&](FieldReader& conditions) {
    conditions.read("ready", endpoint.ready);
    endpoint.serving = endpoint.ready;
    conditions.read("serving", endpoint.serving);
    endpoint.terminating = !endpoint.ready;
    conditions.read("terminating", endpoint.terminating);
  });
}

void read_slice_endpoint(FieldReader& item, KubeEndpointGroup& group) {
  KubeEndpoint endpoint;
  item.read("addresses", endpoint.addresses);
  if (endpoint.addresses.empty()) return item.error("addresses", "at least one is required");
  read_conditions(item, endpoint);
  item.read("hostname", endpoint.hostname);
  item.read("nodeName", endpoint.node_name);
  item.read("zone", endpoint.zone);
  read_target(item, endpoint);
  item.in("hints", [&](FieldReader& hints) {
    hints.each("forZones", [&](FieldReader& zone) { zone.read("name", endpoint.zone_hints.emplace_back()); });
  });
  group.endpoints.push_back(std::move(endpoint));
}

}  // namespace

mesh::Payload read_endpoints(FieldReader& object) {
  KubeEndpoints endpoints;
  object.in("metadata", [&](FieldReader& metadata) { metadata.read("name", endpoints.service); });
  object.each("subsets", [&](FieldReader& subset) {
    KubeEndpointGroup group;
    read_ports(subset, group);
    read_addresses(subset, "addresses", true, group);
    read_addresses(subset, "notReadyAddresses", false, group);
    endpoints.groups.push_back(std::move(group));
  });
  const auto* first = endpoints.groups.empty() || endpoints.groups[0].endpoints.empty() ? nullptr : &endpoints.groups[0].endpoints[0];
  endpoints.address_type = first && first->addresses[0].find(':') != std::string::npos ? "IPv6" : "IPv4";
  return endpoints;
}

mesh::Payload read_endpoint_slice(FieldReader& object) {
  KubeEndpoints slice;
  object.in("metadata", [&](FieldReader& metadata) {
    metadata.in("labels", [&](FieldReader& labels) { labels.read("kubernetes.io/service-name", slice.service); });
  });
  slice.address_type = "IPv4";
  object.read("addressType", slice.address_type);
  if (slice.address_type != "IPv4" && slice.address_type != "IPv6" && slice.address_type != "FQDN")
    object.error("addressType", "expected one of IPv4, IPv6, FQDN");
  KubeEndpointGroup group;
  read_ports(object, group);
  object.each("endpoints", [&](FieldReader& item) { read_slice_endpoint(item, group); });
  slice.groups.push_back(std::move(group));
  return slice;
}

}  // namespace amime::source
