#include "incremental/random_mesh.h"

#include <fmt/format.h>

#include "mesh/testing.h"

namespace amime::test {

namespace mt = mesh::testing;

mesh::ObjectPtr RandomMesh::service() {
  static const std::vector<std::vector<std::string>> kPorts = {
      {"http:80:8080"}, {"http:80:8080", "tcp:90:9090"},      {"grpc:80:8080"}, {"tcp:80:9090"},
      {":80:8080"},     {"http-a:80:8080", "http-b:81:8080"}, {"tls:443:8443"}};
  const std::string name = service_name();
  const std::string ip = chance(15) ? "None" : fmt::format("10.96.0.{}", name.back() - '0' + 1);
  auto object = mt::service(ns(), name, ip, kPorts[pick(kPorts.size())], {{"app", name}});
  return chance(15) ? mt::annotated(object, {{"networking.istio.io/exportTo", chance(50) ? "." : "b"}}) : object;
}

mesh::ObjectPtr RandomMesh::slice() {
  const std::string space = ns(), name = service_name();
  std::vector<mesh::KubeEndpoint> endpoints;
  for (int i = 0, n = pick(4); i < n; ++i) {
    const int pod = pick(8);
    endpoints.push_back(mt::endpoint(fmt::format("10.0.{}.{}", space[0] - 'a', pod), fmt::format("p{}", pod), space));
    endpoints.back().ready = endpoints.back().serving = !chance(20);
  }
  return mt::endpoint_slice(space, name + (chance(20) ? "-2" : "-1"), name, {"http:8080", "tcp:9090"}, endpoints);
}

mesh::ObjectPtr RandomMesh::pod() {
  const std::string space = ns();
  const int i = pick(8);
  return mt::pod(space, fmt::format("p{}", i), fmt::format("10.0.{}.{}", space[0] - 'a', i),
                 {{"app", service_name()}, {"version", chance(50) ? "v1" : "v2"}}, {"http:8080"},
                 chance(70) ? fmt::format("n{}", pick(3)) : "");
}

mesh::ObjectPtr RandomMesh::node() { return mt::node(fmt::format("n{}", pick(3)), chance(50) ? "east" : "west", chance(50) ? "a" : "b"); }

mesh::ObjectPtr RandomMesh::virtual_service() {
  const std::string to = host();
  const int weight = pick(101);
  const std::string hosts = chance(80) ? fmt::format("\"{}\"", host()) : chance(50) ? "\"*.b.svc.cluster.local\"" : "\"web.example\"";
  const std::string export_to = chance(20) ? R"(,"exportTo":["."])" : "";
  const std::string match =
      chance(40)
          ? fmt::format(R"({{"match":[{{"uri":{{"prefix":"/{}"}}}}],"route":[{{"destination":{{"host":"{}"}}}}]}},)", pick(5), host())
          : "";
  return mt::virtual_service(
      ns(), fmt::format("vs{}", pick(5)),
      fmt::format(
          R"({{"hosts":[{}]{},"http":[{}{{"route":[{{"destination":{{"host":"{}","subset":"v1"}},"weight":{}}},{{"destination":{{"host":"{}","subset":"v2"}},"weight":{}}}]}}]}})",
          hosts, export_to, match, to, weight, to, 100 - weight));
}

mesh::ObjectPtr RandomMesh::destination_rule() {
  const std::string host = chance(85) ? this->host() : "*.svc.cluster.local";
  const std::string policy =
      chance(50)   ? fmt::format(R"("trafficPolicy":{{"connectionPool":{{"tcp":{{"maxConnections":{}}}}}}},)", 1 + pick(9))
      : chance(50) ? R"("trafficPolicy":{"outlierDetection":{"consecutive5xxErrors":3},"loadBalancer":{"simple":"ROUND_ROBIN"}},)"
                   : R"("trafficPolicy":{"loadBalancer":{"consistentHash":{"httpHeaderName":"x-user"}}},)";
  const std::string subsets = chance(70) ? R"([{"name":"v1","labels":{"version":"v1"}},{"name":"v2","labels":{"version":"v2"}}])"
                                         : R"([{"name":"v1","labels":{"version":"v1"}}])";
  return mt::destination_rule(ns(), fmt::format("dr{}", pick(5)), fmt::format(R"({{"host":"{}",{}"subsets":{}}})", host, policy, subsets));
}

mesh::ObjectPtr RandomMesh::service_entry() {
  const int i = pick(3);
  if (chance(20))
    return mt::service_entry(
        ns(), "wild",
        R"({"hosts":["*.wild.example"],"location":"MESH_EXTERNAL","resolution":"DYNAMIC_DNS","ports":[{"number":80,"name":"http","protocol":"HTTP"},{"number":443,"name":"tls","protocol":"TLS"}]})");
  const std::string resolution = i == 0   ? R"("resolution":"STATIC","endpoints":[{"address":"10.2.0.1","labels":{"version":"v1"}}])"
                                 : i == 1 ? R"("resolution":"DNS")"
                                          : R"("resolution":"STATIC","workloadSelector":{"labels":{"role":"vm"}})";
  return mt::service_entry(ns(), fmt::format("se{}", i),
                           fmt::format(R"({{"hosts":["ext{}.example"],"ports":[{{"number":{},"name":"http","protocol":"HTTP"}}],{}}})", i,
                                       chance(50) ? 80 : 81, resolution));
}

mesh::ObjectPtr RandomMesh::workload_entry() {
  return mt::workload_entry(ns(), fmt::format("we{}", pick(2)),
                            fmt::format(R"({{"address":"10.3.0.{}","labels":{{"role":"vm"}}}})", 1 + pick(3)));
}

mesh::ObjectPtr RandomMesh::sidecar() {
  const std::string selector = chance(30) ? R"("workloadSelector":{"labels":{"app":"s1"}},)" : "";
  const std::string hosts = chance(50) ? R"("./*","b/*")" : R"("*/*")";
  const std::string policy = chance(50) ? R"("outboundTrafficPolicy":{"mode":"REGISTRY_ONLY"},)" : "";
  return mt::sidecar(ns(), chance(70) ? "default" : "special",
                     fmt::format(R"({{{}{}"egress":[{{"hosts":[{}]}}]}})", selector, policy, hosts));
}

mesh::ObjectPtr RandomMesh::gateway() {
  const std::string https =
      chance(40)
          ? R"(,{"port":{"number":8443,"name":"https","protocol":"HTTPS"},"hosts":["web.example"],"tls":{"mode":"SIMPLE","credentialName":"web"}})"
      : chance(30) ? R"(,{"port":{"number":15443,"name":"tls","protocol":"TLS"},"hosts":["*.local"],"tls":{"mode":"AUTO_PASSTHROUGH"}})"
                   : "";
  return mt::gateway(
      "a", fmt::format("gw{}", pick(2)),
      fmt::format(
          R"({{"selector":{{"istio":"ingress"}},"servers":[{{"port":{{"number":{},"name":"http","protocol":"HTTP"}},"hosts":["{}"]}}{}]}})",
          chance(70) ? 8080 : 8081, chance(60) ? "*" : "web.example", https));
}

mesh::ObjectPtr RandomMesh::gateway_virtual_service() {
  const std::string route = chance(30) ? R"({"match":[{"uri":{"prefix":"/d"}}],"delegate":{"name":"delegate","namespace":"b"}},)" : "";
  return mt::virtual_service(
      ns(), fmt::format("gvs{}", pick(3)),
      fmt::format(R"({{"hosts":["{}"],"gateways":["a/gw{}"],"http":[{}{{"route":[{{"destination":{{"host":"{}"}}}}]}}]}})",
                  chance(50) ? "web.example" : "*", pick(2), route, service_name() + "." + ns() + ".svc.cluster.local"));
}

mesh::ObjectPtr RandomMesh::delegate() {
  return mt::virtual_service("b", "delegate", fmt::format(R"({{"http":[{{"route":[{{"destination":{{"host":"{}"}}}}]}}]}})", host()));
}

mesh::ObjectPtr RandomMesh::mesh_config() {
  static const std::string kProviders = fmt::format(
      R"("extensionProviders":[{{"name":"als","envoyHttpAls":{{"service":"{0}","port":80}}}},{{"name":"zipkin","zipkin":{{"service":"{0}","port":80}}}},)"
      R"({{"name":"prometheus","prometheus":{{}}}}])",
      "s0.a.svc.cluster.local");
  static const std::vector<std::string> kConfigs = {
      R"("outboundTrafficPolicy":{"mode":"REGISTRY_ONLY"})", R"("accessLogFile":"/dev/stdout")",
      R"("outboundTrafficPolicy":{"mode":"ALLOW_ANY_DYNAMIC_DNS"})", R"("discoverySelectors":[{"matchLabels":{"mesh":"yes"}}])"};
  return mt::mesh_config(fmt::format("{{{},{}}}", kConfigs[static_cast<std::size_t>(pick(static_cast<int>(kConfigs.size())))], kProviders));
}

mesh::ObjectPtr RandomMesh::wasm_plugin() {
  static const std::vector<std::string> kUrls = {"file:///a.wasm", "file:///b.wasm", "oci://registry/a", "http://modules.example/a"};
  const std::string selector = chance(40) ? fmt::format(R"("selector":{{"matchLabels":{{"app":"{}"}}}},)", service_name()) : "";
  const std::string match = chance(40) ? R"("match":[{"mode":"SERVER"}],)" : "";
  return mt::istio(mesh::Kind::kWasmPlugin, chance(30) ? "istio-system" : ns(), fmt::format("wp{}", pick(3)),
                   fmt::format(R"({{{}{}"priority":{},"type":"{}","sha256":"{}","url":"{}"}})", selector, match, pick(3),
                               chance(30) ? "NETWORK" : "HTTP", chance(50) ? "ab" : "",
                               kUrls[static_cast<std::size_t>(pick(static_cast<int>(kUrls.size())))]));
}

mesh::ObjectPtr RandomMesh::namespace_object() {
  return mt::namespace_object(ns(), chance(50) ? mesh::Labels{{"mesh", "yes"}} : mesh::Labels{});
}

mesh::ObjectPtr RandomMesh::secret() {
  return mt::secret("a", "web", {{"tls.crt", fmt::format("certificate {}", pick(3))}, {"tls.key", "key"}});
}

mesh::ObjectPtr RandomMesh::envoy_filter() {
  static const std::vector<std::string> kPatches = {
      R"({"applyTo":"CLUSTER","match":{"context":"SIDECAR_OUTBOUND","cluster":{"subset":"v1"}},"patch":{"operation":"MERGE","value":{"connect_timeout":"2s"}}})",
      R"({"applyTo":"CLUSTER","match":{"context":"SIDECAR_OUTBOUND","cluster":{"portNumber":81}},"patch":{"operation":"REMOVE"}})",
      R"({"applyTo":"CLUSTER","patch":{"operation":"ADD","value":{"name":"added"}}})",
      R"({"applyTo":"HTTP_FILTER","match":{"context":"SIDECAR_INBOUND"},"patch":{"operation":"INSERT_FIRST","value":{"name":"first"}}})",
      R"({"applyTo":"HTTP_FILTER","match":{"context":"GATEWAY"},"patch":{"operation":"INSERT_FIRST","value":{"name":"first"}}})",
      R"({"applyTo":"LISTENER","match":{"listener":{"portNumber":80}},"patch":{"operation":"REMOVE"}})",
      R"({"applyTo":"VIRTUAL_HOST","match":{"context":"SIDECAR_OUTBOUND","routeConfiguration":{"name":"80"}},"patch":{"operation":"ADD","value":{"name":"added","domains":["added.example"]}}})",
      R"({"applyTo":"VIRTUAL_HOST","match":{"routeConfiguration":{"vhost":{"name":"allow_any"}}},"patch":{"operation":"REMOVE"}})",
      R"({"applyTo":"HTTP_ROUTE","match":{"context":"SIDECAR_OUTBOUND"},"patch":{"operation":"MERGE","value":{"name":"renamed"}}})",
      R"({"applyTo":"EXTENSION_CONFIG","patch":{"operation":"ADD","value":{"name":"added"}}})",
      R"({"applyTo":"ROUTE_CONFIGURATION","patch":{"operation":"MERGE","value":{"internal_only_headers":["x-secret"]}}})"};
  const std::string selector = chance(40) ? fmt::format(R"("workloadSelector":{{"labels":{{"app":"{}"}}}},)", service_name()) : "";
  return mt::istio(mesh::Kind::kEnvoyFilter, chance(30) ? "istio-system" : ns(), fmt::format("ef{}", pick(3)),
                   fmt::format(R"({{{}"priority":{},"configPatches":[{},{}]}})", selector, pick(3) - 1,
                               kPatches[static_cast<std::size_t>(pick(static_cast<int>(kPatches.size())))],
                               kPatches[static_cast<std::size_t>(pick(static_cast<int>(kPatches.size())))]));
}

mesh::ObjectPtr RandomMesh::telemetry() {
  static const std::vector<std::string> kParts = {R"("accessLogging":[{"providers":[{"name":"envoy"}]}])",
                                                  R"("accessLogging":[{"providers":[{"name":"als"}],"match":{"mode":"SERVER"}}])",
                                                  R"("accessLogging":[{"disabled":true}])",
                                                  R"("metrics":[{"providers":[{"name":"prometheus"}]}])",
                                                  R"("tracing":[{"providers":[{"name":"zipkin"}],"randomSamplingPercentage":50}])"};
  const std::string selector = chance(40) ? fmt::format(R"("selector":{{"matchLabels":{{"app":"{}"}}}},)", service_name()) : "";
  return mt::istio(mesh::Kind::kTelemetry, chance(30) ? "istio-system" : ns(), fmt::format("t{}", pick(3)),
                   fmt::format("{{{}{}}}", selector, kParts[static_cast<std::size_t>(pick(static_cast<int>(kParts.size())))]));
}

mesh::Change RandomMesh::edit() {
  if (!objects_.empty() && chance(25)) {
    auto at = objects_.begin();
    std::advance(at, pick(static_cast<int>(objects_.size())));
    const mesh::Change change{at->first, nullptr};
    objects_.erase(at);
    return change;
  }
  using Make = mesh::ObjectPtr (RandomMesh::*)();
  // Frequent kinds stand more than once.
  static constexpr Make kMakes[] = {&RandomMesh::service,
                                    &RandomMesh::service,
                                    &RandomMesh::service,
                                    &RandomMesh::slice,
                                    &RandomMesh::slice,
                                    &RandomMesh::slice,
                                    &RandomMesh::pod,
                                    &RandomMesh::pod,
                                    &RandomMesh::node,
                                    &RandomMesh::virtual_service,
                                    &RandomMesh::virtual_service,
                                    &RandomMesh::destination_rule,
                                    &RandomMesh::destination_rule,
                                    &RandomMesh::service_entry,
                                    &RandomMesh::workload_entry,
                                    &RandomMesh::sidecar,
                                    &RandomMesh::gateway,
                                    &RandomMesh::gateway_virtual_service,
                                    &RandomMesh::gateway_virtual_service,
                                    &RandomMesh::delegate,
                                    &RandomMesh::mesh_config,
                                    &RandomMesh::secret,
                                    &RandomMesh::wasm_plugin,
                                    &RandomMesh::namespace_object,
                                    &RandomMesh::envoy_filter,
                                    &RandomMesh::telemetry};
  const auto object = (this->*kMakes[pick(std::size(kMakes))])();
  objects_[object->key] = object;
  return {object->key, object};
}

std::vector<mesh::Change> RandomMesh::edits(int n) {
  std::vector<mesh::Change> changes;
  for (int i = 0; i < n; ++i) changes.push_back(edit());
  return changes;
}

std::vector<mesh::ObjectPtr> RandomMesh::objects() const {
  std::vector<mesh::ObjectPtr> out;
  for (const auto& [key, object] : objects_) out.push_back(object);
  return out;
}

}  // namespace amime::test
