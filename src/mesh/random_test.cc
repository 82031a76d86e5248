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
#include "mesh/random_objects.h"
#include "mesh/service.h"
#include "mesh/testing.h"

namespace amime::mesh {
namespace {

using namespace testing;

struct Answer {
  std::uint64_t digest = 0;
  std::set<FactKey> facts;  // what it may depend on
};
using Answers = std::map<std::string, Answer>;

std::vector<ProxyFacts> proxies() {
  std::vector<ProxyFacts> out;
  for (const auto& ns : kRandomNamespaces) {
    out.push_back(proxy(ns, "p0", kRandomIps[0], {{"app", "x"}, {"version", "v1"}}));
    out.push_back(proxy(ns, "p1", kRandomIps[1], {{"app", "y"}}));
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
  for (const auto& s : v.services) d.add(v.service(s->host)->digest);
  d.add(v.by_host.size());
  for (const auto& listener : v.egress) {
    d.add(listener.digest).add(listener.port).add(listener.bind);
    for (const auto& s : listener.services) d.add(s->digest);
    add_refs(d, listener.virtual_services, whole);
  }
  return d.value();
}

void ask_hosts(const Mesh& mesh, Answers& out) {
  for (const auto& host : kRandomHosts) {
    Digest d;
    if (const auto* services = mesh.services_of(host))
      for (const auto& s : *services) d.add(s->digest);
    out["service " + host] = {d.value(), {{Fact::kService, host}}};
    for (std::uint32_t port : {80u, 90u, 443u}) {
      FactKey fact{Fact::kEndpoints, host + "|" + std::to_string(port)};
      out["endpoints " + fact.key] = {digest_endpoints(*mesh.endpoints(host, port)), {fact}};
      for (const auto& ns : kRandomNamespaces)
        out["endpoints " + ns + " " + fact.key] = {digest_endpoints(*mesh.endpoints(host, port, ns)), {fact}};
    }
    std::set<FactKey> facts{{Fact::kMeshConfig, ""}, {Fact::kDestination, host}};
    for (const auto* wildcard : {"*", "*.local", "*.example.com"})
      if (host_matches(wildcard, host)) facts.insert({Fact::kDestination, wildcard});
    static const Labels kClient = {{"app", "x"}};
    for (const auto& service_ns : kRandomNamespaces)
      for (const auto& client_ns : kRandomNamespaces)
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
  for (const auto& ns : kRandomNamespaces) {
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
    for (const auto* name : {"wp0", "wp1"})
      out["wasm " + ns + name] = {digest(mesh.wasm_plugin(ns, name)), {{Fact::kWasmPlugin, ns + "/" + name}}};
    out["secret " + ns] = {digest(mesh.secret(ns, "tls")), {{Fact::kSecret, ns + "/tls"}}};
    const Labels* labels = mesh.namespace_labels(ns);
    out["namespace " + ns] = {labels ? Digest(1).add(*labels).value() : 0, {{Fact::kNamespace, ns}}};
  }
}

void ask_policies(const Mesh& mesh, const ProxyFacts& proxy, const std::string& name, Answers& out) {
  Digest authorizations, authentications;
  for (const auto& policy : mesh.authorizations_for(proxy)) authorizations.add(to_string(policy->key)).add(policy->digest);
  for (const auto& policy : mesh.authentications_for(proxy)) authentications.add(to_string(policy->key)).add(policy->digest);
  const std::string root(mesh.root_namespace());
  out["authorizations " + name] = {authorizations.value(),
                                   {{Fact::kAuthorizations, proxy.ns}, {Fact::kAuthorizations, root}, {Fact::kMeshConfig, ""}}};
  out["authentications " + name] = {authentications.value(),
                                    {{Fact::kAuthentications, proxy.ns}, {Fact::kAuthentications, root}, {Fact::kMeshConfig, ""}}};
  const auto peers = mesh.peers_of(proxy.ns);
  const auto modes = peers.of(proxy.labels);
  out["peers " + name] = {Digest(peers.digest()).add(modes.mode).add(modes.by_port.size()).value(),
                          {{Fact::kPeers, proxy.ns}, {Fact::kPeers, root}, {Fact::kMeshConfig, ""}}};
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
    Digest plugins;
    for (const auto& plugin : mesh.wasm_plugins_for(proxy)) plugins.add(plugin.header);
    out["plugins " + name] = {plugins.value(), {{Fact::kWasmPlugins, ""}, {Fact::kMeshConfig, ""}}};
    ask_policies(mesh, proxy, name, out);
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
    for (const auto& object : mesh.unselected_objects()) all.push_back(add(object));
    std::shuffle(all.begin(), all.end(), std::mt19937(seed));
    Mesh scratch = Mesh().apply(all);
    expect_same(ask(mesh, true), ask(scratch, true), when);
    EXPECT_EQ(mesh.size(), scratch.size());
  }
}

TEST(Random, IncrementalIsFromScratchAndNothingIsTouchedInSilence) {
  for (unsigned seed = 1; seed <= 8 && !HasFailure(); ++seed) run(seed, 60);
}

}  // namespace
}  // namespace amime::mesh
