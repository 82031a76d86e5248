// Random edits against all answers of a mesh: an incrementally made snapshot answers like one made from the same objects
// at once, and an answer that differs from the snapshot before has one of its facts in ChangeSet::touched.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "mesh/digest.h"
#include "mesh/host.h"
#include "mesh/mesh.h"
#include "mesh/service.h"
#include "mesh/testing.h"

namespace amime::mesh {
namespace {

using namespace testing;

const std::vector<std::string> kNamespaces = {"a", "b", "istio-system"};
const std::vector<std::string> kHosts = {
    "x.a.svc.cluster.local", "y.a.svc.cluster.local", "x.b.svc.cluster.local", "y.b.svc.cluster.local", "x.istio-system.svc.cluster.local",
    "api.example.com",       "db.example.com",        "*.example.com"};
const std::vector<std::string> kIps = {"10.1.0.1", "10.1.0.2", "10.1.0.3", "10.1.0.4", "10.1.0.5"};

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  ObjectPtr object() {
    ObjectPtr out = any();
    if (chance(3)) out = created_at(out, number(4));
    return out;
  }
  std::size_t number(std::size_t below) { return random_() % below; }
  bool chance(std::size_t one_in) { return number(one_in) == 0; }

 private:
  const std::string& pick(const std::vector<std::string>& from) { return from[number(from.size())]; }
  std::string ns() { return pick(kNamespaces); }
  std::string export_to() {
    static const std::vector<std::string> kTexts = {
        "", "", "", R"(,"exportTo":["*"])", R"(,"exportTo":["."])", R"(,"exportTo":["a","b"])", R"(,"exportTo":["~"])"};
    return pick(kTexts);
  }
  std::string host() {
    static const std::vector<std::string> kTexts = {
        "x", "y", "x.a.svc.cluster.local", "api.example.com", "db.example.com", "*.example.com", "*", "*.local"};
    return pick(kTexts);
  }
  Labels labels() {
    Labels out;
    if (!chance(4)) out["app"] = chance(2) ? "x" : "y";
    if (chance(2)) out["version"] = chance(2) ? "v1" : "v2";
    return out;
  }

  ObjectPtr any() {
    switch (number(16)) {
      case 0:
      case 1: return kube_service();
      case 2:
      case 3: return slice();
      case 4:
      case 5: return random_pod();
      case 6: return node("node-" + std::to_string(number(2)), "eu", chance(2) ? "eu-a" : "eu-b");
      case 7:
      case 8: return entry();
      case 9: return wle();
      case 10:
      case 11: return rule();
      case 12: return vs();
      case 13: return random_sidecar();
      case 14: return random_gateway();
      default: return rest();
    }
  }
  ObjectPtr kube_service() {
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
  ObjectPtr slice() {
    std::string in = ns();
    std::vector<KubeEndpoint> endpoints;
    for (std::size_t i = number(4); i > 0; --i) {
      auto e = endpoint(pick(kIps), chance(2) ? "p" + std::to_string(number(3)) : "", in);
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
  ObjectPtr random_pod() {
    auto out = pod(ns(), "p" + std::to_string(number(3)), pick(kIps), labels(), {"web:8081"}, chance(2) ? "node-0" : "node-1");
    if (chance(5)) out = edited(out, [](Object& o) { std::get<KubePod>(o.payload).ready = false; });
    if (chance(8)) out = edited(out, [](Object& o) { std::get<KubePod>(o.payload).phase = "Succeeded"; });
    return out;
  }
  ObjectPtr entry() {
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
      spec += R"(,"endpoints":[{"address":")" + pick(kIps) + R"(","labels":{"version":"v1"}},{"address":"10.1.0.2","ports":{"http":81}}])";
    }
    return service_entry(ns(), "se" + std::to_string(number(3)), spec + export_to() + "}");
  }
  ObjectPtr wle() {
    auto out = workload_entry(ns(), "w" + std::to_string(number(2)),
                              R"({"address":")" + (chance(5) ? "vm.example.com" : pick(kIps)) +
                                  R"(","ports":{"http":88},"locality":"us/us-1","weight":)" + std::to_string(number(3)) + "}");
    auto own = labels();
    return edited(out, [&](Object& o) { o.labels = own; });
  }
  ObjectPtr rule() {
    std::string spec = R"({"host":")" + host() + '"';
    if (chance(2)) spec += R"(,"subsets":[{"name":"v1","labels":{"version":"v1"}}])";
    if (chance(2)) spec += R"(,"trafficPolicy":{"connectionPool":{"tcp":{"maxConnections":)" + std::to_string(1 + number(9)) + "}}}";
    if (chance(5)) spec += R"(,"workloadSelector":{"matchLabels":{"app":"x"}})";
    return destination_rule(ns(), "dr" + std::to_string(number(4)), spec + export_to() + "}");
  }
  ObjectPtr vs() {
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
  ObjectPtr random_sidecar() {
    std::string spec = "{";
    if (chance(3)) spec += R"("workloadSelector":{"labels":{"app":"x"}},)";
    static const std::vector<std::string> kEgress = {
        R"("egress":[{"hosts":["./*"]}])", R"("egress":[{"hosts":["*/*.example.com","b/x.b.svc.cluster.local"]}])",
        R"("egress":[{"port":{"number":80,"protocol":"HTTP","name":"h"},"hosts":["a/*"]},{"hosts":["*/*","~b/x.b.svc.cluster.local"]}])",
        R"("egress":[{"hosts":["~/*"]}])", R"("outboundTrafficPolicy":{"mode":"REGISTRY_ONLY"})"};
    return sidecar(ns(), "sc" + std::to_string(number(3)), spec + pick(kEgress) + "}");
  }
  ObjectPtr random_gateway() {
    return gateway(ns(), "gw" + std::to_string(number(2)),
                   std::string(R"({"servers":[{"port":{"number":80,"protocol":"HTTP","name":"http"},"hosts":["*"]}])") +
                       (chance(2) ? R"(,"selector":{"istio":"ingressgateway"}})" : "}"));
  }
  ObjectPtr rest() {
    switch (number(4)) {
      case 0: return secret(ns(), "tls", {{"tls.crt", std::to_string(number(3))}});
      case 1: {
        auto out = namespace_object(ns(), {{"n", std::to_string(number(2))}});
        return chance(2) ? annotated(out, {{"networking.istio.io/traffic-distribution", "PreferClose"}}) : out;
      }
      default: {
        static const std::vector<std::string> kConfigs = {
            "{}", R"({"accessLogFile":"/dev/stdout"})", R"({"rootNamespace":"b"})", R"({"defaultServiceExportTo":["."]})",
            R"({"defaultDestinationRuleExportTo":["."],"defaultVirtualServiceExportTo":["."]})"};
        return mesh_config(pick(kConfigs));
      }
    }
  }
  std::mt19937 random_;
};

struct Answer {
  std::uint64_t digest = 0;
  std::set<FactKey> facts;  // what it may depend on
};
using Answers = std::map<std::string, Answer>;

std::vector<ProxyFacts> proxies() {
  std::vector<ProxyFacts> out;
  for (const auto& ns : kNamespaces) {
    out.push_back(proxy(ns, "p0", kIps[0], {{"app", "x"}, {"version", "v1"}}));
    out.push_back(proxy(ns, "p1", kIps[1], {{"app", "y"}}));
    out.push_back(proxy(ns, "unknown", "10.9.9.9", {{"app", "x"}}));
    out.push_back(router(ns, {{"istio", "ingressgateway"}}));
  }
  return out;
}

std::uint64_t digest_endpoints(const EndpointSet& set) {
  Digest d;
  for (const auto& e : set.endpoints)
    d.add(e.address).add(e.port).add(*e.labels).add(e.locality.zone).add(e.healthy).add(e.weight).add(e.workload);
  return d.add(set.digest).value();
}

void add_refs(Digest& d, const std::vector<VirtualServiceRef>& refs, bool whole) {
  for (const auto& ref : refs) d.add(ref.object->key.ns).add(ref.object->key.name).add(ref.hosts).add(whole ? ref.object->digest : 0);
}

// `whole`: with the objects behind VirtualServices' headers, which a cached Visible need not have up to date.
std::uint64_t digest_visible(const Visible& v, bool whole) {
  Digest d(v.digest);
  d.add(v.sidecar ? v.sidecar->digest : 0);
  for (const auto& s : v.services) d.add(s->digest).add(service_digest(*s));
  for (const auto& [host, s] : v.by_host) d.add(host).add(s->digest);
  for (const auto& listener : v.egress) {
    d.add(listener.digest).add(listener.port).add(listener.bind);
    for (const auto& s : listener.services) d.add(s->digest);
    add_refs(d, listener.virtual_services, whole);
  }
  return d.value();
}

void ask_hosts(const Mesh& mesh, Answers& out) {
  for (const auto& host : kHosts) {
    Digest d;
    if (const auto* services = mesh.services_of(host))
      for (const auto& s : *services) d.add(s->digest);
    out["service " + host] = {d.value(), {{Fact::kService, host}}};
    for (std::uint32_t port : {80u, 90u, 443u}) {
      FactKey fact{Fact::kEndpoints, host + "|" + std::to_string(port)};
      out["endpoints " + fact.key] = {digest_endpoints(*mesh.endpoints(host, port)), {fact}};
      for (const auto& ns : kNamespaces)
        out["endpoints " + ns + " " + fact.key] = {digest_endpoints(*mesh.endpoints(host, port, ns)), {fact}};
    }
    std::set<FactKey> facts{{Fact::kMeshConfig, ""}, {Fact::kDestination, host}};
    for (const auto* wildcard : {"*", "*.local", "*.example.com"})
      if (host_matches(wildcard, host)) facts.insert({Fact::kDestination, wildcard});
    static const Labels kClient = {{"app", "x"}};
    for (const auto& service_ns : kNamespaces)
      for (const auto& client_ns : kNamespaces)
        for (const Labels* labels : {static_cast<const Labels*>(nullptr), &kClient}) {
          auto policy = mesh.destination(host, service_ns, client_ns, labels);
          out["destination " + host + " " + service_ns + " " + client_ns + (labels ? " x" : "")] = {policy ? policy->digest : 0, facts};
        }
  }
}

void ask_names(const Mesh& mesh, Answers& out) {
  out["config"] = {mesh.mesh_config_digest(), {{Fact::kMeshConfig, ""}}};
  out["service headers"] = {mesh.service_headers_digest(), {{Fact::kServiceHeaders, ""}}};
  out["vs headers"] = {mesh.virtual_service_headers_digest(), {{Fact::kVirtualServiceHeaders, ""}}};
  for (const auto& ns : kNamespaces) {
    auto digest = [](const ObjectPtr& object) { return object ? object->digest : 0; };
    for (const auto* name : {"vs0", "vs1", "vs2", "vs3"}) {
      std::string key = ns + "/" + name;
      out["vs " + key] = {digest(mesh.virtual_service(ns, name)), {{Fact::kVirtualService, key}}};
    }
    for (const auto* name : {"gw0", "gw1"}) {
      out["gateway " + ns + name] = {digest(mesh.gateway(ns, name)), {{Fact::kGateway, ns + "/" + name}}};
      Digest d;
      add_refs(d, mesh.virtual_services_of_gateway(name, ns), false);
      out["gateway vs " + ns + name] = {d.value(), {{Fact::kVirtualServiceHeaders, ""}}};
    }
    out["secret " + ns] = {digest(mesh.secret(ns, "tls")), {{Fact::kSecret, ns + "/tls"}}};
    const Labels* labels = mesh.namespace_labels(ns);
    out["namespace " + ns] = {labels ? Digest(1).add(*labels).value() : 0, {{Fact::kNamespace, ns}}};
  }
}

void ask_proxies(const Mesh& mesh, Answers& out, bool whole) {
  for (const auto& proxy : proxies()) {
    std::string name = proxy.id + (proxy.type == ProxyType::kRouter ? " router" : "") + proxy.ips[0];
    std::set<FactKey> workload{{Fact::kWorkload, "@" + proxy.ns}};
    for (const auto& ip : proxy.ips) workload.insert({Fact::kWorkload, ip});
    Digest targets;
    for (const auto& t : mesh.service_targets(proxy))
      targets.add(t.service->host).add(t.service->ns).add(t.port.port).add(t.target_port).add(t.port.protocol);
    out["targets " + name] = {targets.value(), workload};
    Locality locality = mesh.locality_of(proxy);
    out["locality " + name] = {Digest().add(locality.region).add(locality.zone).value(), workload};
    std::set<FactKey> sidecars{{Fact::kMeshConfig, ""}, {Fact::kSidecars, proxy.ns}, {Fact::kSidecars, std::string(mesh.root_namespace())}};
    auto sidecar = mesh.sidecar_for(proxy);
    out["sidecar " + name] = {sidecar ? sidecar->digest : 0, sidecars};
    std::set<FactKey> visible = sidecars;
    visible.insert({Fact::kServiceHeaders, ""});
    visible.insert({Fact::kVirtualServiceHeaders, ""});
    out["visible " + name] = {digest_visible(*mesh.visible(proxy), whole), visible};
    Digest gateways;
    for (const auto& g : mesh.gateways_for(proxy)) gateways.add(g->digest);
    out["gateways " + name] = {gateways.value(), {{Fact::kGateways, ""}}};
  }
}

Answers ask(const Mesh& mesh, bool whole) {
  Answers out;
  ask_hosts(mesh, out);
  ask_names(mesh, out);
  ask_proxies(mesh, out, whole);
  return out;
}

void expect_touched(const Answers& before, const Answers& after, const ChangeSet& changes, const std::string& when) {
  std::set<FactKey> touched(changes.touched.begin(), changes.touched.end());
  for (const auto& [name, answer] : after) {
    if (before.at(name).digest == answer.digest) continue;
    bool known = std::any_of(answer.facts.begin(), answer.facts.end(), [&](const FactKey& f) { return touched.count(f) > 0; });
    EXPECT_TRUE(known) << when << ": " << name << " differs, but none of its facts is touched";
  }
}

void expect_same(const Answers& incremental, const Answers& scratch, const std::string& when) {
  for (const auto& [name, answer] : scratch) EXPECT_EQ(incremental.at(name).digest, answer.digest) << when << ": " << name;
}

void run(unsigned seed, std::size_t steps) {
  Generator generator(seed);
  Mesh mesh;
  Answers before = ask(mesh, false);
  for (std::size_t step = 0; step < steps && !::testing::Test::HasFailure(); ++step) {
    std::vector<Change> changes;
    for (std::size_t i = 1 + generator.number(4); i > 0; --i) {
      auto existing = mesh.objects();
      if (!existing.empty() && generator.chance(3)) {
        changes.push_back(testing::remove(existing[generator.number(existing.size())]));
      } else {
        changes.push_back(add(generator.object()));
      }
    }
    ChangeSet set;
    mesh = mesh.apply(changes, &set);
    const std::string when = "seed " + std::to_string(seed) + " step " + std::to_string(step);
    Answers after = ask(mesh, false);
    expect_touched(before, after, set, when);
    before = std::move(after);
    if (step % 5 != 4) continue;
    auto all = add_all(mesh.objects());
    std::shuffle(all.begin(), all.end(), std::mt19937(seed));
    Mesh scratch = Mesh().apply(all);
    expect_same(ask(mesh, true), ask(scratch, true), when);
    EXPECT_EQ(mesh.size(), scratch.size());
  }
}

TEST(Random, IncrementalIsFromScratchAndNothingIsTouchedInSilence) {
  for (unsigned seed = 1; seed <= 12 && !HasFailure(); ++seed) run(seed, 60);
}

}  // namespace
}  // namespace amime::mesh
