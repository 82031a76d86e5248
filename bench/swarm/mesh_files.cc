#include "swarm/mesh_files.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace amime::bench {
namespace {

using nlohmann::json;
constexpr int kServicesPerNamespace = 20;
constexpr int kNodes = 3;

json object_of(const char* api_version, const char* kind, const std::string& ns, const std::string& name) {
  json object = {{"apiVersion", api_version}, {"kind", kind}, {"metadata", {{"name", name}}}};
  if (!ns.empty()) object["metadata"]["namespace"] = ns;
  return object;
}

json node_object(int number) {
  json node = object_of("v1", "Node", "", fmt::format("node-{}", number));
  node["metadata"]["labels"] = {{"topology.kubernetes.io/region", "r1"},
                                {"topology.kubernetes.io/zone", fmt::format("zone-{}", static_cast<char>('a' + number))}};
  return node;
}

json service_object(const std::string& ns, const std::string& name, const std::string& cluster_ip) {
  json service = object_of("v1", "Service", ns, name);
  service["metadata"]["labels"] = {{"app", name}};
  service["spec"] = {{"selector", {{"app", name}}},
                     {"type", "ClusterIP"},
                     {"clusterIP", cluster_ip},
                     {"ports", json::array({{{"name", "http"}, {"port", 80}, {"targetPort", 8080}, {"protocol", "TCP"}}})}};
  return service;
}

json slice_object(const std::string& ns, const std::string& service, json endpoints) {
  json slice = object_of("discovery.k8s.io/v1", "EndpointSlice", ns, service + "-abcde");
  slice["metadata"]["labels"] = {{"kubernetes.io/service-name", service}};
  slice["addressType"] = "IPv4";
  slice["ports"] = json::array({{{"name", "http"}, {"port", 8080}, {"protocol", "TCP"}}});
  slice["endpoints"] = std::move(endpoints);
  return slice;
}

json endpoint_of(const std::string& ip) { return {{"addresses", json::array({ip})}, {"conditions", {{"ready", true}}}}; }

json endpoints_of(ServiceName service) {
  json endpoints = json::array();
  for (int i = 0; i < kEndpoints; ++i) {
    const PodName pod{service, i};
    json endpoint = endpoint_of(pod.ip());
    endpoint["conditions"]["serving"] = true;
    endpoint["conditions"]["terminating"] = false;
    endpoint["nodeName"] = pod.node();
    endpoint["zone"] = pod.zone();
    endpoint["targetRef"] = {{"kind", "Pod"}, {"name", pod.name()}, {"namespace", service.ns()}};
    endpoints.push_back(std::move(endpoint));
  }
  return endpoints;
}

json pod_object(const PodName& pod) {
  json object = object_of("v1", "Pod", pod.service.ns(), pod.name());
  object["metadata"]["labels"] = pod.labels();
  object["spec"] = {
      {"serviceAccountName", "default"},
      {"nodeName", pod.node()},
      {"containers", json::array({{{"name", "app"}, {"image", "example.com/app:1"}, {"ports", json::array({{{"containerPort", 8080}}})}},
                                  {{"name", "istio-proxy"}, {"image", "example.com/proxyv2:1"}}})}};
  object["status"] = {{"phase", "Running"},
                      {"podIP", pod.ip()},
                      {"podIPs", json::array({{{"ip", pod.ip()}}})},
                      {"conditions", json::array({{{"type", "Ready"}, {"status", "True"}}})}};
  return object;
}

json destination(ServiceName service, const char* subset) {
  return {{"destination", {{"host", service.host()}, {"subset", subset}, {"port", {{"number", 80}}}}}};
}

json virtual_service_object(ServiceName service, int weight, const std::string& route_name) {
  json v1 = destination(service, "v1");
  json v2 = destination(service, "v2");
  v1["weight"] = weight;
  v2["weight"] = 100 - weight;
  json object = object_of("networking.istio.io/v1", "VirtualService", service.ns(), service.name());
  object["spec"] = {{"hosts", json::array({service.host()})},
                    {"http", json::array({{{"name", "canary"},
                                           {"match", json::array({{{"headers", {{"x-canary", {{"exact", "true"}}}}}}})},
                                           {"route", json::array({destination(service, "v2")})}},
                                          {{"name", "api"},
                                           {"match", json::array({{{"uri", {{"prefix", "/api/v2"}}}}})},
                                           {"timeout", "5s"},
                                           {"retries", {{"attempts", 2}, {"perTryTimeout", "2s"}, {"retryOn", "5xx"}}},
                                           {"route", json::array({destination(service, "v2")})}},
                                          {{"name", route_name}, {"route", json::array({v1, v2})}}})}};
  return object;
}

json destination_rule_object(ServiceName service, uint32_t max_connections) {
  json object = object_of("networking.istio.io/v1", "DestinationRule", service.ns(), service.name());
  object["spec"] = {
      {"host", service.host()},
      {"trafficPolicy", {{"connectionPool", {{"tcp", {{"maxConnections", max_connections}}}}}}},
      {"subsets", json::array({{{"name", "v1"}, {"labels", {{"version", "v1"}}}}, {{"name", "v2"}, {"labels", {{"version", "v2"}}}}})}};
  return object;
}

}  // namespace

std::string ServiceName::name() const { return fmt::format("svc-{:04}", number); }
std::string ServiceName::ns() const { return fmt::format("mesh-{:03}", number / kServicesPerNamespace); }
std::string ServiceName::host() const { return name() + "." + ns() + ".svc.cluster.local"; }
std::string ServiceName::cluster_ip() const { return fmt::format("10.97.{}.{}", number / 250, number % 250 + 1); }

std::string PodName::version() const { return number % 2 == 0 ? "v1" : "v2"; }
std::string PodName::name() const { return fmt::format("{}-{}-6c9f8bcd5d-{:05}", service.name(), version(), number); }
std::string PodName::ip() const {
  const int serial = service.number * 16 + number;
  return fmt::format("10.{}.{}.{}", 20 + (serial >> 16), serial >> 8 & 255, serial & 255);
}
std::string PodName::node() const { return fmt::format("node-{}", number % kNodes); }
std::string PodName::zone() const { return fmt::format("zone-{}", static_cast<char>('a' + number % kNodes)); }
json PodName::labels() const {
  return {{"app", service.name()},
          {"version", version()},
          {"pod-template-hash", "6c9f8bcd5d"},
          {"service.istio.io/canonical-name", service.name()},
          {"service.istio.io/canonical-revision", version()}};
}

MeshFiles::MeshFiles(std::filesystem::path directory) : directory_(std::move(directory)) {
  std::filesystem::create_directories(directory_);
}

void MeshFiles::put(const json& object) const {
  const json& metadata = object["metadata"];
  const std::string name =
      fmt::format("{}.{}.{}", metadata.value("namespace", ""), object["kind"].get<std::string>(), metadata["name"].get<std::string>());
  const std::filesystem::path temporary = directory_ / ("." + name + ".tmp");
  std::ofstream file(temporary, std::ios::binary);
  file << object.dump();
  file.close();
  if (!file) throw std::runtime_error("cannot write " + temporary.string());
  std::filesystem::rename(temporary, directory_ / (name + ".json"));
}

void MeshFiles::write_all(int services) const {
  for (int i = 0; i < kNodes; ++i) put(node_object(i));
  for (int i = 0; i < services; ++i) {
    const ServiceName service{i};
    if (i % kServicesPerNamespace == 0) put(object_of("v1", "Namespace", "", service.ns()));
    for (int pod = 0; pod < kEndpoints; ++pod) put(pod_object({service, pod}));
    put(service_object(service.ns(), service.name(), service.cluster_ip()));
    put(slice_object(service.ns(), service.name(), endpoints_of(service)));
    put(destination_rule_object(service, 1000));
    put(virtual_service_object(service, 90, "default"));
  }
}

void MeshFiles::add_endpoint(ServiceName service, const std::string& ip) const {
  json endpoints = endpoints_of(service);
  endpoints.push_back(endpoint_of(ip));
  put(slice_object(service.ns(), service.name(), std::move(endpoints)));
}

void MeshFiles::set_weight(ServiceName service, int weight, const std::string& route_name) const {
  put(virtual_service_object(service, weight, route_name));
}

void MeshFiles::set_max_connections(ServiceName service, uint32_t max_connections) const {
  put(destination_rule_object(service, max_connections));
}

void MeshFiles::add_service(const std::string& ns, const std::string& name, const std::string& cluster_ip,
                            const std::string& endpoint_ip) const {
  put(service_object(ns, name, cluster_ip));
  put(slice_object(ns, name, json::array({endpoint_of(endpoint_ip)})));
}

}  // namespace amime::bench
