#include "local/istio_specs.h"

#include "mesh/mesh_config.h"
#include "mesh/v1alpha1/config.pb.h"
#include "networking/v1alpha3/gateway.pb.h"
#include "networking/v1alpha3/service_entry.pb.h"
#include "networking/v1alpha3/workload_entry.pb.h"

namespace amime::local {

namespace api = istio::networking::v1alpha3;

GatewaySpec read_gateway(const mesh::Object& gateway) {
  const auto& spec = gateway.spec<api::Gateway>();
  GatewaySpec out;
  out.selector = {spec.selector().begin(), spec.selector().end()};
  for (const auto& server : spec.servers())
    out.servers.push_back({server.port().number(), server.port().name(), server.port().protocol(),
                           std::vector<std::string>(server.hosts().begin(), server.hosts().end()),
                           !server.tls().credential_name().empty() || server.tls().credential_names_size() > 0});
  return out;
}

ServiceEntrySpec read_service_entry(const mesh::Object& entry) {
  const auto& spec = entry.spec<api::ServiceEntry>();
  ServiceEntrySpec out;
  out.hosts = {spec.hosts().begin(), spec.hosts().end()};
  const auto& labels = spec.workload_selector().labels();
  out.selector = {labels.begin(), labels.end()};
  for (const auto& port : spec.ports()) out.ports.push_back({port.number(), port.target_port(), port.name(), port.protocol()});
  return out;
}

WorkloadEntrySpec read_workload_entry(const mesh::Object& entry) {
  const auto& spec = entry.spec<api::WorkloadEntry>();
  WorkloadEntrySpec out;
  out.labels = entry.labels;
  for (const auto& [name, value] : spec.labels()) out.labels[name] = value;
  out.service_account = spec.service_account();
  out.ports = {spec.ports().begin(), spec.ports().end()};
  return out;
}

mesh::ObjectPtr moved_workload_entry(const mesh::Object& entry, const std::string& address, const std::map<std::string, unsigned>& ports) {
  auto spec = std::make_shared<api::WorkloadEntry>(entry.spec<api::WorkloadEntry>());
  spec->set_address(address);
  for (const auto& [name, port] : ports) (*spec->mutable_ports())[name] = port;
  auto out = std::make_shared<mesh::Object>(entry);
  out->payload = mesh::ProtoSpec(std::move(spec));
  out->digest = mesh::object_digest(*out);
  return out;
}

mesh::ObjectPtr labelled_workload_entry(const mesh::Object& entry, const std::string& label, const std::string& value) {
  auto spec = std::make_shared<api::WorkloadEntry>(entry.spec<api::WorkloadEntry>());
  spec->mutable_labels()->insert({label, value});
  auto out = std::make_shared<mesh::Object>(entry);
  out->payload = mesh::ProtoSpec(std::move(spec));
  out->digest = mesh::object_digest(*out);
  return out;
}

mesh::ObjectPtr mesh_config_with_proxy(const mesh::Object* config, unsigned port) {
  using istio::mesh::v1alpha1::MeshConfig;
  auto out = std::make_shared<mesh::Object>();
  auto spec = std::make_shared<MeshConfig>(config ? config->spec<MeshConfig>() : mesh::default_mesh_config());
  if (config) {
    *out = *config;
  } else {
    out->key = {mesh::Kind::kMeshConfig, "istio-system", "istio"};
  }
  if (spec->proxy_http_port() == 0) spec->set_proxy_http_port(static_cast<int>(port));
  out->payload = mesh::ProtoSpec(std::move(spec));
  out->digest = mesh::object_digest(*out);
  return out;
}

}  // namespace amime::local
