#include "mesh/testing.h"

#include <google/protobuf/util/json_util.h>

#include <cstdio>
#include <cstdlib>

#include "extensions/v1alpha1/wasm.pb.h"
#include "mesh/mesh_config.h"
#include "mesh/v1alpha1/config.pb.h"
#include "networking/v1alpha3/destination_rule.pb.h"
#include "networking/v1alpha3/envoy_filter.pb.h"
#include "networking/v1alpha3/gateway.pb.h"
#include "networking/v1alpha3/service_entry.pb.h"
#include "networking/v1alpha3/sidecar.pb.h"
#include "networking/v1alpha3/virtual_service.pb.h"
#include "networking/v1alpha3/workload_entry.pb.h"
#include "security/v1beta1/authorization_policy.pb.h"
#include "security/v1beta1/peer_authentication.pb.h"
#include "security/v1beta1/request_authentication.pb.h"
#include "telemetry/v1alpha1/telemetry.pb.h"

namespace amime::mesh::testing {
namespace {

namespace api = ::istio::networking::v1alpha3;

std::unique_ptr<google::protobuf::Message> new_message(Kind kind) {
  switch (kind) {
    case Kind::kVirtualService: return std::make_unique<api::VirtualService>();
    case Kind::kDestinationRule: return std::make_unique<api::DestinationRule>();
    case Kind::kGateway: return std::make_unique<api::Gateway>();
    case Kind::kServiceEntry: return std::make_unique<api::ServiceEntry>();
    case Kind::kWorkloadEntry: return std::make_unique<api::WorkloadEntry>();
    case Kind::kSidecar: return std::make_unique<api::Sidecar>();
    case Kind::kAuthorizationPolicy: return std::make_unique<istio::security::v1beta1::AuthorizationPolicy>();
    case Kind::kPeerAuthentication: return std::make_unique<istio::security::v1beta1::PeerAuthentication>();
    case Kind::kRequestAuthentication: return std::make_unique<istio::security::v1beta1::RequestAuthentication>();
    case Kind::kWasmPlugin: return std::make_unique<istio::extensions::v1alpha1::WasmPlugin>();
    case Kind::kEnvoyFilter: return std::make_unique<api::EnvoyFilter>();
    case Kind::kTelemetry: return std::make_unique<::istio::telemetry::v1alpha1::Telemetry>();
    default: std::fprintf(stderr, "testing::istio: not an Istio kind\n"); std::abort();
  }
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts(1);
  for (char c : text) {
    if (c == ':') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

std::uint32_t number(const std::string& text) { return static_cast<std::uint32_t>(std::strtoul(text.c_str(), nullptr, 10)); }

void read_json(std::string_view json, std::string_view name, google::protobuf::Message& out) {
  const auto status = google::protobuf::util::JsonStringToMessage({json.data(), json.size()}, &out);
  if (status.ok()) return;
  std::fprintf(stderr, "%.*s: %s\n", static_cast<int>(name.size()), name.data(), status.ToString().c_str());
  std::abort();
}

ObjectPtr finish(Kind kind, std::string_view ns, std::string_view name, Payload payload, Labels labels = {}) {
  auto object = std::make_shared<Object>();
  object->key = {kind, std::string(ns), std::string(name)};
  object->api_version = "v1";
  object->labels = std::move(labels);
  object->payload = std::move(payload);
  object->digest = object_digest(*object);
  return object;
}

}  // namespace

ObjectPtr istio(Kind kind, std::string_view ns, std::string_view name, std::string_view spec) {
  auto message = new_message(kind);
  read_json(spec, name, *message);
  return finish(kind, ns, name, ProtoSpec(std::move(message)));
}

ObjectPtr mesh_config(std::string_view spec) {
  auto config = std::make_shared<istio::mesh::v1alpha1::MeshConfig>(default_mesh_config());
  istio::mesh::v1alpha1::MeshConfig written;
  read_json(spec, "istio", written);
  auto proxy = config->default_config();
  proxy.MergeFrom(written.default_config());
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  written.GetReflection()->ListFields(written, &fields);
  for (const auto* field : fields) config->GetReflection()->ClearField(config.get(), field);
  config->MergeFrom(written);
  *config->mutable_default_config() = std::move(proxy);
  return finish(Kind::kMeshConfig, "istio-system", "istio", ProtoSpec(std::move(config)));
}

KubeServicePort port(std::string_view text) {
  auto parts = split(text);
  KubeServicePort out;
  out.name = parts[0];
  out.port = number(parts.at(1));
  if (parts.size() < 3) return out;
  out.target_port = number(parts[2]);
  if (out.target_port == 0) out.target_port_name = parts[2];
  return out;
}

ObjectPtr service(std::string_view ns, std::string_view name, std::string_view cluster_ip, std::vector<std::string> ports,
                  std::map<std::string, std::string> selector) {
  KubeService out;
  if (!cluster_ip.empty()) out.cluster_ips = {std::string(cluster_ip)};
  for (const auto& text : ports) out.ports.push_back(port(text));
  out.selector = std::move(selector);
  return finish(Kind::kService, ns, name, std::move(out));
}

KubeEndpoint endpoint(std::string_view address, std::string_view pod, std::string_view ns) {
  KubeEndpoint out;
  out.addresses = {std::string(address)};
  if (pod.empty()) return out;
  out.target_kind = "Pod";
  out.target_name = pod;
  out.target_namespace = ns;
  return out;
}

ObjectPtr endpoint_slice(std::string_view ns, std::string_view name, std::string_view service, std::vector<std::string> ports,
                         std::vector<KubeEndpoint> endpoints) {
  KubeEndpoints out;
  out.service = service;
  out.address_type = "IPv4";
  out.groups.resize(1);
  for (const auto& text : ports) {
    auto parts = split(text);
    KubeEndpointPort p;
    p.name = parts[0];
    p.port = number(parts.at(1));
    out.groups[0].ports.push_back(p);
  }
  out.groups[0].endpoints = std::move(endpoints);
  return finish(Kind::kEndpointSlice, ns, name, std::move(out), {{"kubernetes.io/service-name", std::string(service)}});
}

ObjectPtr pod(std::string_view ns, std::string_view name, std::string_view ip, Labels labels, std::vector<std::string> ports,
              std::string_view node, std::string_view service_account) {
  KubePod out;
  if (!ip.empty()) out.ips = {std::string(ip)};
  out.phase = "Running";
  out.ready = true;
  out.node_name = node;
  out.service_account = service_account;
  out.containers.resize(1);
  out.containers[0].name = "app";
  for (const auto& text : ports) {
    auto parts = split(text);
    KubeContainerPort p;
    p.name = parts[0];
    p.port = number(parts.at(1));
    out.containers[0].ports.push_back(p);
  }
  return finish(Kind::kPod, ns, name, std::move(out), std::move(labels));
}

ObjectPtr node(std::string_view name, std::string_view region, std::string_view zone, std::string_view subzone) {
  Labels labels;
  if (!region.empty()) labels["topology.kubernetes.io/region"] = region;
  if (!zone.empty()) labels["topology.kubernetes.io/zone"] = zone;
  if (!subzone.empty()) labels["topology.istio.io/subzone"] = subzone;
  return finish(Kind::kNode, "", name, KubeNode{}, std::move(labels));
}

ObjectPtr namespace_object(std::string_view name, Labels labels) {
  return finish(Kind::kNamespace, "", name, std::monostate{}, std::move(labels));
}

ObjectPtr secret(std::string_view ns, std::string_view name, std::map<std::string, std::string> data) {
  return finish(Kind::kSecret, ns, name, KubeSecret{"kubernetes.io/tls", std::move(data)});
}

ObjectPtr created_at(const ObjectPtr& object, std::int64_t seconds) {
  return edited(object, [&](Object& o) { o.created = seconds; });
}
ObjectPtr annotated(const ObjectPtr& object, Labels annotations) {
  return edited(object, [&](Object& o) { o.annotations = std::move(annotations); });
}

Change add(const ObjectPtr& object) { return {object->key, object}; }
Change remove(const ObjectPtr& object) { return {object->key, nullptr}; }

std::vector<Change> add_all(const std::vector<ObjectPtr>& objects) {
  std::vector<Change> out;
  for (const auto& object : objects) out.push_back(add(object));
  return out;
}

Mesh mesh_of(const std::vector<ObjectPtr>& objects) { return Mesh().apply(add_all(objects)); }

ProxyFacts proxy(std::string_view ns, std::string_view pod, std::string_view ip, Labels labels) {
  ProxyFacts out;
  out.ns = ns;
  out.id = std::string(pod) + "." + out.ns;
  out.ips = {std::string(ip)};
  out.dns_domain = out.ns + ".svc.cluster.local";
  out.labels = std::move(labels);
  out.cluster_id = "Kubernetes";
  return out;
}

ProxyFacts router(std::string_view ns, Labels labels, std::string_view ip) {
  ProxyFacts out = proxy(ns, "gateway", ip, std::move(labels));
  out.type = ProxyType::kRouter;
  return out;
}

}  // namespace amime::mesh::testing
