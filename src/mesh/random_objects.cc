#include "mesh/random_objects.h"

#include "mesh/testing.h"

namespace amime::mesh::testing {

const std::vector<std::string> kRandomNamespaces = {"a", "b", "istio-system"};
const std::vector<std::string> kRandomHosts = {
    "x.a.svc.cluster.local", "y.a.svc.cluster.local", "x.b.svc.cluster.local", "y.b.svc.cluster.local", "x.istio-system.svc.cluster.local",
    "api.example.com",       "db.example.com",        "*.example.com"};
const std::vector<std::string> kRandomIps = {"10.1.0.1", "10.1.0.2", "10.1.0.3", "10.1.0.4", "10.1.0.5"};

ObjectPtr Generator::object() {
  ObjectPtr out = any();
  if (chance(3)) out = created_at(out, number(4));
  return out;
}

std::string Generator::export_to() {
  static const std::vector<std::string> kTexts = {
      "", "", "", R"(,"exportTo":["*"])", R"(,"exportTo":["."])", R"(,"exportTo":["a","b"])", R"(,"exportTo":["~"])"};
  return pick(kTexts);
}

std::string Generator::host() {
  static const std::vector<std::string> kTexts = {
      "x", "y", "x.a.svc.cluster.local", "api.example.com", "db.example.com", "*.example.com", "*", "*.local"};
  return pick(kTexts);
}

Labels Generator::labels() {
  Labels out;
  if (!chance(4)) out["app"] = chance(2) ? "x" : "y";
  if (chance(2)) out["version"] = chance(2) ? "v1" : "v2";
  return out;
}

ObjectPtr Generator::any() {
  switch (number(16)) {
    case 0:
    case 1: return random_service();
    case 2:
    case 3: return random_slice();
    case 4:
    case 5: return random_pod();
    case 6: return node("node-" + std::to_string(number(2)), "eu", chance(2) ? "eu-a" : "eu-b");
    case 7:
    case 8: return random_entry();
    case 9: return random_workload();
    case 10:
    case 11: return random_rule();
    case 12: return random_virtual_service();
    case 13: return random_sidecar();
    case 14: return random_gateway();
    default: return rest();
  }
}

ObjectPtr Generator::random_service() {
  std::map<std::string, std::string> selector;
  if (!chance(4)) selector["app"] = chance(2) ? "x" : "y";
  if (chance(4)) selector["version"] = "v1";
  std::vector<std::string> ports = {chance(2) ? "http:80:web" : "http:80:8080"};
  if (chance(2)) ports.push_back("tcp:90");
  auto out = service(ns(), chance(2) ? "x" : "y", chance(4) ? "None" : "10.0.0." + std::to_string(number(9)), ports, selector);
  if (chance(4)) out = annotated(out, {{"networking.istio.io/exportTo", chance(2) ? "." : "a"}});
  if (chance(6)) {
    out = edited(out, [](Object& o) {
      auto& spec = std::get<KubeService>(o.payload);
      spec.type = "ExternalName";
      spec.external_name = "api.example.com";
      spec.cluster_ips.clear();
    });
  }
  return out;
}

ObjectPtr Generator::random_slice() {
  std::string in = ns();
  std::vector<KubeEndpoint> endpoints;
  for (std::size_t i = number(4); i > 0; --i) {
    auto e = endpoint(pick(kRandomIps), chance(2) ? "p" + std::to_string(number(3)) : "", in);
    e.ready = !chance(5);
    if (chance(3)) e.node_name = "node-0";
    if (chance(4)) e.zone = "eu-z";
    endpoints.push_back(e);
  }
  auto out = endpoint_slice(in, "s" + std::to_string(number(3)), chance(2) ? "x" : "y", {"http:8080", "tcp:9090"}, endpoints);
  if (!chance(4)) return out;
  return edited(out, [&](Object& o) {
    o.key.kind = Kind::kEndpoints;
    o.key.name = std::get<KubeEndpoints>(o.payload).service;
  });
}

ObjectPtr Generator::random_pod() {
  auto out = pod(ns(), "p" + std::to_string(number(3)), pick(kRandomIps), labels(), {"web:8081"}, chance(2) ? "node-0" : "node-1");
  if (chance(5)) out = edited(out, [](Object& o) { std::get<KubePod>(o.payload).ready = false; });
  if (chance(8)) out = edited(out, [](Object& o) { std::get<KubePod>(o.payload).phase = "Succeeded"; });
  return out;
}

ObjectPtr Generator::random_entry() {
  std::string spec = R"({"hosts":[")" + std::string(chance(2) ? "api.example.com" : "db.example.com") + '"';
  if (chance(3)) spec += chance(2) ? R"(,"*.example.com")" : R"(,"x.a.svc.cluster.local")";
  spec += R"(],"ports":[{"number":80,"name":"http","protocol":"HTTP"})";
  if (chance(2)) spec += R"(,{"number":443,"name":"tls","protocol":"TLS","targetPort":8443})";
  spec += "]";
  static const std::vector<std::string> kResolutions = {"NONE", "STATIC", "DNS", "DNS_ROUND_ROBIN"};
  spec += R"(,"resolution":")" + pick(kResolutions) + '"';
  if (chance(3)) spec += R"(,"addresses":["10.5.0.1","10.6.0.0/16"])";
  if (chance(2)) {
    spec += chance(2) ? R"(,"workloadSelector":{"labels":{"app":"x"}})" : R"(,"workloadSelector":{})";
  } else if (chance(2)) {
    spec +=
        R"(,"endpoints":[{"address":")" + pick(kRandomIps) + R"(","labels":{"version":"v1"}},{"address":"10.1.0.2","ports":{"http":81}}])";
  }
  return service_entry(ns(), "se" + std::to_string(number(3)), spec + export_to() + "}");
}

ObjectPtr Generator::random_workload() {
  auto out = workload_entry(ns(), "w" + std::to_string(number(2)),
                            R"({"address":")" + (chance(5) ? "vm.example.com" : pick(kRandomIps)) +
                                R"(","ports":{"http":88},"locality":"us/us-1","weight":)" + std::to_string(number(3)) + "}");
  auto own = labels();
  return edited(out, [&](Object& o) { o.labels = own; });
}

ObjectPtr Generator::random_rule() {
  std::string spec = R"({"host":")" + host() + '"';
  if (chance(2)) spec += R"(,"subsets":[{"name":"v1","labels":{"version":"v1"}}])";
  if (chance(2)) spec += R"(,"trafficPolicy":{"connectionPool":{"tcp":{"maxConnections":)" + std::to_string(1 + number(9)) + "}}}";
  if (chance(5)) spec += R"(,"workloadSelector":{"matchLabels":{"app":"x"}})";
  return destination_rule(ns(), "dr" + std::to_string(number(4)), spec + export_to() + "}");
}

ObjectPtr Generator::random_virtual_service() {
  std::string name = "vs" + std::to_string(number(4));
  std::string spec = chance(4) ? "{" : R"({"hosts":[")" + host() + R"("],)";
  if (chance(3)) spec += R"("gateways":["gw0","mesh"],)";
  spec += R"("http":[{)";
  if (spec.starts_with(R"({"hosts")") && chance(3)) {
    spec += R"("delegate":{"name":"vs0"}}])";
  } else {
    if (chance(3)) spec += R"("match":[{"sourceNamespace":"a"}],)";
    spec += R"("route":[{"destination":{"host":")" + host() + R"("},"weight":)" + std::to_string(number(100)) + "}]}]";
  }
  return virtual_service(ns(), name, spec + export_to() + "}");
}

ObjectPtr Generator::random_sidecar() {
  std::string spec = "{";
  if (chance(3)) spec += R"("workloadSelector":{"labels":{"app":"x"}},)";
  static const std::vector<std::string> kEgress = {
      R"("egress":[{"hosts":["./*"]}])", R"("egress":[{"hosts":["*/*.example.com","b/x.b.svc.cluster.local"]}])",
      R"("egress":[{"port":{"number":80,"protocol":"HTTP","name":"h"},"hosts":["a/*"]},{"hosts":["*/*","~b/x.b.svc.cluster.local"]}])",
      R"("egress":[{"hosts":["~/*"]}])", R"("outboundTrafficPolicy":{"mode":"REGISTRY_ONLY"})"};
  return sidecar(ns(), "sc" + std::to_string(number(3)), spec + pick(kEgress) + "}");
}

ObjectPtr Generator::random_gateway() {
  const std::string secure =
      R"(,{"port":{"number":443,"protocol":"HTTPS","name":"https"},"hosts":["*"],"tls":{"mode":"MUTUAL","credentialName":"tls",)"
      R"("caCertCredentialName":"configmap://a/ca-cacert"}})";
  return gateway(ns(), "gw" + std::to_string(number(2)),
                 std::string(R"({"servers":[{"port":{"number":80,"protocol":"HTTP","name":"http"},"hosts":["*"]})") +
                     (chance(3) ? secure : "") + "]" + (chance(2) ? R"(,"selector":{"istio":"ingressgateway"}})" : "}"));
}

namespace {

ObjectPtr authority(std::string ns, std::string certificate) {
  auto out = std::make_shared<Object>();
  out->key = {Kind::kConfigMap, std::move(ns), "ca"};
  out->payload = KubeConfigMap{{{"ca.crt", std::move(certificate)}}};
  out->digest = object_digest(*out);
  return out;
}

}  // namespace

// A policy of one of the three kinds; some for all, some with a selector.
ObjectPtr Generator::random_policy() {
  const std::string selector = chance(2) ? R"("selector":{"matchLabels":{"app":"x"}},)" : "";
  switch (number(3)) {
    case 0:
      return istio(
          Kind::kAuthorizationPolicy, ns(), "ap" + std::to_string(number(2)),
          "{" + selector + R"("action":")" + (chance(2) ? "ALLOW" : "DENY") + R"(","rules":[{"from":[{"source":{"namespaces":["a"]}}]}]})");
    case 1:
      return istio(
          Kind::kRequestAuthentication, ns(), "ra" + std::to_string(number(2)),
          "{" + selector + R"("jwtRules":[{"issuer":"i)" + std::to_string(number(2)) + R"(","jwksUri":"https://keys.example/"}]})");
    default:
      return istio(Kind::kPeerAuthentication, ns(), "pa" + std::to_string(number(2)),
                   "{" + selector + R"("mtls":{"mode":")" + (chance(2) ? "STRICT" : "DISABLE") + R"("}})");
  }
}

ObjectPtr Generator::rest() {
  switch (number(8)) {
    case 6:
    case 7: return random_policy();
    case 4:
      return istio(Kind::kWasmPlugin, ns(), "wp" + std::to_string(number(2)),
                   std::string(chance(2) ? R"({"url":"http://m.example/)" : R"({"url":"file:///)") + (chance(2) ? "a" : "b") +
                       R"(","sha256":"1","priority":)" + std::to_string(number(3)) +
                       (chance(2) ? R"(,"selector":{"matchLabels":{"app":"x"}}})" : "}"));
    case 0: return secret(ns(), "tls", {{"tls.crt", std::to_string(number(3))}});
    case 5: return authority(ns(), std::to_string(number(3)));
    case 1: {
      auto out = namespace_object(ns(), {{"n", std::to_string(number(2))}});
      return chance(2) ? annotated(out, {{"networking.istio.io/traffic-distribution", "PreferClose"}}) : out;
    }
    default: {
      static const std::vector<std::string> kConfigs = {
          "{}",
          R"({"discoverySelectors":[{"matchLabels":{"n":"1"}}]})",
          R"({"accessLogFile":"/dev/stdout"})",
          R"({"rootNamespace":"b"})",
          R"({"defaultServiceExportTo":["."]})",
          R"({"defaultDestinationRuleExportTo":["."],"defaultVirtualServiceExportTo":["."]})"};
      return mesh_config(pick(kConfigs));
    }
  }
}

}  // namespace amime::mesh::testing
